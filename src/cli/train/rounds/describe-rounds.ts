/**
 * A run of training in rounds as the machines that do its shards have to know it: a worker knows of it what
 * this says and nothing else.
 */
import { nameOf } from "../../../batch/named-file.ts";
import type { RoundJob, RoundJobBody } from "../../../batch/round-job.ts";
import { describeDataJob, describeDataModel } from "../../describe-data-job.ts";
import { readSaid } from "../../said-options.ts";
import type { TrainValues } from "../choose-settings.ts";
import type { RunMarks } from "../marks.ts";
import { aboutFrom, pickFields } from "../options.ts";
import { runJson, settingsOf } from "../run-file.ts";
import type { RoundNumbers } from "./round-numbers.ts";

/** A run and the files of the model that it starts from. */
export interface DescribedRounds {
  readonly job: RoundJob;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Describes a run.
 *
 * @param values - Its options, with what was chosen for those that nobody gave.
 */
export async function describeRounds(
  values: TrainValues,
  { rounds, marks }: { readonly rounds: RoundNumbers; readonly marks: RunMarks },
): Promise<DescribedRounds> {
  const { data = "", list, damaged } = values;
  // Where the model lies here is no matter elsewhere.
  const { from, ...settings } = settingsOf(values);
  const start = from === "scratch" || from === undefined ? undefined : await describeStart(values);
  const body: RoundJobBody = {
    ...(await describeDataJob({ backend: "wasm", data, list, damaged })),
    run: runJson({ settings, ...marks }),
    ...rounds,
    ...(start && { model: start.model }),
  };
  return { job: { id: nameOf(body), ...body }, files: start?.files ?? new Map() };
}

async function describeStart(values: TrainValues) {
  return await describeDataModel(values.from ?? "", await readSaid(pickFields(values, aboutFrom)));
}
