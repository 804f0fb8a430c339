/** What `profile --format svg` draws. */
import type { ProfiledNetwork } from "../json/measures.ts";
import { type CostPanel, type CostRow, plotCostBars } from "../plot/cost-bars.ts";
import { printable, quote } from "../untrusted.ts";
import { formatLarge } from "./format.ts";
import type { ProfileRows } from "./profile-report.ts";
import { blockWords } from "./profile-report.ts";
import { UsageError } from "./usage-error.ts";

/** More rows than this nobody reads in a picture. */
const mostRows = 1000;

/**
 * Bars of where multiply-adds and parameters go: by layer or by block a panel for each network, by network
 * a row for each.
 */
export function drawProfiles(networks: readonly ProfiledNetwork[], by: ProfileRows): string {
  const panels: readonly CostPanel[] =
    by === "network"
      ? [{ title: "", isWhole: false, rows: networks.map((one) => ({ ...one, name: one.model })) }]
      : networks.map((network) => ({
          title: networks.length === 1 ? "" : printable(network.model),
          isWhole: true,
          rows: partsOf(network),
        }));
  const rows = panels.reduce((sum, panel) => sum + panel.rows.length, 0);
  if (rows > mostRows) {
    throw new UsageError("too many rows for a picture", {
      expected: `at most ${mostRows}`,
      received: quote(rows),
      remedy: "Choose --by block or --by network.",
    });
  }
  const [first] = networks;
  const single = networks.length === 1 && first !== undefined;
  return plotCostBars(
    {
      title: single ? printable(first.model) : "What the networks cost",
      note: single
        ? `${formatLarge(first.multiplyAdds)} multiply-adds, ${formatLarge(first.parameters)} parameters, ${by === "network" ? "in all" : `by ${by}`}`
        : by === "network"
          ? "each bar against the longest of its kind"
          : `each network by ${by}`,
    },
    panels,
  );
}

function partsOf({ layers = [], rows }: ProfiledNetwork): readonly CostRow[] {
  if (rows !== undefined) return rows.map((row) => ({ ...row, name: blockWords(row) }));
  return layers.map((layer) => ({ ...layer, name: `${layer.name}, ${layer.operation}` }));
}
