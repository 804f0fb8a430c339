/** The table of experiments: a row and a folder each. An experiment is loaded when it is asked for. */
import type { AnyExperiment } from "./experiment.ts";

/** An experiment's row. */
export interface ExperimentRow {
  /** As on the command line, and in the names of its files. */
  readonly name: string;
  readonly title: string;
  /** Where in the paper. */
  readonly place: string;
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
];
