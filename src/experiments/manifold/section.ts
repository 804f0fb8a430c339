/** What the report says of figure 1 and appendix A. */
import { figure, markdownTable, percentText } from "../markdown.ts";
import type { Estimate, Quartiles } from "../statistics.ts";
import { type ActivationName, activationNames, activations } from "./activations.ts";
import { expectedCollapse } from "./theorem.ts";
import { figuresOf, type ManifoldFigures, type ManifoldResult } from "./values.ts";
import { fewerCoincide, flattenedAsExpected, judgedCounts, rareByChance } from "./verdicts.ts";

/** The section. */
export function manifoldReport(result: ManifoldResult): string {
  return [
    claim,
    method(result),
    pictures,
    collapse(result),
    others(result),
    theorem(result),
    block,
  ].join("\n\n");
}

const claim =
  "**The paper** embeds a spiral in n dimensions by a random matrix T, applies ReLU and projects back by T⁻¹: for n = 2 and 3 parts of the spiral fall onto each other, for n = 15 and 30 it survives, though bent. From this follows the whole block: what is narrow must stay linear, and ReLU belongs where there are many channels.";

function method({ settings }: ManifoldResult): string {
  const { points, turns, runs } = settings;
  return `**Run here**: a spiral of ${turns} turns, ${points} points at equal distances; T of independent normal entries, scaled so that T times the curve has a root mean square of 1, as a batch norm leaves it (of "inputs × 3" of 3; a bias adds as much again, so that √2 goes in); back by the pseudo-inverse. ${runs} matrices for each n; in brackets the 95 % interval of the mean. What is counted, without any tolerance:

- **flattened**: fewer than two channels are active at the point (have a slope there). A neighbourhood of it in the plane becomes a line or a point. This is the collapse that appendix A's theorem is about.
- **coinciding**: another point of the curve has exactly the same image. No network behind can tell the two apart.
- **error**: the distance of the curve that comes back from the curve, over the curve's size; **shape error** the same after the best shift and the best single factor, because ReLU halves whatever passes. The error is given as its median with the quartiles in brackets: the inverse of a random square matrix may be as large as it likes, so that at n = 2 the error has no mean and at n = 3 no variance. The shape error is never above 1.
- **dead**: channels that are 0 (or 6) at every point of the curve.`;
}

const pictures = figure(
  "manifold",
  "figure1",
  "The spiral, and what comes back from 2, 3, 5, 15 and 30 dimensions",
);

const quartiles = ({ lower, median, upper }: Quartiles): string =>
  `${percentText(median)} (${(100 * lower).toFixed(1)}–${(100 * upper).toFixed(1)})`;

const interval = ({ mean, low, high }: Estimate, digits = 1): string =>
  mean === 0 && high === 0
    ? "0"
    : `${percentText(mean, digits)} (${(100 * Math.max(0, low)).toFixed(digits)}–${(100 * high).toFixed(digits)})`;

function collapse(result: ManifoldResult): string {
  const rows = figuresOf(result, "relu").map(([n, figures]) => [
    `${n}`,
    percentText(expectedCollapse(2, n), 2),
    interval(figures.flattened, 2),
    interval(figures.coinciding, 2),
    quartiles(figures.error),
    interval(figures.shapeError),
    interval(figures.dead),
  ]);
  return [
    markdownTable(
      ["n", "expected flattened", "flattened", "coinciding", "error", "shape error", "dead"],
      rows,
    ),
    figure("manifold", "collapse", "The share of flattened and of coinciding points over n"),
    figure("manifold", "error", "The shape error over n, by activation"),
    verdict(result),
  ].join("\n\n");
}

