/** A reliability diagram: accuracy over score, with the number of images in each bin below. */

import { element, label, shorten, svgPage, unitAxes } from "../plot/svg.ts";
import type { Reliability } from "./reliability.ts";

const area = { x: 72, y: 64, width: 360, height: 300 };
const histogram = { y: 412, height: 60 };

/** The diagram; bars below the diagonal are overconfident. */
export function plotReliability(
  model: string,
  { bins, expectedCalibrationError }: Reliability,
): string {
  const bottom = area.y + area.height;
  const most = Math.max(1, ...bins.map(({ images }) => images));
  const bars = bins.flatMap(({ from, to, images, accuracy = 0 }) => {
    if (images === 0) return [];
    const place = { x: area.x + from * area.width + 1, width: (to - from) * area.width - 2 };
    const height = accuracy * area.height;
    const count = (images / most) * histogram.height;
    return [
      element("rect", {
        class: "fill",
        ...place,
        y: bottom - height,
        height,
        "fill-opacity": 0.75,
      }),
      element("rect", {
        class: "fill2",
        ...place,
        y: histogram.y + histogram.height - count,
        height: count,
      }),
    ];
  });
  const marks = bins.flatMap(({ images, accuracy = 0, score = 0 }) => {
    if (images === 0) return [];
    const [x, y] = [area.x + score * area.width, bottom - accuracy * area.height];
    return [element("circle", { class: "fill2", cx: x, cy: y, r: 3.5 })];
  });
  const base = histogram.y + histogram.height;
  return svgPage(
    {
      width: area.x + area.width + 28,
      height: base + 36,
      title: `Reliability of ${shorten(model, 40)}`,
      note: `expected calibration error ${(expectedCalibrationError * 100).toFixed(1)} %; on the line is ideal`,
    },
    unitAxes(area, { x: "score, %", y: "accuracy, %" }),
    ...bars,
    element("line", {
      class: "ideal",
      x1: area.x,
      y1: bottom,
      x2: area.x + area.width,
      y2: area.y,
    }),
    ...marks,
    element("line", { class: "grid", x1: area.x, x2: area.x + area.width, y1: base, y2: base }),
    label(`images in each bin, up to ${most}`, {
      class: "note middle",
      x: area.x + area.width / 2,
      y: base + 20,
    }),
  );
}
