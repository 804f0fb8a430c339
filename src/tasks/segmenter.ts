/**
 * Segmentation (section 6.3): a class for every pixel of the picture at its own size, whatever the
 * network's.
 */
import type { FeatureShape } from "../graph/ir.ts";
import type { SegmenterModel } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import type { EachInput, EachOptions, PictureOutcome } from "./each.ts";
import { labelOf } from "./loaded-model.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import { logitPositions, networkPixels } from "./positions.ts";
import { roundLogits } from "./rounded-logits.ts";
import { type SegmentedPixels, segmentLogits } from "./segmentation.ts";
import type { TaskRow, TaskRun, TaskTypes } from "./task.ts";

/** A class that has pixels in a picture. */
export interface SegmentedClass {
  readonly label: string;
  /** The class's value in the class map. */
  readonly index: number;
  readonly pixels: number;
  /** Its share of the picture, above 0 and up to 1. */
  readonly fraction: number;
  /** The mean probability of the class over its own pixels, 0 to 1. */
  readonly score: number;
}

/** The classes of a picture's pixels. */
export interface Segmentation {
  readonly width: number;
  readonly height: number;
  /** `height × width`, row by row: the class of each pixel. */
  readonly classMap: Uint8Array;
  /** The classes that have pixels, the largest first. */
  readonly classes: SegmentedClass[];
  /** `height × width`: the probability of each pixel's class; where asked for. */
  readonly scoreMap?: Float32Array;
}

export interface SegmentOptions extends PictureOptions {
  /** Also return the probability of each pixel's class. Default: false. */
  readonly scoreMap?: boolean | undefined;
}

/** A loaded segmenter. */
export interface Segmenter<Input> extends LoadedModel<Input> {
  /**
   * The class of every pixel of a picture.
   *
   * @throws MobileNetError `invalid-image`, `invalid-argument`, `aborted` or `disposed`.
   *
   * @example
   * ```ts
   * const segmenter = await loadSegmenter("deeplabv3-voc");
   * const photograph = await readFile("examples/images/chelsea.png");
   * const { classMap, width } = await segmenter.segment(photograph);
   * segmenter.labels[classMap[120 * width + 200]]; // "cat"
   * segmenter.dispose();
   * ```
   */
  segment(image: Input, options?: SegmentOptions): Promise<Segmentation>;
  /**
   * The same for many pictures, in a list or as they come, with a few under way at once: while the
   * network looks at one, the next are read and decoded. Answers come in the pictures' order. A picture
   * that cannot be read has an error in place of a result; any other failure ends the work.
   *
   * @throws MobileNetError `invalid-argument`, `aborted` or `disposed`.
   */
  segmentEach(
    pictures: Iterable<EachInput<Input>> | AsyncIterable<EachInput<Input>>,
    options?: SegmentOptions & EachOptions,
  ): AsyncGenerator<PictureOutcome<Segmentation>, void, undefined>;
}

/** The types of segmentation. */
export interface SegmentTypes extends TaskTypes {
  readonly model: SegmenterModel;
  readonly options: SegmentOptions;
  readonly settings: { readonly scoreMap: boolean };
  readonly result: Segmentation;
}

/** Segmentation, from logits or probabilities `[1, rows, columns, classes]`. */
export const segment: TaskRow<SegmentTypes> = {
  outputs: ({ graph, labels, scores = "logits" }) => [
    {
      node: graph.outputs[0],
      role: `class ${scores}`,
      shape: [1, undefined, undefined, labels.length],
    },
  ],
  facts: () => ({}),
  optionNames: { scoreMap: true, ...pictureOptionNames },
  settle: (_, { scoreMap }) => ({ scoreMap: scoreMap === true }),
  postprocess(run, settings) {
    const { width, height } = run.frame.image;
    const { classMap, scoreMap, pixels, scores } = segmentPixels(run, settings);
    const classes = Array.from(pixels, (count, index) => ({
      label: labelOf(run.model.labels, index),
      index,
      pixels: count,
      fraction: count / (width * height),
      score: scores[index]!,
    }))
      .filter((found) => found.pixels > 0)
      .sort((a, b) => b.pixels - a.pixels);
    const segmentation = { width, height, classMap, classes };
    return scoreMap === undefined ? segmentation : { ...segmentation, scoreMap };
  },
};

/** The classes of a picture's pixels: an 8-bit file's own where they are those of its input. */
export function segmentPixels(
  { model, outputs, frame }: TaskRun<SegmenterModel>,
  settings: Partial<SegmentTypes["settings"]> = {},
): SegmentedPixels {
  const [{ data, shape }] = outputs as readonly [Tensor<"float32">];
  const [, rows, columns, classes] = shape as FeatureShape;
  const logits = { data, rows, columns, classes };
  const { enlargement } = model;
  const all = { ...settings, probabilities: model.scores === "probabilities" };
  const own = networkPixels(frame);
  if (enlargement === undefined || own === undefined) {
    return segmentLogits(logits, logitPositions(logits, frame), all);
  }
  const { logits: rounded, choice } = roundLogits(logits, enlargement, own);
  return segmentLogits(rounded, logitPositions(rounded, frame), { ...all, choice });
}
