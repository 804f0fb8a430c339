/** What `experiment` prints with `--json`. The values are in the result files, which it names. */

/** An experiment, and what was done with it. */
export interface ListedExperiment {
  readonly name: string;
  readonly title: string;
  /** Where in the paper. */
  readonly place: string;
  /** Parts that are finished, of all; absent where it has not been run. */
  readonly finished?: number;
  readonly parts?: number;
  /** Parts that this call ran. */
  readonly ran?: number;
  /** What all finished parts took. */
  readonly milliseconds?: number;
  /** The file with all values, as it is reached from where the command was called. */
  readonly results?: string;
  /** The pictures that were drawn. */
  readonly figures?: readonly string[];
}

/** What `mobilenetv2 experiment --json` prints. */
export interface ExperimentOutput {
  readonly schemaVersion: 1;
  /** All of them, or those that were run. */
  readonly experiments: readonly ListedExperiment[];
  /** The report, where one was written. */
  readonly report?: string;
}
