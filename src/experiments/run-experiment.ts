/**
 * The run of an experiment: its parts one after another, each kept as soon as it is finished; those that
 * an earlier run has kept are not done again, but files that were absent then are looked for.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { quote } from "../untrusted.ts";
import type {
  AnyExperiment,
  ExperimentResult,
  JsonValue,
  Machine,
  PartResult,
} from "./experiment.ts";
import { isAbsent } from "./kept-values.ts";

/** What a run is asked for, and what it runs on. */
export interface RunRequest {
  readonly quick: boolean;
  readonly seed: number;
  readonly version: string;
  readonly machine: Machine;
  /** The day, as `2026-11-30`. */
  readonly date: string;
  /** For what is too large to be a result. */
  readonly folder: string;
  /** Labelled pictures, where there are any. */
  readonly data?: string | undefined;
  /** What an earlier run has kept, with the same settings (see `differs`). */
  readonly earlier?: ExperimentResult | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Lets timers and signals through. */
  readonly takeTurn: () => Promise<void>;
  readonly onProgress?: ((progress: ExperimentProgress) => void) | undefined;
  /** Called with all that is finished, after each part. */
  readonly keep: (result: ExperimentResult) => Promise<void>;
}

/** How far a run is. */
export interface ExperimentProgress {
  /** The part's name. */
  readonly part: string;
  /** Parts that are finished, with the share of the one at work. */
  readonly done: number;
  readonly parts: number;
}

/** What a run has come to. */
export interface FinishedExperiment {
  readonly result: ExperimentResult;
  /** So many parts were run, the others were there. */
  readonly ran: number;
}

/**
 * Runs what is missing.
 *
 * @throws MobileNetError `aborted` where the signal says so; what was finished has been kept by then.
 */
export async function runExperiment(
  experiment: AnyExperiment,
  request: RunRequest,
): Promise<FinishedExperiment> {
  const { quick, seed, version, machine, date, earlier, signal, takeTurn, onProgress } = request;
  const settings = experiment.settings(quick);
  const parts = experiment.parts(settings, seed);
  const kept = new Map(earlier?.parts.map((part) => [part.name, part]));
  const begunOn = earlier?.machine ?? machine;
  const begunBy = earlier?.version ?? version;
  const made = {
    ...(JSON.stringify(begunOn) === JSON.stringify(machine) ? {} : { machine }),
    ...(begunBy === version ? {} : { version }),
    revision: experiment.revision,
  };
  const result = (): ExperimentResult => ({
    ...{ schemaVersion: 1, experiment: experiment.name, version: begunBy, quick, seed },
    machine: begunOn,
    date: earlier?.date ?? date,
    settings,
    parts: parts.flatMap(({ name }) => kept.get(name) ?? []),
  });
  let ran = 0;
  for (const [place, part] of parts.entries()) {
    const before = kept.get(part.name);
    if (before !== undefined && !isAbsent(before.value)) continue;
    const progress = async (share: number): Promise<void> => {
      onProgress?.({ part: part.name, done: place + share, parts: parts.length });
      throwIfAborted(signal);
      await takeTurn();
      throwIfAborted(signal);
    };
    await progress(0);
    const start = performance.now();
    const found = await part.run({
      ...{ signal, progress, folder: request.folder, data: request.data },
      earlier: new Map([...kept].map(([name, { value }]) => [name, value])),
    });
    // What goes on is what a file would hold, which knows no −0.
    const value: JsonValue = JSON.parse(JSON.stringify(found));
    if (!experiment.kinds.value.fits(value)) {
      throw new MobileNetError("internal", "a part gave what is no value of its experiment", {
        ...{ node: part.name, expected: experiment.kinds.value.expected, received: quote(found) },
      });
    }
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    kept.set(part.name, {
      ...{ name: part.name, milliseconds, ...made, value },
    } satisfies PartResult<JsonValue>);
    ran++;
    await request.keep(result());
  }
  return { result: result(), ran };
}

/** Whether a result has all parts of its experiment. */
export function isComplete(experiment: AnyExperiment, result: ExperimentResult): boolean {
  const names = new Set(result.parts.map(({ name }) => name));
  return experiment.parts(result.settings, result.seed).every(({ name }) => names.has(name));
}

/**
 * Why a kept result is not of the run that is asked for, in words; undefined where it is, or where a run
 * can go on with it. Another machine may go on: every part names its own, and compares no times but its own.
 * Parts of an unknown revision are of before there were any, and count as of the first.
 */
export function differs(
  experiment: AnyExperiment,
  kept: ExperimentResult,
  wanted: Pick<RunRequest, "quick" | "seed" | "version">,
): string | undefined {
  const { quick, seed, version } = wanted;
  if (kept.quick !== quick) return kept.quick ? "it is of a quick run" : "it is of a full run";
  if (kept.seed !== seed) return `it is of the seed ${kept.seed}`;
  const settings = JSON.stringify(experiment.settings(quick));
  if (JSON.stringify(kept.settings) !== settings) return "it is of other settings";
  const { revision } = experiment;
  const other = kept.parts.find((part) => (part.revision ?? 1) !== revision);
  if (other !== undefined) {
    const which =
      other.revision === undefined ? "an unknown revision" : `revision ${other.revision}`;
    return `its part ${other.name} is of ${which} of the experiment, which has ${revision} now`;
  }
  if (isComplete(experiment, kept)) return undefined;
  return kept.version === version ? undefined : `it was begun by version ${kept.version}`;
}
