/**
 * Blocks as the paper's figure 4 draws them: a box for each operation with the activation that follows
 * it, from the input at the top to the output at the bottom. Boxes of one depth stand side by side.
 */
import { type PlotPage, plotPage, wrapText } from "../../plot/frame.ts";
import { element, label } from "../../plot/svg.ts";
import { required } from "../../required.ts";

/** A box. */
export interface FlowBox {
  readonly name: string;
  readonly inputs: readonly string[];
  /** The first line is what it does; further ones are what comes of it. */
  readonly lines: readonly string[];
  /** `end` for inputs and outputs, `join` for sums and concatenations. */
  readonly kind: "end" | "step" | "join";
  /** Which branch it is in, counted from the left; absent where it is as wide as the block. */
  readonly branch?: number;
}

/** A block's boxes in the order of the data. */
export interface FlowPanel {
  readonly title: string;
  readonly boxes: readonly FlowBox[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const [lineHeight, space, gap] = [14, 16, 16];

/** Rows of panels, those of a row side by side. */
export function drawFlows(page: PlotPage, rows: readonly (readonly FlowPanel[])[]): string {
  return plotPage(page, (top, width) => {
    const body: string[] = [];
    let y = top + 6;
    for (const row of rows) {
      const each = (width - 32 - gap * (row.length - 1)) / row.length;
      const bottoms = row.map((panel, column) => {
        const drawn = drawPanel(panel, { x: 16 + column * (each + gap), y, width: each });
        body.push(...drawn.body);
        return drawn.bottom;
      });
      y = Math.max(...bottoms) + 24;
    }
    return { body, bottom: y - 24 };
  });
}

function drawPanel(
  { title, boxes }: FlowPanel,
  { x, y: top, width }: Omit<Box, "height">,
): { readonly body: readonly string[]; readonly bottom: number } {
  let y = top + 8;
  const body = wrapText(title, width).map((line) => {
    y += lineHeight;
    return label(line, { x, y: y - lineHeight, style: "font-weight:600" });
  });
  const ranks = ranksOf(boxes);
  const places = new Map<string, Box>();
  const branches = 1 + Math.max(...boxes.map(({ branch = 0 }) => branch));
  const isNext = (input: string, depth: number): boolean =>
    ranks[depth - 1]?.some(({ name }) => name === input) ?? false;
  const passes = ranks.some((rank, depth) =>
    rank.some(({ inputs }) => inputs.some((input) => !isNext(input, depth))),
  );
  // What passes a block by runs along its right edge, unless it is a branch.
  const room = passes && branches === 1 ? width - 22 : width;
  const each = (room - 8 * (branches - 1)) / branches;
  for (const rank of ranks) {
    const height = Math.max(...rank.map(({ lines }) => lines.length * lineHeight + 8));
    for (const box of rank) {
      const { branch } = box;
      const column =
        branch === undefined ? { x, width: room } : { x: x + branch * (each + 8), width: each };
      const place = { ...column, y, height };
      places.set(box.name, place);
      body.push(...drawBox(box, place));
    }
    y += height + space;
  }
  for (const [depth, rank] of ranks.entries()) {
    for (const box of rank) {
      const to = required(places, box.name);
      for (const input of box.inputs) {
        const from = required(places, input);
        const isStraight = isNext(input, depth) || branches > 1;
        body.push(isStraight ? drawArrow(from, to) : drawBypass(from, to, x + width - 2));
      }
    }
  }
  return { body, bottom: y - space };
}

/** Boxes by the longest way that leads to them. */
function ranksOf(boxes: readonly FlowBox[]): readonly (readonly FlowBox[])[] {
  const depths = new Map<string, number>();
  const ranks: FlowBox[][] = [];
  for (const box of boxes) {
    const depth = box.inputs.reduce((most, name) => Math.max(most, required(depths, name) + 1), 0);
    depths.set(box.name, depth);
    const rank = ranks[depth] ?? [];
    rank.push(box);
    ranks[depth] = rank;
  }
  return ranks;
}

function drawBox({ lines, kind }: FlowBox, { x, y, width, height }: Box): readonly string[] {
  const tone = { end: "frame", step: "s s1", join: "s s2" }[kind];
  return [
    element("rect", { class: tone, x, y, width, height, rx: kind === "end" ? height / 2 : 4 }),
    ...lines.map((line, i) =>
      label(line, {
        class: i === 0 ? "cell middle" : "tick middle",
        x: x + width / 2,
        y: y + 15 + i * lineHeight,
      }),
    ),
  ];
}

function drawArrow(from: Box, to: Box): string {
  const [startX, endX] = [from.x + from.width / 2, to.x + to.width / 2];
  // Straight down where both lie above each other; wide boxes are left above the one below.
  const x0 = from.width > to.width ? endX : startX;
  const x1 = to.width > from.width ? startX : endX;
  const end = to.y - 2;
  const d = `M${x0} ${from.y + from.height}L${x1} ${end}M${x1 - 3} ${end - 4}l3 4l3 -4`;
  return element("path", { class: "s s6", d });
}

function drawBypass(from: Box, to: Box, right: number): string {
  const [startY, endY] = [from.y + from.height / 2, to.y + to.height / 2];
  const d = `M${from.x + from.width} ${startY}H${right - 8}q8 0 8 8V${endY - 8}q0 8 -8 8H${to.x + to.width + 2}`;
  return element("path", { class: "s s2", d: `${d}m5 -4l-5 4l5 4` });
}
