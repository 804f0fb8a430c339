/** `mobilenetv2 evaluate`: how good a model is on labelled pictures, masks or boxes. */

import { join } from "node:path";
import { statusIfThere } from "../../disk/entries-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import type { Evaluation } from "../../evaluate/evaluators.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { assumed } from "../../json/items.ts";
import type {
  EvaluateOutput,
  EvaluationFacts,
  TakenAnnotations,
  TrainedPictures,
} from "../../json/work.ts";
import { printable } from "../../untrusted.ts";
import { type Command, type Context, defineCommand, outputOptions } from "../command.ts";
import { annotationFormats, checkDataSource } from "../evaluate-data.ts";
import { evaluateJudged, type Judged, loadJudged } from "../evaluate-model.ts";
import { formatEvaluation } from "../evaluate-report.ts";
import { checkQueue, throughQueue } from "../evaluation/queue-evaluation.ts";
import { formatCount } from "../format.ts";
import { formatJson, writeJson } from "../json.ts";
import { downloadProgress, withModel } from "../load-model.ts";
import { modelSources, requireExisting, runOptions } from "../model-options.ts";
import {
  choice,
  damagedOption,
  limitOptions,
  limitsOf,
  number,
  numbers,
  type Options,
  text,
} from "../options.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { exchangeOption, queueOption } from "../queue-options.ts";
import { noteSkipped, reportNote } from "../report.ts";
import { saidOptions } from "../said-options.ts";
import { readRunOf } from "../train/run-file.ts";
import { UsageError } from "../usage-error.ts";

const model = { placeholder: "NAME|PATH|URL" } as const;

const options = {
  model: text({
    ...model,
    short: "m",
    description: `The model: ${modelSources}`,
  }),
  data: text({
    placeholder: "FOLDER|cifar10|mnist",
    short: "d",
    description:
      "The data: class folders or a published test set (classify), pictures and masks as PASCAL VOC, CamVid, Roboflow or two folders have them (segment), pictures and annotations of PASCAL VOC, COCO, YOLO, LabelMe, CVAT, Create ML or Supervisely (detect)",
  }),
  list: text({
    placeholder: "FILE",
    description:
      "Which pictures: a list of paths and labels as text, CSV or JSON (classify; cat;dog where a model has several), lines of names (segment, VOC's boxes), the annotations of COCO, Create ML or CVAT, or YOLO's data.yaml (detect)",
  }),
  "data-format": choice(annotationFormats, {
    placeholder: "NAME",
    description: `Whose annotations to read (segment, detect): ${annotationFormats.join(", ")}`,
    shownDefault: "told from what the folder holds",
  }),
  void: numbers({
    placeholder: "N,…",
    from: 0,
    to: 255,
    whole: true,
    description: "Values of masks that do not count, beside 255 (segment), as CamVid's 11",
  }),
  compare: text({
    ...model,
    description:
      "A second model, on the same pictures; what is said about the first holds for it too where its files do not say it",
  }),
  limit: number({
    placeholder: "N",
    from: 1,
    to: 100_000_000,
    whole: true,
    description: "At most so many pictures, spread evenly over the data",
  }),
  "score-threshold": number({
    placeholder: "0–1",
    short: "s",
    from: 0,
    to: 1,
    description: "Of a detector, only objects with a score above this; a higher one is faster",
    shownDefault: "1e-8, for the whole ranking",
  }),
  threshold: number({
    placeholder: "0–1",
    from: 0,
    to: 1,
    description: "Of a classifier of several labels, the score from which on a class is found",
    shownDefault: "0.5",
  }),
  damaged: {
    ...damagedOption,
    description:
      "What to do about pictures that cannot be read, and annotations that cannot be right",
  },
  ...limitOptions,
  out: text({
    placeholder: "FOLDER",
    short: "o",
    description: "Write report.json and plots (SVG) into a folder, which is created",
  }),
  queue: queueOption,
  exchange: exchangeOption,
  ...runOptions,
  ...saidOptions,
  ...outputOptions,
};

