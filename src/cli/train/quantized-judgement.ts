/**
 * What the 8-bit file of a run is worth: the file itself is run, once, on the pictures that the finished model is
 * judged by, beside the float weights of the same folder. What training saw of it was a simulation.
 */
import { join } from "node:path";
import type { Pictures } from "../../data/pictures.ts";
import { type EvaluationTypes, evaluators, type ScoresOf } from "../../evaluate/evaluators.ts";
import type { RgbImage } from "../../image/image.ts";
import type { HeadTask } from "../../models/model.ts";
import type { WeightScales } from "../../quantize/affine.ts";
import { load } from "../../tasks/node.ts";
import type { ImageInput } from "../../tasks/platform.ts";
import { isDamaged } from "../../train/data/samples.ts";
import { rankedPrecision } from "../../train/objectives/multi-label.ts";
import type { TrainingTypes } from "../../train/session-tasks.ts";
import { formatPercent } from "../format.ts";
import { shortFloat } from "../json.ts";
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
  "multi-label": compareMultiLabel,
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

type EvaluatedTask = CommandTask & HeadTask;

/** By the evaluator of the task. */
async function evaluated<T extends EvaluatedTask>(
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
  const own = await load(task, file, { signal });
  const float = await load(task, folder, { signal });
  function* samples(): Generator<EvaluationTypes<RgbImage>[T]["sample"]> {
    for (let index = 0; index < pictures.count; index++) {
      const picture = { name: pictures.name(index), read: () => pictures.picture(index) };
      yield row.sample(picture, pictures.label(index));
    }
  }
  try {
    const evaluation = await evaluators[task].evaluate<ImageInput>(own, samples(), {
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

/** Mean average precision, and how many classes are on the same side of one half. */
async function compareMultiLabel({
  file,
  folder,
  pictures,
  signal,
}: Comparing<"multi-label">): Promise<Compared> {
  const forms = [
    await load("classify", file, { signal }),
    await load("classify", folder, { signal }),
  ];
  const classes = forms[0]!.labels.length;
  const scores: number[][][] = [[], []];
  const truths: (readonly number[])[] = [];
  const skipped: { name: string; error: string }[] = [];
  try {
    for (let index = 0; index < pictures.count; index++) {
      try {
        const image = await pictures.picture(index);
        for (const [i, form] of forms.entries()) {
          const row = new Array<number>(classes).fill(0);
          const found = await form.classify(image, { topK: classes, signal });
          for (const { index: at, score } of found) row[at] = score;
          scores[i]!.push(row);
        }
        truths.push(pictures.label(index));
      } catch (error) {
        if (!isDamaged(error)) throw error;
        skipped.push({ name: pictures.name(index), error: error.message });
      }
    }
  } finally {
    for (const form of forms) form.dispose();
  }
  const [own = [], other = []] = scores;
  const meanOf = (rows: readonly (readonly number[])[]): number => {
    const each = Array.from({ length: classes }, (_, m) => {
      const true01 = truths.map((label) => (label.includes(m) ? 1 : 0));
      return rankedPrecision(
        rows.map((row) => row[m]!),
        true01,
      );
    }).filter((ap) => ap !== null);
    return each.reduce((sum, ap) => sum + ap, 0) / Math.max(1, each.length);
  };
  const same = own.flatMap((row, i) => row.map((score, m) => score > 0.5 === other[i]![m]! > 0.5));
  return {
    ...{ images: truths.length, skipped, own: meanOf(own), other: meanOf(other) },
    agreement: same.filter(Boolean).length / Math.max(1, same.length),
  };
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
