/**
 * Average precision as COCO defines it: the area under precision over recall, read at 101 points,
 * averaged over ten overlaps from .50 to .95 and over classes. Figures agree with those of COCO's own
 * tools, whose rules for crowds, sizes and ties stand in `match-boxes.ts`.
 */
import {
  checkItems,
  checkSettings,
  having,
  itemsOf,
  type Kinds,
  needed,
  numberFrom,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import type { TrueObject } from "../data/samples.ts";
import { boxKind } from "../image/check-box.ts";
import { mean, presentFigures } from "./confusion.ts";
import {
  type AreaRange,
  type ClassInImage,
  classInImage,
  countObjects,
  type JudgedDetection,
  judge,
  type ScoredBox,
} from "./match-boxes.ts";

/** What is in a picture, and what was found. */
export interface DetectionImage {
  readonly objects: readonly TrueObject[];
  readonly detections: readonly ScoredBox[];
}

/** Average precision; a figure is absent where there are no such objects. */
export interface AveragePrecision {
  /** Mean over the ten overlaps, 0 to 1. */
  readonly ap?: number;
  /** At an overlap of .50. */
  readonly ap50?: number;
  /** At an overlap of .75. */
  readonly ap75?: number;
}

/** The average precision of one class. */
export interface ClassAveragePrecision extends AveragePrecision {
  readonly label: string;
  readonly index: number;
  /** Objects that count. */
  readonly objects: number;
  readonly detections: number;
}

/** Precision at recalls of 0, 0.01 … 1, averaged over classes. */
export interface PrecisionRecall {
  readonly iou: "0.50" | "0.75" | "0.50:0.95";
  readonly precision: number[];
}

/** COCO's figures for a set of pictures. */
export interface DetectionScores extends AveragePrecision {
  /** Objects of up to 32² pixels. */
  readonly apSmall?: number;
  /** Objects from 32² to 96² pixels. */
  readonly apMedium?: number;
  /** Objects of at least 96² pixels. */
  readonly apLarge?: number;
  /** The largest recall, mean over overlaps and classes (COCO's AR at 100 detections). */
  readonly averageRecall?: number;
  readonly classes: ClassAveragePrecision[];
  readonly curves: PrecisionRecall[];
}

/** What is judged. */
export interface AveragePrecisionOptions {
  /** The name of each class. */
  readonly labels: readonly string[];
  /** The classes that count; all that occur among the objects unless given. */
  readonly classes?: readonly number[] | undefined;
  /** The most detections of one class in one picture. Default: 100. */
  readonly maxDetections?: number | undefined;
}

const classKind = needed(wholeFrom(0));
const objectKind = having({ classIndex: classKind, box: needed(boxKind) }, "");
const foundKind = having(
  { classIndex: classKind, score: needed(numberFrom(0, 1)), box: needed(boxKind) },
  "",
);
const imageKinds: Kinds<DetectionImage> = {
  objects: needed(itemsOf(objectKind, "a list of objects, each with classIndex and box")),
  detections: needed(itemsOf(foundKind, "a list of detections with classIndex, score and box")),
};
const optionKinds: Kinds<AveragePrecisionOptions> = {
  labels: needed(itemsOf(plainText, "a list of texts")),
  classes: itemsOf(classKind, "a list of whole numbers from 0 on"),
  maxDetections: wholeFrom(1),
};

/** Sizes in square pixels: all, small, medium, large. */
const areaRanges: readonly AreaRange[] = [
  [0, 1e10],
  [0, 32 ** 2],
  [32 ** 2, 96 ** 2],
  [96 ** 2, 1e10],
];

const recallPoints = 101;
const overlapCount = 10;

/** The overlaps .50, .55 … .95, rounded as `numpy.linspace` rounds them, which COCO's tools use. */
function overlapThresholds(): readonly number[] {
  const step = (0.95 - 0.5) / (overlapCount - 1);
  return Array.from({ length: overlapCount }, (_, i) =>
    i === overlapCount - 1 ? 0.95 : 0.5 + i * step,
  );
}

/** One class within one range of sizes. */
interface RangeResult {
  readonly objects: number;
  /** By overlap: precision at each recall point. */
  readonly precision: readonly Float64Array[];
  /** By overlap: the largest recall. */
  readonly recall: readonly number[];
}

/**
 * COCO's figures.
 *
 * @param images - In an order that decides between detections of equal score (COCO: by image id).
 *
 * @example
 * ```ts
 * const box = { x: 0, y: 0, width: 100, height: 100 };
 * const images = [{
 *   objects: [{ classIndex: 0, box }],
 *   detections: [{ classIndex: 0, score: 0.9, box: { ...box, width: 80 } }],
 * }];
 * const { ap50, ap75, ap } = averagePrecision(images, { labels: ["cat"] });
 * [ap50, ap75, ap?.toFixed(1)]; // [1, 1, "0.7"]
 * ```
 */
export function averagePrecision(
  images: readonly DetectionImage[],
  options: AveragePrecisionOptions,
): DetectionScores {
  checkItems(images, imageKinds, "averagePrecision");
  checkSettings(options, optionKinds, "averagePrecision");
  const { labels, classes, maxDetections = 100 } = options;
  const thresholds = overlapThresholds();
  const indices = classes ?? occurring(images);
  const groups = groupByClass(images, new Set(indices), maxDetections);
  const results = indices.map((index) => {
    const group = groups.get(index) ?? [];
    return areaRanges.map((range) => judgeRange(group, thresholds, range));
  });
  const over = (range: number, overlaps?: number): number | undefined =>
    mean(results.map((ranges) => areaUnder(ranges[range]!, overlaps)));
  const present = results.filter(([all]) => all!.objects > 0).map(([all]) => all!);
  return {
    ...presentFigures({ ap: over(0), ap50: over(0, 0), ap75: over(0, 5) }),
    ...presentFigures({ apSmall: over(1), apMedium: over(2), apLarge: over(3) }),
    ...presentFigures({ averageRecall: mean(present.map(({ recall }) => mean(recall))) }),
    classes: indices.map((index, i) => {
      const all = results[i]![0]!;
      const group = groups.get(index) ?? [];
      return {
        label: labels[index] ?? `class ${index}`,
        index,
        objects: all.objects,
        detections: group.reduce((sum, { detections }) => sum + detections.length, 0),
        ...presentFigures({ ap: areaUnder(all), ap50: areaUnder(all, 0), ap75: areaUnder(all, 5) }),
      };
    }),
    curves: present.length === 0 ? [] : curves(present),
  };
}

/** The classes among the objects, in order. */
function occurring(images: readonly DetectionImage[]): readonly number[] {
  const found = new Set(images.flatMap(({ objects }) => objects.map((o) => o.classIndex)));
  return [...found].sort((a, b) => a - b);
}

/** By class: every picture that has objects or detections of it. */
function groupByClass(
  images: readonly DetectionImage[],
  wanted: ReadonlySet<number>,
  maxDetections: number,
): ReadonlyMap<number, readonly ClassInImage[]> {
  const groups = new Map<number, ClassInImage[]>();
  for (const { objects, detections } of images) {
    const here = new Set([...objects, ...detections].map(({ classIndex }) => classIndex));
    for (const index of here) {
      if (!wanted.has(index)) continue;
      const found = detections
        .filter(({ classIndex }) => classIndex === index)
        .sort((a, b) => b.score - a.score)
        .slice(0, maxDetections);
      const actual = objects.filter(({ classIndex }) => classIndex === index);
      const group = groups.get(index);
      if (group === undefined) groups.set(index, [classInImage(actual, found)]);
      else group.push(classInImage(actual, found));
    }
  }
  return groups;
}

function judgeRange(
  group: readonly ClassInImage[],
  thresholds: readonly number[],
  range: AreaRange,
): RangeResult {
  const objects = group.reduce((sum, image) => sum + countObjects(image.objects, range), 0);
  const judged = group
    .flatMap((image) => judge(image, { thresholds, range }))
    .sort((a, b) => b.score - a.score);
  const results = thresholds.map((_, t) => precisionAtRecalls(judged, t, objects));
  return {
    objects,
    precision: results.map(({ precision }) => precision),
    recall: results.map(({ recall }) => recall),
  };
}

/** Precision at each recall point: the best that any later point of the ranking has. */
function precisionAtRecalls(
  judged: readonly JudgedDetection[],
  threshold: number,
  objects: number,
): { readonly precision: Float64Array; readonly recall: number } {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let [right, wrong] = [0, 0];
  for (const { matched, ignored } of judged) {
    if (ignored[threshold] === 0) {
      if (matched[threshold] === 1) right++;
      else wrong++;
    }
    recalls.push(right / objects);
    precisions.push(right + wrong === 0 ? 0 : right / (right + wrong));
  }
  for (let i = precisions.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);
  }
  const precision = new Float64Array(recallPoints);
  for (let point = 0, at = 0; point < recallPoints; point++) {
    while (at < recalls.length && recalls[at]! < point * 0.01) at++; // as numpy.linspace rounds
    precision[point] = precisions[at] ?? 0;
  }
  return { precision, recall: recalls.at(-1) ?? 0 };
}

/** The mean precision at one overlap, or over all; undefined where no object counts. */
function areaUnder({ objects, precision }: RangeResult, overlap?: number): number | undefined {
  if (objects === 0) return undefined;
  const rows = overlap === undefined ? precision : [precision[overlap]!];
  return mean(rows.map((row) => row.reduce((sum, value) => sum + value, 0) / recallPoints));
}

function curves(present: readonly RangeResult[]): PrecisionRecall[] {
  const curve = (rows: (result: RangeResult) => readonly Float64Array[]): number[] =>
    Array.from(
      { length: recallPoints },
      (_, point) => mean(present.flatMap((result) => rows(result).map((row) => row[point]!)))!,
    );
  return [
    { iou: "0.50", precision: curve(({ precision }) => [precision[0]!]) },
    { iou: "0.75", precision: curve(({ precision }) => [precision[5]!]) },
    { iou: "0.50:0.95", precision: curve(({ precision }) => precision) },
  ];
}
