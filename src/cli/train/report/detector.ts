/** A detector's worst pictures by the share of their boxes that is wrong, some right ones, and precision over recall. */
import type { Pictures } from "../../../data/pictures.ts";
import type { TrueObject } from "../../../data/samples.ts";
import { averagePrecision, type DetectionImage } from "../../../evaluate/average-precision.ts";
import type { MarkedBox, PictureGroup } from "../../../evaluate/html-page.ts";
import { type ClassCurve, plotClassCurves } from "../../../evaluate/plot-class-curves.ts";
import type { Detection } from "../../../tasks/detector.ts";
import { formatPercent, plural } from "../../format.ts";
import type { ReportParts } from "./parts.ts";
import { chooseShown, type Looked, shown, thumbnail } from "./pictures.ts";

/** From this score on a box is drawn and counted as found; below it only the curves see it. */
const certain = 0.3;

/** The most classes with a curve. */
const mostCurves = 12;

/** What of a detector's answer counts as found, where pictures are drawn. */
export function certainOf(detections: readonly Detection[]): readonly Detection[] {
  return detections.filter(({ score }) => score >= certain);
}

/** The pictures, and a curve for each class. */
export async function detectorParts({
  pictures,
  labels,
  looked,
}: {
  readonly pictures: Pictures<readonly TrueObject[]>;
  readonly labels: readonly string[];
  /** All that the detector was asked for, the worst first, with what it found at any score. */
  readonly looked: readonly Looked<readonly Detection[]>[];
}): Promise<ReportParts> {
  const groups: PictureGroup[] = [];
  for (const { index, badness, found: all } of chooseShown(looked, { worst: 8, others: 4 })) {
    const found = certainOf(all);
    const { image, scale } = thumbnail(await pictures.picture(index));
    const objects = pictures.label(index);
    const boxes = [
      ...objects.map(({ classIndex, box }) => marked("true", labels[classIndex] ?? "", box, scale)),
      ...found.map(({ label, score, box }) =>
        marked("found", `${label} ${formatPercent(score)}`, box, scale),
      ),
    ];
    const said = `${plural(objects.length, "object")}, ${found.length} found, ${formatPercent(1 - badness)} of the boxes right`;
    const drawn = await shown(image, "dashed: true boxes; whole lines: found", boxes);
    const title = pictures.name(index);
    groups.push({ title, lines: [said], wrong: badness > 0.5, pictures: [drawn] });
  }
  const judged = looked.map(({ index, found }) => ({
    objects: pictures.label(index),
    detections: found.map(({ index: classIndex, score, box }) => ({ classIndex, score, box })),
  }));
  const drawings = curvesOf(judged, labels);
  return { groups, legend: [], drawings, looked: looked.length };
}

function marked(
  kind: MarkedBox["kind"],
  label: string,
  box: Detection["box"],
  scale: number,
): MarkedBox {
  const [x, y] = [box.x * scale, box.y * scale];
  return { kind, label, x, y, width: box.width * scale, height: box.height * scale };
}

/** Precision over recall at an overlap of one half, of the classes with the most objects. */
function curvesOf(images: readonly DetectionImage[], labels: readonly string[]): readonly string[] {
  const counts = new Array<number>(labels.length).fill(0);
  for (const { objects } of images) for (const { classIndex } of objects) counts[classIndex]! += 1;
  const present = labels
    .map((label, index) => ({ label, index, count: counts[index]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const curves = present.slice(0, mostCurves).flatMap(({ label, index, count }): ClassCurve[] => {
    const { curves: own, ap50 = 0 } = averagePrecision(images, { labels, classes: [index] });
    const [first] = own;
    return first === undefined ? [] : [{ label, count, ap50, precision: first.precision }];
  });
  return curves.length === 0 ? [] : [plotClassCurves(curves, present.length)];
}
