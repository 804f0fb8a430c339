/** The table of experiments: a row and a folder each. An experiment is loaded when it is asked for. */
import type { AnyExperiment } from "./experiment.ts";

/** An experiment's row. */
export interface ExperimentRow {
  /** As on the command line, and in the names of its files. */
  readonly name: string;
  readonly title: string;
  /** Where in the paper. */
  readonly place: string;
  /** Whether a full run takes hours, so that its results come in pieces. */
  readonly hours?: true;
  load(): Promise<AnyExperiment>;
}

/** In the order of the paper. */
export const experiments: readonly ExperimentRow[] = [
  {
    name: "manifold",
    title: "What ReLU leaves of a manifold",
    place: "figure 1, section 3.2, appendix A",
    load: async () => (await import("./manifold/manifold.ts")).manifold,
  },
  {
    name: "blocks",
    title: "Blocks, and what they cost",
    place: "figures 2, 3 and 4, tables 1 and 2",
    load: async () => (await import("./blocks/blocks.ts")).blocks,
  },
  {
    name: "low-precision",
    title: "ReLU6 in few bits",
    place: "section 4",
    hours: true,
    load: async () => (await import("./low-precision/low-precision.ts")).lowPrecision,
  },
  {
    name: "memory",
    title: "Memory, and what splitting blocks saves",
    place: "table 3, section 5.1",
    load: async () => (await import("./memory/memory.ts")).memory,
  },
  {
    name: "trade-offs",
    title: "What accuracy costs",
    place: "figure 5, tables 4 to 7",
    load: async () => (await import("./trade-offs/trade-offs.ts")).tradeOffs,
  },
  {
    name: "ablations",
    title: "The block with one thing changed",
    place: "figure 6, sections 4 and 6.4",
    hours: true,
    load: async () => (await import("./ablations/ablations.ts")).ablations,
  },
  {
    name: "information-flow",
    title: "Where information is lost inside trained networks",
    place: "section 3.2, figure 7 of appendix A",
    hours: true,
    load: async () => (await import("./information-flow/information-flow.ts")).informationFlow,
  },
  {
    name: "receptive-field",
    title: "What a block sees of the picture",
    place: "no figure; sections 3.2 and 3.3 say what a block keeps",
    load: async () => (await import("./receptive-field/receptive-field.ts")).receptiveField,
  },
];
