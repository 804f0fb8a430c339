/**
 * Segmentation (section 6.3): a class for every pixel of the picture at its own size, whatever the
 * network's, or for every pixel of the network's input.
 */
import type { FeatureShape } from "../graph/ir.ts";
import type { ImageSize, Rectangle } from "../image/image.ts";
import type { SegmenterModel } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import { classMapKernels, loadClassMapKernels } from "./class-map/load-kernels.ts";
import type { EachOptions, EachPictures, PictureOutcome } from "./each.ts";
import { foregroundClasses, foregroundMap } from "./foreground.ts";
import { labelOf } from "./loaded-model.ts";
import { checkTiles, type Tiles } from "./parts/tiles.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import { inputPositions, logitPositions, type MapSize, networkPixels } from "./positions.ts";
import type { Segmentation } from "./results/segmentation.ts";
import { segmentationJson } from "./results/segmentation-json.ts";
import { roundLogits } from "./rounded-logits.ts";
import { type LogitMap, type SegmentedPixels, segmentLogits } from "./segmentation.ts";
import type { TaskRow, TaskRun, TaskTypes } from "./task.ts";

export type { Segmentation, SegmentedClass } from "./results/segmentation.ts";

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
  /**
   * Also look at overlapping tiles of the picture, which finds small things and finer outlines, as
   * `detect` does; with `mapSize: "picture"` only. Default: the whole picture only.
   */
  readonly tiles?: Tiles | undefined;
  /**
   * Also return how likely each pixel is one of these classes, by label or index; `true` for any but
   * class 0 where its label says that it is the background. `softMask` makes soft edges of it. Default: none.
   */
  readonly foreground?: true | readonly (string | number)[] | undefined;
}

/** What a call with these options gives: maps that were asked for are there. */
export type SegmentationFor<Options extends SegmentOptions> = Segmentation &
  AskedFor<Options, "scoreMap", true, { readonly scoreMap: Float32Array }> &
  AskedFor<
    Options,
    "foreground",
    true | readonly (string | number)[],
    { readonly foregroundMap: Float32Array }
  > &
  AskedFor<Options, "mapSize", "network", { readonly area: Rectangle }> &
  AskedFor<Options, "region", Rectangle, { readonly area: Rectangle }>;

/** What is there where an option is given and has one of its values. */
export type AskedFor<Options, Name extends PropertyKey, Value, There> = Options extends {
  readonly [N in Name]: Value;
}
  ? There
  : unknown;

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
  segment<Options extends SegmentOptions = SegmentOptions>(
    image: Input,
    options?: Options,
  ): Promise<SegmentationFor<Options>>;
  /**
   * The same for many pictures, in a list or as they come, with a few under way at once: while the
   * network looks at one, the next are read and decoded. A text is the path of a file (an address in a
   * page). Answers come in the pictures' order. A picture
   * that cannot be read has an error in place of a result; any other failure ends the work.
   *
   * @throws MobileNetError `invalid-argument`, `aborted` or `disposed`.
   */
  segmentEach<Options extends SegmentOptions = SegmentOptions>(
    pictures: EachPictures<Input>,
    options?: Options & EachOptions,
  ): AsyncGenerator<PictureOutcome<SegmentationFor<Options>>, void, undefined>;
}

/** The types of segmentation. */
export interface SegmentTypes extends TaskTypes {
  readonly model: SegmenterModel;
  readonly options: SegmentOptions;
  readonly settings: {
    readonly scoreMap: boolean;
    readonly mapSize: MapSize;
    /** Class indices; none where no map of them is asked for. */
    readonly foreground: ReadonlySet<number> | undefined;
  };
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
  optionNames: {
    scoreMap: true,
    mapSize: true,
    tiles: true,
    foreground: true,
    ...pictureOptionNames,
  },
  settle: ({ labels }, { scoreMap, mapSize = "picture", tiles, foreground }) => {
    if (mapSize !== "picture" && mapSize !== "network") {
      throw badValue("bad mapSize", "picture or network", mapSize);
    }
    if (mapSize === "network" && tiles !== undefined) {
      throw badValue("bad mapSize beside tiles", "picture", mapSize);
    }
    if (tiles !== undefined) checkTiles(tiles);
    return {
      scoreMap: scoreMap === true,
      mapSize,
      foreground: foregroundClasses(foreground, labels),
    };
  },
  postprocess(run, settings) {
    const { image, placement } = run.frame;
    const ofNetwork = settings.mapSize === "network";
    const size = ofNetwork ? placement.target : image;
    const segmented = segmentPixels(run, settings);
    const { foreground } = settings;
    const found = {
      ...segmentationOf(run.model, segmented, size),
      ...(ofNetwork && { area: placement.source }),
    };
    if (foreground === undefined) return found;
    const logits = logitsOf(run);
    const positions = (ofNetwork ? inputPositions : logitPositions)(logits, run.frame);
    const given = { foreground, probabilities: run.model.scores === "probabilities" };
    return { ...found, foregroundMap: foregroundMap(logits, positions, given) };
  },
  json: segmentationJson,
};

/** A result of a map's pixels. */
export function segmentationOf(
  { labels }: SegmenterModel,
  { classMap, scoreMap, pixels, scores }: SegmentedPixels,
  { width, height }: ImageSize,
): Segmentation {
  const classes = Array.from(pixels, (count, index) => ({
    label: labelOf(labels, index),
    index,
    pixels: count,
    fraction: count / (width * height),
    score: scores[index]!,
  }))
    .filter((found) => found.pixels > 0)
    .sort((a, b) => b.pixels - a.pixels);
  return { ...{ width, height, classMap, classes }, ...(scoreMap && { scoreMap }) };
}

/** What the network says of each place, as a map. */
export function logitsOf({ outputs }: TaskRun<SegmenterModel>): LogitMap {
  const [{ data, shape }] = outputs as readonly [Tensor<"float32">];
  const [, rows, columns, classes] = shape as FeatureShape;
  return { data, rows, columns, classes };
}

/** The classes of a picture's or the input's pixels: an 8-bit file's own where they are those of its input. */
export function segmentPixels(
  run: TaskRun<SegmenterModel>,
  settings: Partial<SegmentTypes["settings"]> = {},
): SegmentedPixels {
  const { model, frame } = run;
  const logits = logitsOf(run);
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
export const segmentMap: typeof segmentLogits = (logits, positions, settings) => {
  const kernels = classMapKernels();
  if (kernels !== undefined) return kernels.segment(logits, positions, settings);
  void loadClassMapKernels();
  return segmentLogits(logits, positions, settings);
};