export const evaluateCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    {
      call: "evaluate --model nsfw --data photos/ --out report",
      effect: "Top-1 of pictures in folders named after their classes, with plots.",
    },
    {
      call: "evaluate --model imagenet --data val/ --list val.txt --limit 1000",
      effect: "ImageNet's list of paths and labels, a thousand of them.",
    },
    {
      call: "evaluate --model tags --data photos.csv --threshold 0.3",
      effect: "mAP and F1 of a model of several labels, on lines path,cat;dog.",
    },
    {
      call: "evaluate -m deeplabv3-voc --compare deeplabv3-voc-int8 -d VOC2012",
      effect: "Mean IoU of two models, and how often they agree.",
    },
    { call: "evaluate --model ssdlite-coco --data coco/", effect: "Average precision, by COCO." },
    {
      call: "evaluate --model road.tflite --data CamVid --void 11",
      effect: "Mean IoU on the test part, pixels of class 11 left out.",
    },
    { call: "evaluate --model cifar10 --data cifar10", effect: "The model of this package." },
  ],
  async run(context) {
    const { values, positionals, terminal, signal } = context;
    const [first] = positionals;
    if (first !== undefined) {
      throw new UsageError("evaluate takes no arguments", {
        received: first,
        remedy: "Name the dataset's folder with --data.",
      });
    }
    const source = {
      ...(await checkDataSource(values.data, values.list)),
      ...{ format: values["data-format"], voidValues: values.void },
    };
    await checkModels(values.model, values.compare);
    checkQueue(values);
    if (values.out !== undefined) await checkOut(values.out);
    const trained = await trainedOn(values.model!, values.compare);
    let trainedPictures: TrainedPictures | undefined;
    let annotations: TakenAnnotations | undefined;
    const progress = values.quiet
      ? silentProgress
      : createProgress(terminal.err, { format: formatCount, patient: true });
    const evaluation = await withJudged(context, [values.model!, "always"], (judged) =>
      withJudged(context, [values.compare, "where-open"], async (other) => {
        try {
          const result = await evaluateJudged(judged!, other, {
            source,
            limit: values.limit,
            scoreThreshold: values["score-threshold"],
            threshold: values.threshold,
            damaged: values.damaged,
            ...limitsOf(values),
            signal,
            run: {
              trained,
              onTrained: (about, words) => {
                trainedPictures = about;
                if (!values.quiet) reportNote(terminal, words);
              },
              onAnnotated: (about, words) => {
                annotations = about;
                if (words !== undefined && !values.quiet) reportNote(terminal, words);
              },
              onBestClass: (words) => {
                if (!values.quiet) reportNote(terminal, words);
              },
            },
            download: downloadProgress(terminal, values.quiet),
            ...(values.queue !== undefined && {
              elsewhere: throughQueue(values, {
                signal,
                onNote(note) {
                  progress.clear();
                  if (!values.quiet) reportNote(terminal, note);
                },
              }),
            }),
            onProgress: ({ done, total }) => progress.update(done, total, "images"),
          });
          const facts = {
            ...(trainedPictures && { trainedOn: trainedPictures }),
            ...(annotations && { annotations }),
          };
          return outputOf(result, { first: judged!, second: other, facts });
        } finally {
          progress.clear();
        }
      }),
    );
    const { skipped, images } = evaluation;
    if (!values.quiet) noteSkipped(terminal, skipped, images + skipped.length);
    const written =
      values.out === undefined ? [] : await writeReport(values.out, evaluation, signal);
    if (values.json) writeJson(terminal.out, evaluation);
    else {
      terminal.out.write(formatEvaluation(evaluation, terminal.out));
      if (written.length > 0) terminal.out.write(`\n→ ${written.map(printable).join("\n→ ")}\n`);
    }
    return 0;
  },
});

/** Refuses models that are named wrongly before anything is loaded. */
async function checkModels(named: string | undefined, compare: string | undefined): Promise<void> {
  if (named === undefined) {
    throw new UsageError("no model was named", {
      remedy: "Name one with --model; mobilenetv2 models list shows those of the hub.",
    });
  }
  for (const source of [named, ...(compare === undefined ? [] : [compare])]) {
    if (lookUpRecord(source) === undefined) await requireExisting(source);
  }
}

/** The marks of the pictures that either model was trained on, as far as their runs are known. */
async function trainedOn(
  ...sources: readonly (string | undefined)[]
): Promise<ReadonlySet<number>> {
  const marks = new Set<number>();
  for (const source of sources) {
    const run = source === undefined ? undefined : await readRunOf(source);
    for (const mark of run?.trained ?? []) marks.add(mark);
  }
  return marks;
}

async function checkOut(out: string): Promise<void> {
  const status = await statusIfThere(out);
  if (status === undefined || status.isDirectory()) return;
  throw new UsageError("--out is no folder", { expected: "a folder", received: out });
}

/** Loads a model if one is named, uses it and frees it. */
async function withJudged<Result>(
  context: Pick<Context<Options>, "values" | "terminal" | "signal">,
  [source, holds]: readonly [source: string | undefined, holds: "always" | "where-open"],
  use: (judged: Judged | undefined) => Promise<Result>,
): Promise<Result> {
  if (source === undefined) return await use(undefined);
  return await withModel<Judged, Result>(context, {
    source,
    load: (settings) => loadJudged(source, settings, holds),
    use,
  });
}

/** The figures with what was assumed about the models and is known of the pictures, where anything was. */
function outputOf(
  evaluation: Evaluation,
  {
    first,
    second,
    facts,
  }: {
    readonly first: Judged;
    readonly second: Judged | undefined;
    readonly facts: Pick<EvaluationFacts, "trainedOn" | "annotations">;
  },
): EvaluateOutput {
  const { comparison } = evaluation;
  const compared = comparison && { comparison: { ...comparison, ...assumed(second?.assumptions) } };
  // Of one task before and after, which the spread of a union loses.
  return {
    ...{ schemaVersion: 2, ...evaluation, ...assumed(first.assumptions), ...compared },
    ...facts,
  } as EvaluateOutput;
}

async function writeReport(
  folder: string,
  evaluation: EvaluateOutput,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { evaluationPlots } = await import("../../evaluate/evaluators.ts");
  const files = new Map([["report.json", formatJson(evaluation)], ...evaluationPlots(evaluation)]);
  const written: string[] = [];
  for (const [name, content] of files) {
    const path = join(folder, name);
    await writeWhole(path, content, { signal });
    written.push(path);
  }
  return written;
}
