/** What the report says of figure 7: which channels ReLU6 passes on, before and after training. */
import { figure, markdownTable, percentText } from "../markdown.ts";
import {
  compareRuns,
  estimateText,
  figureOfRuns,
  pointsText,
  type Verdict,
  verdictWords,
} from "../paired.ts";
import { estimate } from "../statistics.ts";
import {
  type ActiveChannels,
  activeAt,
  activeOf,
  type FlowResult,
  meanValue,
  type WeightState,
} from "./values.ts";

/** Figure 7's table, picture and verdicts. */
export function activeSection(result: FlowResult): string {
  return [
    table(result),
    figure("information-flow", "active", "Channels that ReLU6 passes on, by block (figure 7)"),
    activeVerdicts(result),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function table(result: FlowResult): string {
  const rows = result.settings.blocks.flatMap((block) => {
    const [before, after] = (["untrained", "trained"] as const).map((state) =>
      activeAt(result, state, block),
    );
    const either = after ?? before;
    if (either === undefined) return [];
    return [
      [
        `${block}`,
        `${either.channels}`,
        `${either.threshold}`,
        ...[before, after].flatMap((found) =>
          found === undefined
            ? ["–", "–", "–"]
            : [
                `${found.open.least} / ${found.open.mean.toFixed(1)} / ${found.open.most}`,
                (found.positive.mean - found.open.mean).toFixed(1),
                percentText(found.below),
              ],
        ),
      ],
    ];
  });
  if (rows.length === 0) return "";
  const columns = ["least / mean / most", "at 6", "positions below d'"];
  return [
    "Channels of each expansion that are above 0 and below 6, over all pictures and positions; beside them those that ReLU6 cut at 6, on average, and the share of positions at which fewer than d' are passed on. First with the weights that training begins with, then trained.",
    markdownTable(
      [
        ...["block", "channels", "d'"],
        ...columns.map((name) => `untrained: ${name}`),
        ...columns.map((name) => `trained: ${name}`),
      ],
      rows,
    ),
  ].join("\n\n");
}

/** The layers of a run whose figure is no larger than the threshold. */
function under(run: readonly ActiveChannels[], of: "mean" | "least"): number {
  return run.filter(({ open, threshold }) => open[of] < threshold).length;
}

/** One number in runs that agree, `1 to 3` in others. */
function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

/** Runs of which there are counts. */
function runs(result: FlowResult, state: WeightState): readonly (readonly ActiveChannels[])[] {
  return activeOf(result, state).flatMap((run) =>
    run === undefined || run.length === 0 ? [] : [run],
  );
}

/** A run's mean over layers, as a share of the channels. */
function shareOf(run: readonly ActiveChannels[], of: (one: ActiveChannels) => number): number {
  return meanValue(run.map((one) => of(one) / one.channels));
}

/** What the counts say to each sentence of the paper on figure 7. */
function activeVerdicts(result: FlowResult): string {
  const kept = keptByExpansion(result);
  const lines = [half(result), threshold(result), spread(result), kept && `- ${kept}`];
  return lines.filter((line) => line !== "").join("\n");
}

/** "At step 0 half of the channels are positive": within five points in every run's mean. */
function half(result: FlowResult): string {
  const shares = runs(result, "untrained").map((run) =>
    shareOf(run, ({ positive }) => positive.mean),
  );
  if (shares.length === 0) return "";
  const near = shares.filter((share) => Math.abs(share - 0.5) <= 0.05).length;
  const says: Verdict =
    near === shares.length ? "agrees" : near === 0 ? "contradicts" : "cannot tell";
  return `- ${verdictWords[says]}, which expects half of the channels to be positive before training (here: within five points): ${estimateText(estimate(shares), percentText, pointsText)} are, on average over the layers.`;
}

/** "All but two layers lie above the threshold": in every run's means at most two lie below it. */
function threshold(result: FlowResult): string {
  const trained = runs(result, "trained");
  if (trained.length === 0) return "";
  const [means, leasts] = (["mean", "least"] as const).map((of) =>
    trained.map((run) => under(run, of)),
  ) as [number[], number[]];
  const layers = trained[0]!.length;
  const few = means.filter((count) => count <= 2).length;
  const says: Verdict = few === means.length ? "agrees" : few === 0 ? "contradicts" : "cannot tell";
  return `- ${verdictWords[says]}, which finds all but two trained layers above the threshold d': by the mean over positions ${range(means)} of ${layers} lie below it; ${range(leasts)} of ${layers} have at least one position that does.`;
}

/** "The deviation grew": run by run. */
function spread(result: FlowResult): string {
  const [after, before] = (["trained", "untrained"] as const).map((state) =>
    figureOfRuns(activeOf(result, state), (run) => shareOf(run, ({ open }) => open.deviation)),
  );
  const found = compareRuns(after!, before!);
  if (found === undefined) return "";
  const by = estimateText(found.difference, percentText, pointsText);
  return `- ${verdictWords[found.verdict]}, which sees the deviation over positions grow in training: by ${by} of the channels.`;
}

/** Whether what is expanded can be had back behind ReLU6, which is why a block expands first. */
export function keptByExpansion(result: FlowResult): string {
  const below = runs(result, "trained").map((run) => meanValue(run.map((one) => one.below)));
  if (below.length === 0) return "";
  const share = meanValue(below);
  const most = Math.max(...runs(result, "trained").flatMap((run) => run.map((one) => one.below)));
  const keeps =
    share <= 0.01
      ? "So where a block has expanded, ReLU6 takes hardly anything away that its input held"
      : share < 0.5
        ? "So where a block has expanded, ReLU6 keeps what its input held at most positions, not at all"
        : "So at most positions ReLU6 takes away some of what the block's input held, in spite of the expansion";
  return `${keeps}: fewer than d' channels are passed on at ${percentText(share)} of the positions, and at ${percentText(most)} in the worst layer of a run. (Where at least d' are, the map can be inverted there if their rows span the input, as rows of no special position do.)`;
}
