/** Precision over recall, averaged over classes, at three overlaps. */

import { element, label, shorten, svgPage, unitAxes } from "../plot/svg.ts";
import type { PrecisionRecall } from "./average-precision.ts";

const area = { x: 72, y: 64, width: 400, height: 320 };

/** The curves with a legend. */
export function plotCurves(model: string, curves: readonly PrecisionRecall[]): string {
  const classes = ["line", "line2", "line3"];
  const lines = curves.map(({ precision }, i) => {
    const points = precision.map((value, point) => {
      const x = area.x + (point / (precision.length - 1)) * area.width;
      const y = area.y + (1 - value) * area.height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return element("polyline", { class: classes[i % 3]!, points: points.join(" ") });
  });
  const below = area.y + area.height + 58;
  const legend = curves.map(({ iou }, i) => {
    const x = area.x + i * 140;
    const line = element("line", {
      class: classes[i % 3]!,
      x1: x,
      x2: x + 26,
      y1: below - 4,
      y2: below - 4,
    });
    return line + label(`IoU ${iou}`, { x: x + 32, y: below });
  });
  return svgPage(
    {
      width: area.x + area.width + 40,
      height: below + 18,
      title: `Precision and recall of ${shorten(model, 40)}`,
      note: "mean over classes with objects, by overlap (IoU) with the object",
    },
    unitAxes(area, { x: "recall, %", y: "precision, %" }),
    ...lines,
    ...legend,
  );
}
