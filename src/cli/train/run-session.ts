/** A training run from its first step to its last: says how it goes, keeps the best epoch, counts what was left out. */
import type { DataSet } from "../../data/pictures.ts";
import type { TrainOutput } from "../../json/work.ts";
import type { Assumption, Model } from "../../models/model.ts";
import type { Recipe } from "../../train/recipes.ts";
import type { Session } from "../../train/session.ts";
import type { EpochEvent, TrainResult } from "../../train/train-options.ts";
import { printable } from "../../untrusted.ts";
import { formatPercent } from "../format.ts";
import { shortFloat, writeJson } from "../json.ts";
import { noteCount, reportNote } from "../report.ts";
import { assumed } from "../said-options.ts";
import type { TrainContext } from "./check-usage.ts";
import type { RunChoice } from "./choose-settings.ts";
import { countPictures, untestedWords } from "./counts.ts";
import { epochLine, metricsOf } from "./lines.ts";
import { writeModelCard } from "./model-card.ts";
import type { OutputFolder } from "./output-folder.ts";
import { shownPath } from "./shown-path.ts";
import { createTrainStatus } from "./status.ts";

/** What a run needs besides its session. */
export interface RunParts {
  readonly context: Pick<TrainContext, "values" | "terminal" | "signal">;
  readonly set: DataSet;
  /** Pictures of the data that `--limit` leaves out. */
  readonly unused: number;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly from: string;
  readonly chosen: RunChoice["chosen"];
  readonly assumptions: Model["assumptions"];
  readonly output: OutputFolder;
  /** What an epoch whose features are kept takes, as a share of one before. */
  readonly keptShare: number;
}

/** Which assumptions about the model to start from matter to what is made of it. */
export const matters = ({ about }: Assumption): boolean =>
  ["range", "fit", "padding", "epsilon"].includes(about);

/** Trains, says how it goes, and keeps the best epoch. */
export async function runSession(session: Session, parts: RunParts): Promise<void> {
  const { context, set, recipe, seed, from, chosen, assumptions, output } = parts;
  const { values, terminal, signal } = context;
  const status = createTrainStatus(terminal.err, {
    keptAfter: session.keptAfter,
    keptShare: parts.keptShare,
  });
  const say = (line: string): void => {
    status.clear();
    if (!values.quiet) terminal.err.write(`${printable(line)}\n`);
  };
  const note = (text: string): void => {
    status.clear();
    if (!values.quiet) reportNote(terminal, text);
  };
  say(
    `${session.description}; ${set.training.count} pictures to train on, ${set.validation.count} to test on`,
  );
  const counts = countPictures(set);
  const untested = untestedWords(set.classes, counts);
  if (untested !== undefined) note(untested);
  const freeze = values.freeze === "none" ? undefined : values.freeze;
  const origin = { from: shownPath(from), freeze };
  const model = { ...session.model, training: { recipe, seed, ...origin } };
  const damaged = new Set<string>();
  const run = session.run();
  let best: EpochEvent | undefined;
  let begun = false;
  const writeCard = async (): Promise<void> => {
    if (best === undefined) return;
    const { epoch, validation: evaluation } = best;
    const about = { name: output.name, epoch, evaluation, counts, damaged, unused: parts.unused };
    await output.saveCard(writeModelCard({ ...about, model, data: set, recipe, seed, ...origin }));
  };
  let result: TrainResult | undefined;
  while (result === undefined) {
    const { done, value } = await run.next().catch((error: unknown) => {
      status.clear();
      if (signal.aborted && output.epochs.length > 0) {
        note("whole epochs are kept: go on with --resume");
      }
      throw error;
    });
    if (done) {
      result = value;
      break;
    }
    if (value.kind === "skipped") {
      damaged.add(value.name);
      note(`${printable(value.name)} left out: ${value.error}`);
    } else if (value.kind === "step") {
      if (!values.quiet) status.step(value);
    } else {
      say(epochLine(value));
      if (!begun) await output.saveRun(values, set.training);
      begun = true;
      await output.addEpoch(metricsOf(value));
      if (value.best) {
        await output.saveModel(model, session.weightsOf(value.weights));
        const { epoch, validation: evaluation } = value;
        if (evaluation) await output.saveEvaluation(evaluation, epoch, set.classes);
        best = value;
        await writeCard();
      }
    }
  }
  const { bestEpoch, reason } = result;
  const bestAccuracy =
    result.bestAccuracy === undefined ? undefined : shortFloat(result.bestAccuracy);
  await output.saveModel(model, session.weightsOf(result.weights));
  // What was found damaged since.
  if (damaged.size > 0) await writeCard();
  const all = set.training.count + set.validation.count;
  if (damaged.size > 0 && !values.quiet) noteCount(terminal, damaged.size, all);
  if (values.json)
    writeJson<TrainOutput>(terminal.out, {
      schemaVersion: 1,
      model: values.out ?? "",
      ...(Object.keys(chosen).length === 0 ? {} : { chosen }),
      bestEpoch,
      ...(bestAccuracy === undefined ? {} : { bestAccuracy }),
      reason,
      epochs: output.epochs,
      ...(damaged.size === 0 ? {} : { damaged: [...damaged].map(shownPath) }),
      ...assumed(assumptions?.filter(matters)),
    });
  else {
    const outcome =
      bestAccuracy === undefined
        ? `epoch ${bestEpoch}, not tested`
        : `best epoch ${bestEpoch}: ${formatPercent(bestAccuracy)} right`;
    terminal.out.write(`${printable(values.out ?? "")}: ${outcome}\n`);
  }
}
