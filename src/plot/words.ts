/**
 * Words beside marks: each where it covers no mark, line, whisker or other word, as near to its mark as such
 * a place is; where there is none, in the plot where it covers least. One that had to go further away is
 * tied to its mark by a thin line.
 */
import { element, label, type PlotArea } from "./svg.ts";

type Place = readonly [x: number, y: number];

/** A word and where the middle of its mark is. */
export interface MarkWord {
  readonly text: string;
  readonly at: Place;
  /** Bars have theirs above them. */
  readonly above?: boolean;
}

/** What words keep off, in pixels. */
interface WordObstacles {
  readonly marks: readonly Place[];
  /** Corners of each line. */
  readonly lines: readonly (readonly Place[])[];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a word may stand: its anchor and how it lies to it. */
interface Candidate {
  readonly x: number;
  readonly y: number;
  readonly anchor: "" | "end" | "middle";
  /** Whether it is so far away that a line must tie it to its mark. */
  readonly tied: boolean;
}

/** A letter of 11 pixels, about. */
const letter = 6.2;

/** Words as markup, in the order in which they are given: earlier ones choose first. */
export function drawWords(
  words: readonly MarkWord[],
  { marks, lines }: WordObstacles,
  area: PlotArea,
): string {
  const solid = marks.map(([x, y]) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 }));
  const thin = lines.flatMap(dotsOf);
  const placed: Box[] = [];
  return words
    .map(({ text, at, above = false }) => {
      const width = Array.from(text).length * letter;
      const all = above ? candidates(at).slice(2, 3) : candidates(at);
      const isFree = (candidate: Candidate, obstacles: readonly Box[]): boolean => {
        const box = boxOf(candidate, width);
        return isInside(box, area) && ![...obstacles, ...placed].some((one) => meet(box, one));
      };
      const hidden = (candidate: Candidate): number =>
        solid.reduce((sum, mark) => sum + covered(boxOf(candidate, width), mark), 0);
      const chosen =
        all.find((one) => isFree(one, [...solid, ...thin])) ??
        all.find((one) => isFree(one, solid)) ??
        all.filter((one) => isFree(one, [])).sort((a, b) => hidden(a) - hidden(b))[0] ??
        all[0]!;
      placed.push(boxOf(chosen, width));
      return draw(chosen, { text, at, width });
    })
    .join("");
}

/** Beside, above, below and at the corners; then corners, above and below further away. */
function candidates([x, y]: Place): readonly Candidate[] {
  const corners = (far: number): readonly Candidate[] =>
    ([-1, 1] as const).flatMap((down) =>
      (["", "end"] as const).map((anchor) => ({
        x: x + (anchor === "" ? 5 + far : -5 - far),
        y: y + 4 + down * (10 + far),
        ...{ anchor, tied: far > 0 },
      })),
    );
  return [
    { x: x + 7, y: y + 4, anchor: "", tied: false },
    { x: x - 7, y: y + 4, anchor: "end", tied: false },
    { x, y: y - 7, anchor: "middle", tied: false },
    { x, y: y + 16, anchor: "middle", tied: false },
    ...corners(0),
    ...[10, 20, 34].flatMap((far) => [
      ...corners(far),
      { x, y: y - 7 - far, anchor: "middle" as const, tied: true },
      { x, y: y + 16 + far, anchor: "middle" as const, tied: true },
    ]),
  ];
}

function boxOf({ x, y, anchor }: Candidate, width: number): Box {
  const left = anchor === "" ? x : anchor === "end" ? x - width : x - width / 2;
  return { left, right: left + width, top: y - 9, bottom: y + 2 };
}

function isInside({ left, right, top, bottom }: Box, { x, y, width, height }: PlotArea): boolean {
  return left >= x + 2 && right <= x + width && top >= y && bottom <= y + height;
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** How much of a box another covers, in square pixels. */
function covered(a: Box, b: Box): number {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, across) * Math.max(0, down);
}

/** A line as small boxes along it. */
function dotsOf(corners: readonly Place[]): readonly Box[] {
  return corners.slice(1).flatMap(([x, y], i) => {
    const [fromX, fromY] = corners[i]!;
    const steps = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / 3));
    return Array.from({ length: steps + 1 }, (_, step): Box => {
      const share = step / steps;
      const [middleX, middleY] = [fromX + (x - fromX) * share, fromY + (y - fromY) * share];
      return { left: middleX - 2, right: middleX + 2, top: middleY - 2, bottom: middleY + 2 };
    });
  });
}

function draw(
  { x, y, anchor, tied }: Candidate,
  { text, at, width }: { readonly text: string; readonly at: Place; readonly width: number },
): string {
  const word = label(text, { class: anchor === "" ? "tick" : `tick ${anchor}`, x, y });
  if (!tied) return word;
  // From the word's near end to the edge of the mark.
  const { left, right, top, bottom } = boxOf({ x, y, anchor, tied }, width);
  const [fromX, fromY] =
    anchor === "middle"
      ? [x, y > at[1] ? top - 1 : bottom + 1]
      : [anchor === "end" ? right + 1 : left - 1, y - 3.5];
  const [dx, dy] = [at[0] - fromX, at[1] - fromY];
  const length = Math.hypot(dx, dy);
  const share = Math.max(0, length - 5) / length;
  const ends = { x1: fromX, y1: fromY, x2: fromX + dx * share, y2: fromY + dy * share };
  return element("line", { class: "ideal", style: "stroke-dasharray:none", ...ends }) + word;
}
