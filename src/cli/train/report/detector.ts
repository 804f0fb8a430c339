/** A detector's worst pictures by the share of their boxes that is wrong, some right ones, and precision over recall. */
import type { TrueObject } from "../../../data/samples.ts";
import { averagePrecision, type DetectionImage } from "../../../evaluate/average-precision.ts";
import type { MarkedBox, PictureGroup } from "../../../evaluate/html-page.ts";
import { type ClassCurve, plotClassCurves } from "../../../evaluate/plot-class-curves.ts";
import type { Detection } from "../../../tasks/detector.ts";
import { formatPercent, plural } from "../../format.ts";
import { shareRight } from "../share-right.ts";
import type { ReportParts } from "./parts.ts";
import { evenly, lookAt, type PicturesOf, shown, thumbnail } from "./pictures.ts";

/** From this score on a box is drawn and counted as found; below it only the curves see it. */
const certain = 0.3;

/** The most classes with a curve. */
const mostCurves = 12;

/** The pictures, and a curve for each class. */
export async function detectorParts({
  folder,
  pictures,
  labels,
  signal,
}: PicturesOf<readonly TrueObject[]>): Promise<ReportParts> {
  const { loadDetector } = await import("../../../tasks/node.ts");
  const detector = await loadDetector(folder, { signal });
  try {
    const judged: DetectionImage[] = [];
    const looked = await lookAt(pictures, { most: 200, signal }, async (image, objects) => {
      const { detections } = await detector.detect(image, { scoreThreshold: 0.01, signal });
      judged.push({
        objects,
        detections: detections.map(({ index, score, box }) => ({ classIndex: index, score, box })),
      });
      const found = detections.filter(({ score }) => score >= certain);
      return { badness: 1 - shareRight(objects, found), found };
    });
    const worst = looked.filter(({ badness }) => badness > 0).slice(0, 8);
    const groups: PictureGroup[] = [];
    for (const { index, badness, found } of [...worst, ...evenly(looked.slice(worst.length), 4)]) {
      const { image, scale } = thumbnail(await pictures.picture(index));
      const objects = pictures.label(index);
      const boxes = [
        ...objects.map(({ classIndex, box }) =>
          marked("true", labels[classIndex] ?? "", box, scale),
        ),
        ...found.map(({ label, score, box }) =>
          marked("found", `${label} ${formatPercent(score)}`, box, scale),
        ),
      ];
      const said = `${plural(objects.length, "object")}, ${found.length} found, ${formatPercent(1 - badness)} of the boxes right`;
      const drawn = await shown(image, "dashed: true boxes; whole lines: found", boxes);
      const title = pictures.name(index);
      groups.push({ title, lines: [said], wrong: badness > 0.5, pictures: [drawn] });
    }
    const drawings = curvesOf(judged, labels);
    return { groups, legend: [], drawings, looked: looked.length };
  } finally {
    detector.dispose();
  }
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
