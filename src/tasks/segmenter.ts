/**
 * Segmentation (section 6.3): a class for every pixel of the picture at its own size, whatever the
 * network's.
 */
import type { LogitEnlargement, SegmenterModel } from "../models/model.ts";
import { checkOptions, type OptionNames } from "./known-options.ts";
import { labelOf, loadedModel } from "./loaded-model.ts";
import type { CallOptions, LoadedModel } from "./platform.ts";
import { type Frame, logitPositions, networkPixels } from "./positions.ts";
import { roundLogits } from "./rounded-logits.ts";
import { type LogitMap, type SegmentedPixels, segmentLogits } from "./segmentation.ts";
import type { Session } from "./session.ts";

/** A class that has pixels in a picture. */
export interface SegmentedClass {
  readonly label: string;
  /** The class's value in the class map. */
  readonly index: number;
  readonly pixels: number;
  /** Its share of the picture, above 0 and up to 1. */
  readonly fraction: number;
  /** The mean probability of the class over its own pixels, 0 to 1. */
  readonly confidence: number;
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
  readonly confidenceMap?: Float32Array;
}

export interface SegmentOptions extends CallOptions {
  /** Also return the probability of each pixel's class. Default: false. */
  readonly confidence?: boolean | undefined;
}

const segmentOptionNames: OptionNames<SegmentOptions> = { confidence: true, signal: true };

/** A loaded segmenter. */
export interface Segmenter<Input> extends LoadedModel {
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
}

/** A segmenter over a session whose first output is `[1, rows, columns, classes]`. */
export function createSegmenter<Input>(
  model: SegmenterModel,
  session: Session<Input>,
): Segmenter<Input> {
  const { labels } = model;
  const [, rows, columns, classes] = session.outputShape(0, labels.length) as readonly [
    number,
    number,
    number,
    number,
  ];
  return {
    ...loadedModel(model, session),
    async segment(input, options = {}) {
      checkOptions(options, segmentOptionNames, "segment");
      const { image, placement, outputs } = await session.run(input, options);
      const { width, height } = image;
      const logits = { data: outputs[0]!, rows, columns, classes };
      const frame = { placement, preprocess: session.preprocess, image };
      const { classMap, confidenceMap, pixels, confidence } = segmentPixels(
        { logits, enlargement: model.enlargement, frame },
        options.confidence === true,
      );
      const found = Array.from(pixels, (count, index) => ({
        label: labelOf(labels, index),
        index,
        pixels: count,
        fraction: count / (width * height),
        confidence: confidence[index]!,
      }))
        .filter((segment) => segment.pixels > 0)
        .sort((a, b) => b.pixels - a.pixels);
      const segmentation = { width, height, classMap, classes: found };
      return confidenceMap === undefined ? segmentation : { ...segmentation, confidenceMap };
    },
  };
}

/** The classes of a picture's pixels: an 8-bit file's own where they are those of its input. */
function segmentPixels(
  segmented: {
    readonly logits: LogitMap;
    readonly enlargement: LogitEnlargement | undefined;
    readonly frame: Frame;
  },
  confidenceMap = false,
): SegmentedPixels {
  const { logits, enlargement, frame } = segmented;
  const own = networkPixels(frame);
  if (enlargement === undefined || own === undefined) {
    return segmentLogits(logits, logitPositions(logits, frame), { confidenceMap });
  }
  const { logits: rounded, choice } = roundLogits(logits, enlargement, own);
  return segmentLogits(rounded, logitPositions(rounded, frame), { confidenceMap, choice });
}
