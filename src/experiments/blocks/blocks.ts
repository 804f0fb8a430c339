/**
 * Figures 2, 3 and 4 and tables 1 and 2: what the blocks are, and what they cost. Nothing is trained or
 * drawn by lot; every number is counted on this package's own graphs, so that a run takes a second.
 */
import { mobilenetV2, profileByBlock } from "../../index.ts";
import { type AnyExperiment, defineExperiment } from "../experiment.ts";
import type { Table2Row } from "./draw-network.ts";
import { drawBlocks } from "./figures.ts";
import { blockSteps, figure2, figure3, figure4 } from "./paper-blocks.ts";
import { reportBlocks } from "./section.ts";
import { countShortcuts, shortcutWords } from "./shortcuts.ts";
import type { BlockStep } from "./steps.ts";
import { type BlocksValue, blocksKinds } from "./values.ts";
import { shapeWords } from "./words.ts";

/** The network of table 2. */
export type BlocksSettings = { readonly width: number; readonly resolution: number };

/** Which block of the network is table 1's example: its k, k' and s are all told apart. */
const table1Block = 3;

/** The experiment. */
export const blocks: AnyExperiment = defineExperiment<BlocksSettings, BlocksValue>({
  name: "blocks",
  revision: 1,
  kinds: blocksKinds,
  settings: () => ({ width: 1, resolution: 224 }),
  parts({ width, resolution }) {
    const network = () => mobilenetV2({ width, resolution });
    const part = (name: string, value: () => BlocksValue) => ({ name, run: async () => value() });
    const drawn = (found: { readonly [name: string]: readonly BlockStep[] }): BlocksValue => ({
      blocks: found,
      rows: [],
    });
    return [
      part("figure-2", () => drawn(figure2())),
      part("figure-3", () => drawn(figure3())),
      part("figure-4", () => drawn(figure4())),
      part("table-1", () => drawn({ example: blockSteps(network(), table1Block) })),
      part("table-2", () => ({ blocks: {}, rows: table2Rows(network()) })),
    ];
  },
  figures: drawBlocks,
  report: reportBlocks,
  answers: ({ settings }) => ({
    shortcut: { words: shortcutWords(countShortcuts(mobilenetV2(settings))), figure: "figure-3" },
  }),
});

function table2Rows(graph: ReturnType<typeof mobilenetV2>): readonly Table2Row[] {
  return profileByBlock(graph).rows.map((row) => {
    const [, rows, columns, channels] = row.inputShape;
    return {
      ...{ input: shapeWords({ rows, columns, channels }), operator: row.operator },
      ...{ t: row.expansion, c: row.channels, n: row.repeats, s: row.stride },
      ...{ edge: row.outputShape[1], channels: row.outputShape[3] },
      ...{ parameters: row.parameters, multiplyAdds: row.multiplyAdds },
    };
  });
}
