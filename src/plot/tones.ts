/**
 * What tells series apart, in light and in dark: a colour, and a dash, a mark or a way to be filled for those
 * who see no colours. Colours are classes, `s1` of strokes and `p1` of fills.
 */
import { type Attributes, element, type PlotArea } from "./svg.ts";

/** In light and in dark, each at least 3:1 against its page. */
const colors = [
  ["#0969da", "#58a6ff"],
  ["#bc4c00", "#f0883e"],
  ["#1a7f37", "#3fb950"],
  ["#8250df", "#bc8cff"],
  ["#bf3989", "#f778ba"],
  ["#59636e", "#9198a1"],
] as const;

const dashes = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"] as const;

const classes = (dark: 0 | 1): string =>
  colors
    .map((pair, i) => `.s${i + 1}{stroke:${pair[dark]}}.p${i + 1}{fill:${pair[dark]}}`)
    .join("");

/** The classes' style sheet. */
export const toneStyle: string = `.s{fill:none;stroke-width:2;stroke-linejoin:round}
${classes(0)}
@media (prefers-color-scheme:dark){${classes(1)}}
`;

/** A tone from 1 on, of as many as there are. */
export function toneOf(index: number): number {
  return (index % colors.length) + 1;
}

/** A line's classes and dash. */
export function stroke(tone: number): {
  readonly class: string;
  readonly "stroke-dasharray": string;
} {
  return { class: `s s${tone}`, "stroke-dasharray": dashes[tone - 1] || "none" };
}

/** A bar: full in the first tone, an outline in the second, a dashed one in each of the others. */
export function bar(tone: number, place: PlotArea, attributes: Attributes = {}): string {
  const { x, y, width, height } = place;
  const look =
    tone === 1
      ? { class: "p1", ...attributes }
      : {
          ...{ class: `p${tone} s${tone}`, "fill-opacity": 0.2, "stroke-width": 1.2 },
          ...(tone > 2 && { "stroke-dasharray": dashes[tone - 1]! }),
        };
  return element("rect", { ...look, ...{ x, y, width, height } });
}

/** What an area is filled with, so that a line over it is seen. */
export function areaFill(tone: number): {
  readonly class: string;
  readonly "fill-opacity": number;
} {
  return { class: `p${tone}`, "fill-opacity": 0.4 };
}

/** A mark of a tone's shape: circle, square, triangle, diamond, cross, ring. */
export function mark(tone: number, x: number, y: number, r = 3.5): string {
  const polygon = (...corners: readonly (readonly [number, number])[]): string =>
    element("polygon", {
      class: `p${tone}`,
      points: corners
        .map(([dx, dy]) => `${(x + dx * r).toFixed(1)},${(y + dy * r).toFixed(1)}`)
        .join(" "),
    });
  switch (tone) {
    case 2:
      return polygon([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]);
    case 3:
      return polygon([0, -1.2], [1.2, 0.9], [-1.2, 0.9]);
    case 4:
      return polygon([0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]);
    case 5:
      return polygon([0, 1.2], [1.2, -0.9], [-1.2, -0.9]);
    case 6:
      return element("circle", { class: `s s${tone}`, cx: x, cy: y, r: r - 0.5 });
    default:
      return element("circle", { class: `p${tone}`, cx: x, cy: y, r });
  }
}
