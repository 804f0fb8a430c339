/**
 * A run of training in rounds as the machines that do its shards have to know it: a worker knows of it what
 * this says and nothing else.
 */
import { basename, resolve } from "node:path";
import { describeModelFiles, readHashed } from "../../../batch/model-node.ts";
import { nameOf } from "../../../batch/named-file.ts";
import type { RoundJob, RoundJobBody } from "../../../batch/round-job.ts";
import { ownVersions } from "../../../batch/versions-node.ts";
import { readSaid } from "../../said-options.ts";
import type { TrainValues } from "../choose-settings.ts";
import { isPublishedData } from "../load-data.ts";
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
  const { data = "", list, damaged = "skip" } = values;
  // Where the model lies here is no matter elsewhere.
  const { from, ...settings } = settingsOf(values);
  const start = from === "scratch" || from === undefined ? undefined : await readStart(values);
  const body: RoundJobBody = {
    format: 1,
    versions: await ownVersions(["mobilenetv2", "sharp", "libvips", "node"]),
    backend: "wasm",
    data: isPublishedData(data) ? data : resolve(data),
    ...(list !== undefined && { list: resolve(list) }),
    damaged,
    run: runJson({ settings, ...marks }),
    ...rounds,
    ...(start && { model: start.model }),
  };
  return { job: { id: nameOf(body), ...body }, files: start?.files ?? new Map() };
}

async function readStart(values: TrainValues) {
  const { from = "" } = values;
  const said = await readSaid(pickFields(values, aboutFrom));
  const read = await readHashed(from, said);
  const model = describeModelFiles(from, read, { said });
  // Files that are laid beside the run need no more than a name for messages.
  const named = model.files === undefined ? from : basename(from);
  return { model: { ...model, named }, files: read.files };
}
