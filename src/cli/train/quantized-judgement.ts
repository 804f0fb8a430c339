/**
 * What the 8-bit file of a run is worth: the file itself is run, once, on the pictures that the finished model is
 * judged by, beside the float weights of the same folder. What training saw of it was a simulation.
 */

import { join } from "node:path";
import type { Pictures } from "../../data/pictures.ts";
import {
  type EvaluationTask,
  type EvaluationTypes,
  evaluators,
  type ScoresOf,
} from "../../evaluate/evaluators.ts";
import type { RgbImage } from "../../image/image.ts";
import { shortFloat } from "../../json/items.ts";
import type { HeadTask } from "../../models/model.ts";
import type { WeightScales } from "../../quantize/affine.ts";
import { load } from "../../tasks/node.ts";
import type { ImageInput } from "../../tasks/platform.ts";
import type { TrainingTypes } from "../../train/session-tasks.ts";
import { formatPercent } from "../format.ts";
import { type TrainFigures, trainFigures } from "./figures.ts";
import type { CommandTask } from "./task-names.ts";
import type { FinalJudgement, FinishedRun } from "./train-task.ts";

/** The file's name. */
const quantizedFile = "model.tflite";

/** Both forms of a model on the same pictures. */
interface Compared {
  readonly images: number;
  /** The figure that epochs are compared by, of the file and of the float weights. */
  readonly own: number;
  readonly other: number;
  /** The share of answers that they have in common, where that is counted. */
  readonly agreement: number | undefined;
  readonly skipped: readonly { readonly name: string; readonly error: string }[];
}

/** What is compared. */
interface Comparing<T extends CommandTask> {
  readonly file: string;
  /** The folder with the float weights. */
  readonly folder: string;
  readonly pictures: Pictures<TrainingTypes[T]["label"]>;
  readonly signal: AbortSignal;
}

/** A row for each task. */
const comparing: { readonly [T in CommandTask]: (of: Comparing<T>) => Promise<Compared> } = {
  classify: (of) =>
    evaluated("classify", of, {
      sample: (picture, classIndex) => ({ ...picture, classIndex }),
      headline: ({ top1 }) => top1,
    }),
  "multi-label": (of) =>
    evaluated("multi-label", of, {
      sample: (picture, classIndices) => ({ ...picture, classIndices }),
      headline: ({ meanAp = 0 }) => meanAp,
    }),
  detect: (of) =>
    evaluated("detect", of, {
      sample: (picture, objects) => ({ ...picture, objects }),
      headline: ({ ap50 = 0 }) => ap50,
    }),
  segment: (of) =>
    evaluated("segment", of, {
      sample: (picture, label) => ({ ...picture, readMask: () => label.readMask() }),
      headline: ({ meanIou }) => meanIou,
    }),
};

type Judged<T extends EvaluationTask> = EvaluationTypes<ImageInput>[T]["model"];

/** By the evaluator of the task. */
async function evaluated<T extends CommandTask & EvaluationTask>(
  task: T,
  { file, folder, pictures, signal }: Comparing<T>,
  row: {
    sample(
      picture: { readonly name: string; readonly read: () => Promise<RgbImage> },
      label: TrainingTypes[T]["label"],
    ): EvaluationTypes<RgbImage>[T]["sample"];
    headline(scores: ScoresOf<T>): number;
  },
): Promise<Compared> {
  const verb = (task === "multi-label" ? "classify" : task) as HeadTask;
  const own = await load(verb, file, { signal });
  const float = await load(verb, folder, { signal });
  function* samples(): Generator<EvaluationTypes<RgbImage>[T]["sample"]> {
    for (let index = 0; index < pictures.count; index++) {
      const picture = { name: pictures.name(index), read: () => pictures.picture(index) };
      yield row.sample(picture, pictures.label(index));
    }
  }
  try {
    const evaluation = await evaluators[task].evaluate<ImageInput>(own as Judged<T>, samples(), {
      compare: float,
      signal,
    } as EvaluationTypes<ImageInput>[T]["options"]);
    const { images, skipped, comparison } = evaluation;
    return {
      ...{ images, skipped, agreement: comparison?.agreement },
      own: row.headline(evaluation as unknown as ScoresOf<T>),
      other: row.headline(comparison as unknown as ScoresOf<T>),
    };
  } finally {
    own.dispose();
    float.dispose();
  }
}

/** Runs the file; nothing where there is no picture to judge by. */
export async function judgeQuantized<T extends CommandTask>({
  task,
  weights,
  simulated,
  folder,
  set,
  signal,
  note,
}: FinishedRun<T> & {
  readonly task: T;
  readonly weights: WeightScales;
  /** The figure of the best epoch. */
  readonly simulated: number | undefined;
}): Promise<FinalJudgement | undefined> {
  const pictures = set.test ?? set.validation;
  if (pictures.count === 0) return undefined;
  const compare: (of: Comparing<T>) => Promise<Compared> = comparing[task];
  const { words }: Pick<TrainFigures, "words"> = trainFigures[task];
  const file = join(folder, quantizedFile);
  const { images, own, other, agreement, skipped } = await compare({
    ...{ file, folder, pictures, signal },
  });
  for (const { name, error } of skipped) note(`${name} left out: ${error}`);
  const parts = [
    `${words(own)} in ${images} pictures`,
    `with its float weights ${words(other)}`,
    ...(agreement === undefined ? [] : [`of one mind with them on ${formatPercent(agreement)}`]),
    ...(simulated === undefined ? [] : [`as simulated in training ${words(simulated)}`]),
  ];
  const figures = { measured: shortFloat(own), float: shortFloat(other) };
  return {
    said: `${quantizedFile}: ${parts.join(", ")}`,
    json: {
      quantized: {
        ...{ file: quantizedFile, weights, images, ...figures },
        ...(simulated === undefined ? {} : { simulated: shortFloat(simulated) }),
        ...(agreement === undefined ? {} : { agreement: shortFloat(agreement) }),
      },
    },
    figure: [`\`${quantizedFile}\``, parts.join(", ")],
  };
}
