/** A training run from its first step to its last: says how it goes, keeps the best epoch, counts what was left out. */
import { assumed, shortFloat } from "../../json/items.ts";
import type { Assumption } from "../../models/model.ts";
import type { WeightScales } from "../../quantize/affine.ts";
import type { Recipe } from "../../train/recipes.ts";
import type { Session } from "../../train/session.ts";
import type { TrainingTypes } from "../../train/session-tasks.ts";
import type { StepMemory } from "../../train/step-memory.ts";
import type { TrainResult } from "../../train/train-options.ts";
import { printable } from "../../untrusted.ts";
import { formatBytes } from "../format.ts";
import { noteCount, reportNote } from "../report.ts";
import type { TrainContext } from "./check-usage.ts";
import type { TrainValues } from "./choose-settings.ts";
import { type TrainFigures, trainFigures } from "./figures.ts";
import { epochLine, metricsOf } from "./lines.ts";
import { writeModelCard } from "./model-card.ts";
import { frozenBlock } from "./open-session.ts";
import type { OutputFolder } from "./output-folder.ts";
import { judgeQuantized } from "./quantized-judgement.ts";
import { reportFailure, reportFile, writeReport } from "./report/report.ts";
import type { DoRound } from "./rounds/queue-rounds.ts";
import { roundsOf } from "./rounds/round-numbers.ts";
import { shownPath } from "./shown-path.ts";
import { createTrainStatus } from "./status.ts";
import type { CommandTask } from "./task-names.ts";
import type {
  BestEpoch,
  FinalJudgement,
  PreparedRun,
  RunOutcome,
  TrainTask,
} from "./train-task.ts";

/** What a run needs besides its session. */
export interface RunParts<T extends CommandTask> {
  readonly context: Pick<TrainContext, "values" | "terminal" | "signal">;
  readonly task: T;
  readonly row: TrainTask<T>;
  readonly prepared: PreparedRun<T>;
  readonly seed: number;
  readonly output: OutputFolder;
  /** What an epoch whose features are kept takes, as a share of one before. */
  readonly keptShare: number;
  /** Does the shards of a round elsewhere; here where absent. */
  readonly round?: DoRound | undefined;
}

/** Which assumptions about the model to start from matter to what is made of it. */
export const matters = ({ about }: Assumption): boolean =>
  ["range", "fit", "padding", "epsilon"].includes(about);

