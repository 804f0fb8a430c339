/**
 * Blocks as the paper's figures 2 and 3 draw them: a slab for each tensor, as wide as it has channels,
 * and between them what makes one of the other. Hatched slabs are linear: no activation made them.
 */
import { type PlotPage, plotPage, textLength, wrapText } from "../../plot/frame.ts";
import { element, label } from "../../plot/svg.ts";
import { formatLarge } from "../../scaled-number.ts";
import type { BlockStep } from "./steps.ts";
import { costWords, shapeWords } from "./words.ts";

/** A block. */
export interface SlabPanel {
  readonly title: string;
  readonly steps: readonly BlockStep[];
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const [slabHeight, lineHeight, arrow, gap] = [20, 14, 10, 16];

/** Panels two in a row; all on one scale of channels. */
export function drawSlabs(page: PlotPage, panels: readonly SlabPanel[]): string {
  const most = Math.max(...panels.flatMap(({ steps }) => steps.map(({ channels }) => channels)));
  return plotPage(page, (top, width) => {
    const each = (width - 32 - gap) / 2;
    const body: string[] = [hatch];
    let y = top + 6;
    for (let first = 0; first < panels.length; first += 2) {
      const bottoms = panels.slice(first, first + 2).map((panel, column) => {
        const place = { x: 16 + column * (each + gap), y, width: each };
        const drawn = drawPanel(panel, place, most);
        body.push(...drawn.body);
        return drawn.bottom;
      });
      y = Math.max(...bottoms) + 26;
    }
    return { body, bottom: y - 26 };
  });
}

/** Diagonal lines in the colour of the slabs. */
const hatch = element(
  "defs",
  {},
  element(
    "pattern",
    {
      id: "hatch",
      width: 6,
      height: 6,
      patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)",
    },
    element("path", { class: "s s1", d: "M0 0V6" }),
  ),
);

function drawPanel({ title, steps }: SlabPanel, { x, y: top, width }: Place, most: number) {
  // Shortcuts run along the right edge.
  const [middle, rightmost] = [x + width / 2 - 4, x + width - 2];
  const widest = width - 26;
  const body: string[] = [];
  let y = top + 8;
  for (const line of wrapText(title, width)) {
    body.push(label(line, { x, y, style: "font-weight:600" }));
    y += lineHeight;
  }
  const slabs = new Map<string, Place>();
  let last: string | undefined;
  for (const step of steps) {
    if (step.kind !== "input") {
      const through = drawOperation(step, { x: middle, y, width });
      body.push(...through.body);
      const shortcut = step.kind === "add" && step.inputs.find((name) => name !== last);
      const from = shortcut ? slabs.get(shortcut) : undefined;
      if (from !== undefined) body.push(drawShortcut(from, through.center, rightmost));
      y = through.bottom;
    }
    const slab = { x: middle, y, width: Math.max(3, (step.channels / most) * widest) };
    body.push(...drawSlab(step, slab));
    slabs.set(step.name, slab);
    last = step.name;
    y += slabHeight;
  }
  const sum = (what: "parameters" | "multiplyAdds"): number =>
    steps.reduce((total, step) => total + step[what], 0);
  const sums = costWords({ parameters: sum("parameters"), multiplyAdds: sum("multiplyAdds") });
  for (const line of sums) {
    y += lineHeight + 2;
    body.push(label(line, { class: "middle", x: middle, y }));
  }
  return { body, bottom: y };
}

/** What makes the next slab: in words, with what it costs; a circle for a sum. */
function drawOperation({ kind, words, bend, ...costs }: BlockStep, { x, y }: Place) {
  const down = (from: number): string =>
    element("path", { class: "s s6", d: `M${x} ${from}v${arrow - 1}m-3 -4l3 4l3 -4` });
  if (kind === "add") {
    const center = { x, y: y + 22, width: 9 };
    const ring = element("circle", { class: "s s2", cx: x, cy: center.y, r: 9 });
    const cross = element("path", { class: "s s2", d: `M${x - 5} ${center.y}h10m-5 -5v10` });
    const after = bend === "linear" ? "" : label(bend, { class: "tick end", x: x - 14, y: y + 26 });
    return { body: [down(y + 2), ring, cross, after, down(y + 32)], center, bottom: y + 42 };
  }
  const lines = [
    `${words}, ${bend}`,
    `${formatLarge(costs.parameters)} · ${formatLarge(costs.multiplyAdds)}`,
  ];
  const texts = lines.map((line, i) =>
    label(line, {
      class: i === 0 ? "middle cell" : "middle tick",
      x,
      y: y + arrow + 13 + i * lineHeight,
    }),
  );
  const below = y + arrow + 4 + lines.length * lineHeight;
  return {
    body: [
      element("path", { class: "s s6", d: `M${x} ${y}v${arrow - 2}` }),
      ...texts,
      down(below + 2),
    ],
    center: { x, y: y + arrow + lineHeight, width: 0 },
    bottom: below + arrow + 2,
  };
}

function drawSlab({ bend, ...size }: BlockStep, { x, y, width }: Place) {
  const shape = shapeWords(size);
  const box = { x: x - width / 2, y, width, height: slabHeight };
  const isWide = width > textLength(shape) + 12;
  const body =
    bend === "linear"
      ? [
          element("rect", { class: "page", ...box }),
          element("rect", { fill: "url(#hatch)", ...box }),
          element("rect", { class: "s s1", ...box }),
        ]
      : [element("rect", { class: "p1", ...box }), element("rect", { class: "s s1", ...box })];
  if (!isWide) return [...body, label(shape, { class: "cell end", x: box.x - 6, y: y + 14 })];
  // On hatching a text needs a ground of its own.
  const length = textLength(shape) + 6;
  const ground = {
    class: "page",
    x: x - length / 2,
    y: y + 3,
    width: length,
    height: slabHeight - 6,
  };
  const text = { class: bend === "linear" ? "cell middle" : "cell middle on", x, y: y + 14 };
  return [...body, bend === "linear" ? element("rect", ground) : "", label(shape, text)];
}

function drawShortcut(from: Place, to: Place, right: number): string {
  const [startX, startY] = [from.x + from.width / 2, from.y + slabHeight / 2];
  const d = `M${startX} ${startY}H${right - 8}q8 0 8 8V${to.y - 8}q0 8 -8 8H${to.x + to.width + 1}`;
  const head = `M${to.x + to.width + 6} ${to.y - 4}l-5 4l5 4`;
  return element("path", { class: "s s2", d: `${d}${head}` });
}
