/** What the report says of figure 1 and appendix A. */
import { figure, markdownTable, percentText } from "../markdown.ts";
import { shareInterval } from "../statistics.ts";
import { type ActivationName, activationNames, activations } from "./activations.ts";
import { expectedCollapse } from "./theorem.ts";
import { countsOf, figuresOf, type ManifoldFigures, type ManifoldResult } from "./values.ts";

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
  return `**Run here**: a spiral of ${turns} turns, ${points} points at equal distances; T of independent normal entries, scaled so that what goes into the activation has a root mean square of 1, as a batch norm leaves it; back by the pseudo-inverse. ${runs} matrices for each n; in brackets the 95 % interval of the mean. What is counted, without any tolerance:

- **flattened**: fewer than two channels are active at the point (have a slope there). A neighbourhood of it in the plane becomes a line or a point. This is the collapse that appendix A's theorem is about.
- **merged**: another point of the curve has exactly the same image. No network behind can tell the two apart.
- **error**: the distance of the curve that comes back from the curve, over the curve's size; **shape error** the same after the best shift and the best single factor, because ReLU halves whatever passes.
- **dead**: channels that are 0 (or 6) at every point of the curve.`;
}

const pictures = figure(
  "manifold",
  "figure1",
  "The spiral, and what comes back from 2, 3, 5, 15 and 30 dimensions",
);

const interval = ({ mean, low, high }: ManifoldFigures["merged"], digits = 1): string =>
  mean === 0 && high === 0
    ? "0"
    : `${percentText(mean, digits)} (${(100 * Math.max(0, low)).toFixed(digits)}–${(100 * high).toFixed(digits)})`;

function collapse(result: ManifoldResult): string {
  const rows = figuresOf(result, "relu").map(([n, figures]) => [
    `${n}`,
    percentText(expectedCollapse(2, n), 2),
    interval(figures.flattened, 2),
    interval(figures.merged, 2),
    interval(figures.error),
    interval(figures.shapeError),
    interval(figures.dead),
  ]);
  return [
    markdownTable(
      ["n", "expected flattened", "flattened", "merged", "error", "shape error", "dead"],
      rows,
    ),
    figure("manifold", "collapse", "The share of flattened and of merged points over n"),
    figure("manifold", "error", "The shape error over n, by activation"),
    verdict(result),
  ].join("\n\n");
}

/** What the figures show, as far as they do. */
function verdict(result: ManifoldResult): string {
  const all = new Map(figuresOf(result, "relu"));
  const [narrow, wide] = [all.get(2), all.get(30)];
  if (narrow === undefined || wide === undefined) return "";
  const agrees = narrow.merged.low > wide.merged.high;
  const outside = figuresOf(result, "relu").filter(([n, { flattened }]) => {
    const expected = expectedCollapse(2, n);
    // Where no run has such a point, the runs say nothing of how rare it is.
    return flattened.mean > 0 && (expected < flattened.low || expected > flattened.high);
  });
  const places = outside.map(([n]) => `${n}`).join(", ");
  const held =
    outside.length === 0
      ? "The expected share of flattened points lies in the interval wherever there are any."
      : `The expected share of flattened points lies outside the 95 % interval for n = ${places}; of twenty intervals one does so by chance, and where few runs have such points at all the interval is too narrow.`;
  return `**It shows** ${
    agrees ? "what the paper says" : "otherwise than the paper says"
  }: of the spiral's points ${percentText(narrow.merged.mean)} share their image with another at n = 2, and ${percentText(wide.merged.mean, 3)} at n = 30. ${held} Two things the picture does not say. The curve that comes back stays bent at n = 30 (a shape error of ${percentText(wide.shapeError.mean)}), though nothing of it is lost: T⁻¹ is a linear look at it, and what ReLU has bent takes a non-linear one to undo. And no channel is dead: the spiral winds around the origin, where every channel without a bias changes its sign.`;
}

function others(result: ManifoldResult): string {
  const dimensions = result.settings.drawn;
  const cells = (of: "merged" | "shapeError" | "dead", digits: number) =>
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
    "**Other activations**, the same matrices. *Merged*:",
    markdownTable(["", ...headings], cells("merged", 2)),
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
    return relu && relu6 ? [Math.abs(relu.merged.mean - relu6.merged.mean)] : [];
  });
  const same = `ReLU6 of normalised inputs differs from ReLU by at most ${percentText(Math.max(0, ...differences), 2)} of merged points at any n: little comes near 6.`;
  const [relu, wide, biased, leaky] = (["relu", "relu6-wide", "biased", "leaky"] as const).map(
    (name) => at(name, 3),
  );
  if (!relu || !wide || !biased || !leaky) return same;
  const of = ({ merged }: ManifoldFigures): string => interval(merged);
  return `${same} Of inputs three times as large it saturates, and a channel at 6 says as little as one at 0: at n = 3 it merges ${of(wide)}, ReLU ${of(relu)}. With a bias it is ${of(biased)}, and ${interval(biased.dead)} of the channels are dead. A leaky ReLU has no flat piece, so that it merges ${of(leaky) === "0" ? "nothing" : of(leaky)}; it bends the shape all the same, by ${interval(leaky.shapeError)} where ReLU does by ${interval(relu.shapeError)}. So what low dimensions suffer from is twofold: being bent, which a network can undo, and being merged, which it cannot.`;
}

function theorem(result: ManifoldResult): string {
  const counts = countsOf(result);
  const judged = counts.map(({ n, m, count: { collapsed, draws } }) => {
    const [low, high] = shareInterval(collapsed, draws);
    const expected = expectedCollapse(n, m);
    return { n, m, share: collapsed / draws, low, high, expected, draws };
  });
  const rows = judged.map(({ n, m, share, low, high, expected }) => [
    `${n}`,
    `${m}`,
    percentText(expected, 2),
    percentText(share, 2),
    `${(100 * low).toFixed(2)}–${(100 * high).toFixed(2)}`,
  ]);
  const inside = judged.filter(({ expected, low, high }) => expected >= low && expected <= high);
  return [
    `**Appendix A** computes the share of the input's volume that ReLU of a random embedding from n to m dimensions collapses: 1 − N / 2^m, with N the sum of C(m, k) for k from 0 to m − n. Here it is drawn: a random matrix and a random input, ${result.settings.draws} times for each pair, and the rank of the active rows computed. The intervals are at 95 % (Wilson's).`,
    `<details><summary>All ${rows.length} pairs</summary>\n\n${markdownTable(["n", "m", "expected", "measured", "interval, %"], rows)}\n\n</details>`,
    figure("manifold", "theorem", "The measured and the expected share over the expansion m / n"),
    `**It shows** ${inside.length >= 0.85 * judged.length ? "that the theorem holds" : "a contradiction to the theorem"}: ${inside.length} of ${judged.length} expected shares lie in their intervals, where about ${Math.round(0.95 * judged.length)} are to be expected.`,
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