/** What the figures show, as far as they do. */
function verdict(result: ManifoldResult): string {
  const all = new Map(figuresOf(result, "relu"));
  const [narrow, wide] = [all.get(2), all.get(30)];
  if (narrow === undefined || wide === undefined) return "";
  const words = {
    agrees: "what the paper says",
    contradicts: "otherwise than the paper says",
    "cannot tell": "nothing that these intervals could tell apart",
  }[fewerCoincide(wide.coinciding, narrow.coinciding)];
  return [
    `**It shows** ${words}: of the spiral's points ${percentText(narrow.coinciding.mean)} share their image with another at n = 2, and ${percentText(wide.coinciding.mean, 3)} at n = 30.`,
    flattenedAsExpected(result),
    "Two things the picture does not say.",
    bent(wide),
    dead(all),
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** An error of less than this is called none. */
const visible = 0.01;

function bent({ shapeError, coinciding }: ManifoldFigures): string {
  const size = `a shape error of ${percentText(shapeError.mean)}`;
  if (shapeError.high < visible) return `The curve comes back in its shape at n = 30 (${size}).`;
  const lost =
    coinciding.mean === 0
      ? "though no two of its points share an image: T⁻¹ is a linear look at it, and what ReLU has bent takes a non-linear one to undo"
      : `and ${percentText(coinciding.mean, 3)} of its points are lost to others besides, which nothing behind can undo`;
  return `The curve that comes back is bent at n = 30 as well (${size}), ${lost}.`;
}

function dead(all: ReadonlyMap<number, ManifoldFigures>): string {
  const [n, most] = [...all].reduce((a, b) => (b[1].dead.mean > a[1].dead.mean ? b : a));
  return most.dead.mean === 0
    ? "And no channel is dead: the spiral winds around the origin, where every channel without a bias changes its sign."
    : `And up to ${percentText(most.dead.mean)} of the channels are dead (n = ${n}), though the spiral winds around the origin.`;
}

function others(result: ManifoldResult): string {
  const dimensions = result.settings.drawn;
  const cells = (of: "coinciding" | "shapeError" | "dead", digits: number) =>
    activationNames.map((name) => {
      const figures = new Map(figuresOf(result, name));
      return [
        activations[name].words,
        ...dimensions.map((n) => {
          const found = figures.get(n);
          if (found === undefined) return "–";
          // A linear layer and its pseudo-inverse leave but the rounding of double precision.
          return found[of].mean < 1e-12 ? "0" : percentText(found[of].mean, digits);
        }),
      ];
    });
  const headings = dimensions.map((n) => `n = ${n}`);
  return [
    "**Other activations**, the same matrices. *Coinciding*:",
    markdownTable(["", ...headings], cells("coinciding", 2)),
    "*Shape error*:",
    markdownTable(["", ...headings], cells("shapeError", 1)),
    "*Dead channels*:",
    markdownTable(["", ...headings], cells("dead", 1)),
    comparison(result),
    figure("manifold", "activations", "The spiral through ReLU6, a leaky ReLU and others"),
  ].join("\n\n");
}

/** What tells the activations apart, as far as it has been measured. */
function comparison(result: ManifoldResult): string {
  const at = (name: ActivationName, n: number): ManifoldFigures | undefined =>
    new Map(figuresOf(result, name)).get(n);
  const differences = result.settings.dimensions.flatMap((n) => {
    const [relu, relu6] = [at("relu", n), at("relu6", n)];
    return relu && relu6 ? [Math.abs(relu.coinciding.mean - relu6.coinciding.mean)] : [];
  });
  const apart = Math.max(0, ...differences);
  const same = `ReLU6 of normalised inputs differs from ReLU by at most ${percentText(apart, 2)} of coinciding points at any n: at this scale its bound ${apart < visible ? "hardly matters" : "matters"}.`;
  const [relu, wide, biased, leaky] = (["relu", "relu6-wide", "biased", "leaky"] as const).map(
    (name) => at(name, 3),
  );
  if (!relu || !wide || !biased || !leaky) return same;
  const of = ({ coinciding }: ManifoldFigures): string => interval(coinciding);
  const than = {
    agrees: "more than ReLU: a channel at 6 says as little as one at 0",
    contradicts: "less than ReLU",
    "cannot tell": "which the intervals do not tell from ReLU",
  }[fewerCoincide(relu.coinciding, wide.coinciding)];
  return [
    same,
    `Of inputs three times as large it makes ${of(wide)} coincide at n = 3, where ReLU makes ${of(relu)}: ${than}.`,
    `With a bias it is ${of(biased)}, and ${interval(biased.dead)} of the channels are dead.`,
    `A leaky ReLU has no flat piece; it makes ${leaky.coinciding.mean === 0 ? "none" : of(leaky)} coincide, and it ${leaky.shapeError.high < visible ? "leaves the shape as it is" : "bends the shape"}, by ${interval(leaky.shapeError)} where ReLU does by ${interval(relu.shapeError)}.`,
    relu.coinciding.low > 0 && relu.shapeError.low > visible && leaky.coinciding.mean === 0
      ? "So what low dimensions suffer from is twofold: being bent, which a network can undo, and coinciding, which it cannot."
      : "",
  ]
    .filter((text) => text !== "")
    .join(" ");
}

function theorem(result: ManifoldResult): string {
  const judged = judgedCounts(result);
  const claimed =
    "**Appendix A** computes the share of the input's volume that ReLU of a random embedding from n to m dimensions collapses: 1 − N / 2^m, with N the sum of C(m, k) for k from 0 to m − n.";
  if (judged.length === 0) return claimed;
  const rows = judged.map(({ n, m, share, low, high, expected }) => [
    `${n}`,
    `${m}`,
    percentText(expected, 2),
    percentText(share, 2),
    `${(100 * low).toFixed(2)}–${(100 * high).toFixed(2)}`,
  ]);
  const outside = judged.filter(({ inside }) => !inside).length;
  const { words, rare } = rareByChance(outside, judged.length);
  return [
    `${claimed} Here it is drawn: a random matrix and a random input, ${result.settings.draws} times for each pair, and the rank of the active rows computed. The intervals are at 95 % (Wilson's).`,
    `<details><summary>All ${rows.length} pairs</summary>\n\n${markdownTable(["n", "m", "expected", "measured", "interval, %"], rows)}\n\n</details>`,
    figure("manifold", "theorem", "The measured and the expected share over the expansion m / n"),
    `**It shows** ${rare ? "a contradiction to the theorem" : "that the theorem holds"}: ${judged.length - outside} of ${judged.length} expected shares lie in their intervals; ${words}.`,
  ].join("\n\n");
}

const block = `**For the network**, by the theorem alone: of a bottleneck's n channels, expanded t times, ReLU would collapse the share below if the weights were random. Two times is a coin's toss at any width, and from three times on wide bottlenecks are safe; the paper's 6 leaves nothing to chance, even at 16 channels.

${markdownTable(
  ["bottleneck", ...[1, 2, 3, 4, 6].map((t) => `t = ${t}`)],
  [16, 24, 32, 64, 96, 160].map((n) => [
    `${n} channels`,
    ...[1, 2, 3, 4, 6].map((t) => percentText(expectedCollapse(n, t * n), 1)),
  ]),
)}`;