/** Trains, says how it goes, and keeps the best epoch. */
export async function runSession<T extends CommandTask>(
  session: Session<T>,
  parts: RunParts<T>,
): Promise<RunOutcome> {
  const { context, task, row, prepared, seed, output } = parts;
  const { set, recipe, chosen, unused } = prepared;
  const { values, terminal, signal } = context;
  const figures: TrainFigures<TrainingTypes[T]["evaluation"]> = trainFigures[task];
  const assumptions = prepared.from?.assumptions;
  const from = values.from ?? "scratch";
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
  const { step } = session;
  say(`a step takes ${formatBytes(step.bytes)} of memory`);
  if (step.passes > 1) note(passesWords(step, recipe));
  for (const text of prepared.notes) note(text);
  const freeze = frozenBlock(values);
  const origin = { from: shownPath(from), freeze };
  const aware =
    session.quantized === undefined ? {} : { quantizeAware: { weights: weightScales(values) } };
  const model = { ...session.model, training: { recipe, seed, ...origin, ...aware } };
  const damaged = new Set<string>();
  const run = await runOf(session, parts, note);
  let best: BestEpoch<T> | undefined;
  const final: FinalJudgement[] = [];
  const writeCard = async (): Promise<void> => {
    if (best === undefined) return;
    const { name, epoch, evaluation } = best;
    const about = { name, epoch, evaluation, damaged, unused, final, parts: row.card(best) };
    const simulated = session.quantized && weightScales(values);
    const how = { model, data: set, recipe, seed, simulated, ...origin };
    await output.saveCard(writeModelCard({ ...about, ...how }));
  };
  let result: TrainResult | undefined;
  while (result === undefined) {
    const { done, value } = await run.next().catch(async (error: unknown) => {
      status.clear();
      if (signal.aborted && (await output.checkpoint.load().catch(() => undefined))) {
        note("the last checkpoint is kept: go on with --resume and --out alone");
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
      say(epochLine(value, figures));
      await output.addEpoch(metricsOf(value, figures));
      if (value.best) {
        await output.saveModel(model, session.weightsOf(value.weights));
        const { epoch, validation: evaluation } = value;
        best = { name: output.name, epoch, model, set, evaluation };
        if (evaluation !== undefined) {
          const files = row.evaluationFiles({ ...best, evaluation });
          for (const [name, content] of files) await output.save(name, content);
        }
        await writeCard();
      }
    }
  }
  const { bestEpoch, reason } = result;
  const bestFigure =
    result.bestHeadline === undefined ? undefined : shortFloat(result.bestHeadline);
  await output.saveModel(model, session.weightsOf(result.weights));
  const folder = values.out ?? "";
  const tell = (found: FinalJudgement | undefined): void => {
    if (found === undefined) return;
    final.push(found);
    say(found.said);
  };
  const over = { folder, set, labels: model.labels, signal, note, save: output.save };
  const finished = await row.finish(over);
  tell(finished.final);
  if (session.quantized !== undefined) {
    await output.save("model.tflite", session.quantized(result.weights));
    const simulated = result.bestHeadline;
    tell(await judgeQuantized({ ...over, task, weights: weightScales(values), simulated }));
  }
  // What was found since.
  if (damaged.size > 0 || final.length > 0) await writeCard();
  const all = set.training.count + set.validation.count;
  if (damaged.size > 0 && !values.quiet) noteCount(terminal, damaged.size, all);
  const words =
    bestFigure === undefined
      ? `epoch ${bestEpoch}, not tested`
      : `best epoch ${bestEpoch}: ${figures.words(bestFigure)}`;
  const facts = { set, model, recipe, seed, ...origin, final, parts: finished.parts };
  try {
    const report = await writeReport({
      ...{ ...facts, task, name: output.name, outcome: words, engine: session.description },
      ...{ epochs: output.epochs.length, damaged: damaged.size, drawings: await output.drawings() },
    });
    await output.save(reportFile, report);
  } catch (error) {
    if (signal.aborted) throw error;
    note(reportFailure(error));
  }
  return {
    json: {
      schemaVersion: 2,
      model: values.out ?? "",
      ...(Object.keys(chosen).length === 0 ? {} : { chosen }),
      bestEpoch,
      ...(bestFigure === undefined ? {} : { [figures.best]: bestFigure }),
      ...Object.assign({}, ...final.map(({ json }) => json)),
      reason,
      epochs: output.epochs,
      ...(damaged.size === 0 ? {} : { damaged: [...damaged].map(shownPath) }),
      ...assumed(assumptions?.filter(matters)),
    },
    line: `${printable(values.out ?? "")}: ${words}`,
  };
}

/** The run, whole or in rounds. */
async function runOf<T extends CommandTask>(
  session: Session<T>,
  { context: { values, signal }, output: { checkpoint }, round }: RunParts<T>,
  note: (text: string) => void,
): Promise<ReturnType<Session<T>["run"]>> {
  const rounds = roundsOf(values);
  if (rounds === undefined) return session.run();
  const { doRound, trainInRounds } = await import("../../train/rounds.ts");
  return trainInRounds(session, {
    ...{ ...rounds, resume: values.resume, signal, checkpoint },
    round: (one) => (round === undefined ? doRound(session, one) : round(one, note)),
  });
}

/** Whether weights have one scale for each output channel, or one for all. */
export function weightScales(values: TrainValues): WeightScales {
  return values["per-tensor"] ? "per-tensor" : "per-channel";
}

/** Says that a batch does not go through at once, and what it means. */
function passesWords(
  { passes, samples, bytes, wholeBytes }: StepMemory,
  { batch, frozenBatchNorm }: Recipe,
): string {
  const seen = frozenBatchNorm ? "" : `; batch norms see ${samples} at a time`;
  const why = `all at once would take ${formatBytes(wholeBytes)}, not ${formatBytes(bytes)}`;
  return `a step's ${batch} pictures go through in ${passes} passes of ${samples}, because ${why}${seen}: --memory or --batch says otherwise`;
}
