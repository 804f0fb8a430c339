/**
 * A segmenter against masks: for every class how much of what is there and what was found is the same
 * (intersection over union), counted over the pixels of all pictures together, as PASCAL VOC does.
 */
import { translateClasses } from "../data/class-names.ts";
import { type ClassMask, type SegmentedSample, voidClass } from "../data/samples.ts";
import { MobileNetError } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { untilStopped } from "../tasks/in-order.ts";
import { checkLoaded } from "../tasks/loaded-model.ts";
import type { Segmentation, Segmenter } from "../tasks/segmenter.ts";
import { quote } from "../untrusted.ts";
import { shownLength, wrongArgument } from "../wrong-argument.ts";
import {
  accuracy,
  type ClassScore,
  type ConfusionMatrix,
  classScores,
  confusionMatrix,
  mean,
} from "./confusion.ts";
import {
  createStopwatch,
  type EvaluateOptions,
  evaluateOptionNames,
  runSamples,
  type Samples,
  type SkippedSample,
  type Throughput,
} from "./run-samples.ts";

/** How good one segmenter is. */
export interface SegmenterScores {
  readonly model: string;
  /** The mean over classes of intersection over union (mIoU), 0 to 1. */
  readonly meanIou: number;
  /** The share of judged pixels whose class is right. */
  readonly pixelAccuracy: number;
  /** Classes that occur or were predicted; counts are pixels. */
  readonly classes: ClassScore[];
  readonly throughput: Throughput;
}

/** The outcome of `evaluateSegmenter`. */
export interface SegmenterEvaluation extends SegmenterScores {
  readonly task: "segment";
  /** Pictures that were judged. */
  readonly images: number;
  readonly skipped: SkippedSample[];
  /** The second model on the same pictures, and the share of all pixels with the same class. */
  readonly comparison?: SegmenterScores & { readonly agreement: number };
}

export interface EvaluateSegmenterOptions<Input> extends EvaluateOptions {
  /** A second model with classes of the same names. */
  readonly compare?: Segmenter<Input> | undefined;
  /** Told of each picture that is judged its mask and the classes that were found in its place. */
  readonly onResult?:
    | ((sample: SegmentedSample<Input>, mask: ClassMask, found: ClassMask) => void)
    | undefined;
}

const optionNames: OptionNames<EvaluateSegmenterOptions<unknown>> = {
  ...evaluateOptionNames,
  compare: true,
  onResult: true,
};

/**
 * Evaluates a segmenter.
 *
 * @throws MobileNetError `invalid-argument` where a mask has a class that the model does not know, or
 *   no picture could be read; `aborted`; under `stop` whatever a bad picture throws.
 *
 * @example
 * ```ts
 * const segmenter = await loadSegmenter("deeplabv3-voc");
 * const image = await readFile("examples/images/chelsea.png");
 * const mask = await segmenter.segment(image);
 * const samples = [{ name: "chelsea", read: () => image, readMask: () => mask }];
 * (await evaluateSegmenter(segmenter, samples)).meanIou; // 1
 * segmenter.dispose();
 * ```
 */
export async function evaluateSegmenter<Input>(
  segmenter: Segmenter<Input>,
  samples: Samples<SegmentedSample<Input>>,
  options: EvaluateSegmenterOptions<Input> = {},
): Promise<SegmenterEvaluation> {
  checkOptions(options, optionNames, "evaluateSegmenter");
  const { compare, signal } = options;
  const call = { ...pickLimits(options), signal };
  for (const model of compare ? [segmenter, compare] : [segmenter])
    checkLoaded(model, "segment", "evaluateSegmenter");
  const { labels } = segmenter;
  const matrix = confusionMatrix([], labels.length);
  const others = compare && confusionMatrix([], labels.length);
  const translation = compare && sameClasses(compare, labels);
  const [time, otherTime] = [createStopwatch(), createStopwatch()];
  let [agreed, pixels] = [0, 0];
  const report = await runSamples(samples, options, async (sample, image: Input) => {
    if (typeof sample.readMask !== "function") {
      throw wrongArgument("evaluateSegmenter", "samples with a function readMask", sample);
    }
    const mask = await untilStopped(sample.readMask(), signal);
    checkMask(mask, labels, sample.name);
    const found = await time.time(() => segmenter.segment(image, call));
    checkSize(mask, found);
    const other = compare && (await otherTime.time(() => compare.segment(image, call)));
    addMask(matrix, mask, found.classMap);
    options.onResult?.(sample, mask, found);
    if (other === undefined || others === undefined || translation === undefined) return;
    const translated = other.classMap.map((index) => translation[index]!);
    addMask(others, mask, translated);
    pixels += translated.length;
    translated.forEach((index, i) => {
      if (index === found.classMap[i]) agreed++;
    });
  });
  return {
    task: "segment",
    images: report.images,
    ...scores(segmenter, matrix, labels),
    throughput: time.throughput(report),
    skipped: report.skipped,
    ...(compare === undefined || others === undefined
      ? {}
      : {
          comparison: {
            agreement: agreed / pixels,
            ...scores(compare, others, labels),
            throughput: otherTime.throughput(report),
          },
        }),
  };
}

function scores(
  { name }: { readonly name: string },
  matrix: ConfusionMatrix,
  labels: readonly string[],
): Omit<SegmenterScores, "throughput"> {
  const classes = classScores(matrix, labels);
  return {
    model: name,
    meanIou: mean(classes.map(({ iou }) => iou)) ?? 0,
    pixelAccuracy: accuracy(matrix) ?? 0,
    classes,
  };
}

/** The second model's classes as those of the first, whose labels it must have all. */
function sameClasses(
  { name, labels }: { readonly name: string; readonly labels: readonly string[] },
  wanted: readonly string[],
): readonly number[] {
  return translateClasses(labels, wanted).map((index, at) => {
    if (index !== undefined && labels.length === wanted.length) return index;
    throw new MobileNetError("invalid-argument", "the two models have different classes", {
      node: name,
      expected: `the ${wanted.length} labels of the first`,
      received: `${labels.length} labels${index === undefined ? `, among them ${quote(labels[at])}` : ""}`,
    });
  });
}

function checkMask(mask: ClassMask, labels: readonly string[], node: string): void {
  if (mask.classMap.length !== mask.width * mask.height) {
    throw new MobileNetError("invalid-image", "the classes do not fill the mask", {
      expected: `${mask.width * mask.height} for ${mask.width} x ${mask.height} pixels`,
      received: shownLength(mask.classMap),
    });
  }
  const unknown = mask.classMap.find((index) => index >= labels.length && index !== voidClass);
  if (unknown === undefined) return;
  throw new MobileNetError("invalid-argument", "the mask has a class that the model lacks", {
    node,
    expected: `indices from 0 to ${labels.length - 1}, or ${voidClass} for pixels that do not count`,
    received: quote(unknown),
    remedy: "Give the masks the indices of the model's labels",
  });
}

function checkSize(mask: ClassMask, { width, height }: Segmentation): void {
  if (mask.width === width && mask.height === height) return;
  throw new MobileNetError("invalid-image", "the mask has another size than the picture", {
    expected: `${width} x ${height}`,
    received: `${mask.width} x ${mask.height}`,
  });
}

/** Counts every pixel that is judged. */
function addMask(
  { classes, counts }: ConfusionMatrix,
  { classMap }: ClassMask,
  found: Uint8Array,
): void {
  for (let i = 0; i < classMap.length; i++) {
    const actual = classMap[i]!;
    if (actual !== voidClass) counts[actual * classes + found[i]!]! += 1;
  }
}
