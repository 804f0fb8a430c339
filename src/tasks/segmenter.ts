/**
 * Segmentation (section 6.3): a class for every pixel of the picture at its own size, whatever the
 * network's, or for every pixel of the network's input.
 */
import type { FeatureShape } from "../graph/ir.ts";
import type { Rectangle } from "../image/image.ts";
import type { SegmenterModel } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import { classMapKernels, loadClassMapKernels } from "./class-map/load-kernels.ts";
import type { EachInput, EachOptions, PictureOutcome } from "./each.ts";
import { labelOf } from "./loaded-model.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import { inputPositions, logitPositions, type MapSize, networkPixels } from "./positions.ts";
import { roundLogits } from "./rounded-logits.ts";
import { type SegmentedPixels, segmentLogits } from "./segmentation.ts";
import type { TaskRow, TaskRun, TaskTypes } from "./task.ts";

/** A class that has pixels in a picture. */
export interface SegmentedClass {
  readonly label: string;
  /** The class's value in the class map. */
  readonly index: number;
  readonly pixels: number;
  /** Its share of the map, above 0 and up to 1. */
  readonly fraction: number;
  /** The mean probability of the class over its own pixels, 0 to 1. */
  readonly score: number;
}

/** The classes of a picture's pixels. */
export interface Segmentation {
  /** The map's size: the picture's, or with `mapSize: "network"` that of what the network saw of it. */
  readonly width: number;
  readonly height: number;
  /** `height × width`, row by row: the class of each pixel. */
  readonly classMap: Uint8Array;
  /** The classes that have pixels, the largest first. */
  readonly classes: SegmentedClass[];
  /** `height × width`: the probability of each pixel's class; where asked for. */
  readonly scoreMap?: Float32Array;
  /** With `mapSize: "network"`: the part of the picture that the map covers, in the picture's pixels. */
  readonly area?: Rectangle;
}

export interface SegmentOptions extends PictureOptions {
  /** Also return the probability of each pixel's class. Default: false. */
  readonly scoreMap?: boolean | undefined;
  /**
   * Whether the class map has a pixel for each of the picture's, or, with `"network"`, for each of the
   * network's input that the picture covers: as much as the network tells apart and more, whatever the
   * picture's size, and less where the network looks at a part of the picture (`area`). A picture of 12
   * megapixels has a map of 12 megabytes, with `scoreMap` 60. Default: "picture".
   */
  readonly mapSize?: MapSize | undefined;
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
   * // At most 513 × 513, however large the photograph is.
   * const map = await segmenter.segment(photograph, { mapSize: "network" });
   * [map.width, map.height]; // [451, 300]
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
  readonly settings: { readonly scoreMap: boolean; readonly mapSize: MapSize };
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
  prepare: () => void loadClassMapKernels(),
  optionNames: { scoreMap: true, mapSize: true, ...pictureOptionNames },
  settle: (_, { scoreMap, mapSize = "picture" }) => {
    if (mapSize !== "picture" && mapSize !== "network") {
      throw badValue("bad mapSize", "picture or network", mapSize);
    }
    return { scoreMap: scoreMap === true, mapSize };
  },
  postprocess(run, settings) {
    const { image, placement } = run.frame;
    const ofNetwork = settings.mapSize === "network";
    const { width, height } = ofNetwork ? placement.target : image;
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
    return {
      ...{ width, height, classMap, classes },
      ...(scoreMap && { scoreMap }),
      ...(ofNetwork && { area: placement.source }),
    };
  },
};

/** The classes of a picture's or the input's pixels: an 8-bit file's own where they are those of its input. */
export function segmentPixels(
  { model, outputs, frame }: TaskRun<SegmenterModel>,
  settings: Partial<SegmentTypes["settings"]> = {},
): SegmentedPixels {
  const [{ data, shape }] = outputs as readonly [Tensor<"float32">];
  const [, rows, columns, classes] = shape as FeatureShape;
  const logits = { data, rows, columns, classes };
  const { enlargement } = model;
  const { scoreMap, mapSize } = settings;
  const all = { scoreMap, probabilities: model.scores === "probabilities" };
  const positions = mapSize === "network" ? inputPositions : logitPositions;
  const own = networkPixels(frame, mapSize);
  if (enlargement === undefined || own === undefined) {
    return segmentMap(logits, positions(logits, frame), all);
  }
  const { logits: rounded, choice } = roundLogits(logits, enlargement, own);
  return segmentMap(rounded, positions(rounded, frame), { ...all, choice });
}

/** By the kernels where they are there. */
const segmentMap: typeof segmentLogits = (logits, positions, settings) => {
  const kernels = classMapKernels();
  if (kernels !== undefined) return kernels.segment(logits, positions, settings);
  void loadClassMapKernels();
  return segmentLogits(logits, positions, settings);
};
