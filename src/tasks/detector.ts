/**
 * Detection (section 6.2): every anchor has a box and a score for each class; of the boxes that
 * speak for one object the best stays. The published detector is trained on COCO, where the
 * dataset's own category id is the label's index plus 1.
 */
import { MobileNetError } from "../errors.ts";
import type { Rectangle } from "../image/image.ts";
import type { DetectionSettings, DetectorModel } from "../models/model.ts";
import { indexOfLargest, type Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { anchorsOf } from "./anchors.ts";
import { decodeBoxes } from "./boxes.ts";
import { classOf } from "./class-of.ts";
import type { EachOptions, EachPictures, PictureOutcome } from "./each.ts";
import { joinCells } from "./grid-cells.ts";
import { labelOf } from "./loaded-model.ts";
import { checkTiles, type Tiles } from "./parts/tiles.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import { boxInImage } from "./positions.ts";
import { type KeptBox, type SuppressionOptions, suppress } from "./suppression.ts";
import type { TaskRow, TaskRun, TaskTypes } from "./task.ts";

/** An object in a picture. */
export interface Detection {
  readonly label: string;
  /** The class's index in the model's labels (for COCO: the category id minus 1). */
  readonly index: number;
  /** How sure the network is, 0 to 1; each class is scored by itself, so they do not sum to 1. */
  readonly score: number;
  /** In pixels of the picture as it is shown, `x` and `y` the top left corner; cut to the picture. */
  readonly box: Rectangle;
}

/** The objects in a picture, most certain first. */
export interface Detections {
  readonly width: number;
  readonly height: number;
  readonly detections: Detection[];
}

export interface DetectOptions extends PictureOptions {
  /** Only scores above this, 0 to 1; of a grid and of TensorFlow Lite's SSDs, from this on. Default: the model's. */
  readonly scoreThreshold?: number | undefined;
  /** How much two boxes of anchors may overlap (intersection over union, 0 to 1). Default: the model's. */
  readonly iouThreshold?: number | undefined;
  /** The most objects to return. Default: the model's. */
  readonly maxDetections?: number | undefined;
  /** Only these classes, by label or index. Default: all. */
  readonly classes?: readonly (string | number)[] | undefined;
  /** Let boxes of different classes suppress each other, each under its best class. Default: the model's, else false. */
  readonly classAgnostic?: boolean | undefined;
  /**
   * Also look at overlapping tiles of the picture, which finds small objects and those of panoramas, and
   * put together what is found: `"auto"` for tiles of the size that the network sees (larger ones where
   * there would be more than 24), the edge of a tile in pixels, or `{ columns, rows }`. Takes as many
   * times as long as there are tiles, and one more. Default: the whole picture only.
   */
  readonly tiles?: Tiles | undefined;
}

/** A loaded detector. */
export interface Detector<Input> extends LoadedModel<Input> {
  /** The `scoreThreshold` of calls that name none, 0 to 1. */
  readonly scoreThreshold: number;
  /** What finds objects: boxes of anchors, or cells of a grid, which a lower threshold joins to larger ones. */
  readonly kind: "anchors" | "grid";
  /**
   * The objects in a picture.
   *
   * @throws MobileNetError `invalid-image`, `invalid-argument`, `aborted` or `disposed`.
   *
   * @example
   * ```ts
   * const detector = await loadDetector("ssdlite-coco");
   * const photograph = await readFile("examples/images/chelsea.png");
   * const { detections } = await detector.detect(photograph, { classes: ["dog", "cat"] });
   * detections.map(({ label }) => label); // ["cat"]
   * detector.dispose();
   * ```
   */
  detect(image: Input, options?: DetectOptions): Promise<Detections>;
  /**
   * The same for many pictures, in a list or as they come, with a few under way at once: while the
   * network looks at one, the next are read and decoded. A text is the path of a file (an address in a
   * page). Answers come in the pictures' order. A picture
   * that cannot be read has an error in place of a result; any other failure ends the work.
   *
   * @throws MobileNetError `invalid-argument`, `aborted` or `disposed`.
   */
  detectEach(
    pictures: EachPictures<Input>,
    options?: DetectOptions & EachOptions,
  ): AsyncGenerator<PictureOutcome<Detections>, void, undefined>;
}

/** The types of detection. */
export interface DetectTypes extends TaskTypes {
  readonly model: DetectorModel;
  readonly options: DetectOptions;
  readonly settings: SuppressionOptions;
  readonly result: Detections;
  readonly facts: Pick<Detector<never>, "scoreThreshold" | "kind">;
}

/**
 * Detection, from box encodings `[1, anchors, 1, 4]` and scores `[1, anchors, 1, 1 + classes]`, or from a
 * grid's probabilities `[1, rows, columns, 1 + classes]`.
 */
export const detect: TaskRow<DetectTypes> = {
  outputs({ graph, labels, detection }) {
    const [first, scores] = graph.outputs;
    if (detection.kind === "grid") {
      const role = "probabilities of background and classes";
      return [{ node: first, role, shape: [1, undefined, undefined, labels.length + 1] }];
    }
    const anchors = anchorsOf(detection.anchors).length / 4;
    const columns = firstClassOf(detection) + labels.length;
    const role = columns === labels.length ? "classes" : "background and classes";
    return [
      { node: first, role: `box encodings of ${anchors} anchors`, shape: [1, anchors, 1, 4] },
      { node: scores, role: `scores of ${role}`, shape: [1, anchors, 1, columns] },
    ];
  },
  facts: ({ detection: { scoreThreshold, kind = "anchors" } }) => ({ scoreThreshold, kind }),
  optionNames: {
    scoreThreshold: true,
    iouThreshold: true,
    maxDetections: true,
    classes: true,
    classAgnostic: true,
    tiles: true,
    ...pictureOptionNames,
  },
  settle: ({ detection, labels }, options) => suppressionOptions(options, detection, labels),
  postprocess(run, settings) {
    const { frame } = run;
    const { labels } = run.model;
    const { width, height } = frame.image;
    return {
      width,
      height,
      detections: foundBoxes(run, settings).map(({ classIndex, score, box }) => ({
        label: labelOf(labels, classIndex),
        index: classIndex,
        score,
        box: boxInImage(box, frame),
      })),
    };
  },
};

/** What the outputs say, best first. */
function foundBoxes(
  { model, outputs }: TaskRun<DetectorModel>,
  settings: SuppressionOptions,
): readonly Omit<KeptBox, "anchor">[] {
  const { detection, labels } = model;
  const [first, second] = outputs as readonly [Tensor<"float32">, Tensor<"float32">];
  if (detection.kind === "grid") return joinCells(first, settings);
  const { anchors, boxCoder } = detection;
  const firstClass = firstClassOf(detection);
  return suppress(
    {
      boxes: decodeBoxes(first.data, { anchors: anchorsOf(anchors), boxCoder }),
      scores: second.data,
      columns: firstClass + labels.length,
      firstClass,
    },
    settings,
  );
}

/** The column of class 0. */
function firstClassOf({ background }: DetectionSettings): 0 | 1 {
  return background === false ? 0 : 1;
}

/** The best column of every anchor's or cell's scores, column 0 being the background. */
export function bestAnchorClasses({ model, outputs }: TaskRun<DetectorModel>): ArrayLike<number> {
  const { data, shape } = outputs[model.detection.kind === "grid" ? 0 : 1]!;
  const columns = shape[3]!;
  return Array.from({ length: data.length / columns }, (_, anchor) =>
    indexOfLargest(data, anchor * columns, columns),
  );
}

function suppressionOptions(
  options: DetectOptions,
  model: DetectorModel["detection"],
  labels: readonly string[],
): SuppressionOptions {
  const defaults = model.kind === "grid" ? { ...model, ...joinedCells } : model;
  const unused = model.kind === "grid" ? (["iouThreshold", "classAgnostic"] as const) : [];
  const other = unused.find((name) => options[name] !== undefined);
  if (other !== undefined) {
    throw new MobileNetError("invalid-argument", `${other} means nothing to a grid`, {
      expected: "scoreThreshold, maxDetections or classes",
      received: other,
      remedy: "Leave it out: cells of one class that touch are one object.",
    });
  }
  const { scoreThreshold, iouThreshold, maxDetections, classes, classAgnostic, tiles } = options;
  if (tiles !== undefined) checkTiles(tiles);
  const most = maxDetections ?? defaults.maxDetections;
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new MobileNetError("invalid-argument", "bad maxDetections", {
      expected: "a whole number of at least 1",
      received: quote(most),
    });
  }
  if (classes !== undefined && !Array.isArray(classes)) {
    throw new MobileNetError("invalid-argument", "bad classes", {
      expected: "a list of labels or indices",
      received: quote(classes),
    });
  }
  return {
    scoreThreshold: checkFraction("scoreThreshold", scoreThreshold ?? defaults.scoreThreshold),
    iouThreshold: checkFraction("iouThreshold", iouThreshold ?? defaults.iouThreshold),
    maxDetections: most,
    classAgnostic: classAgnostic ?? defaults.classAgnostic,
    clip: defaults.clip,
    inclusive: defaults.inclusive,
    maxPerClass: defaults.maxPerClass,
    classes: classes === undefined ? undefined : new Set(classes.map((c) => classOf(c, labels))),
  };
}

/** What a grid's settings lack of those of boxes. */
const joinedCells: Partial<DetectionSettings> & Pick<DetectionSettings, "iouThreshold"> = {
  iouThreshold: 0,
};

function checkFraction(name: string, value: number): number {
  if (isNumberIn(value, 0, 1)) return value;
  throw new MobileNetError("invalid-argument", `bad ${name}`, {
    expected: "a number from 0 to 1",
    received: quote(value),
  });
}
