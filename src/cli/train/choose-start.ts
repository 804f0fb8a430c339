/** What a run of boxes or masks starts from, at which size and by which recipe, where nobody says. */
import type { ChosenSettings } from "../../json/work.ts";
import type { Model } from "../../models/model.ts";
import type { RecipeName } from "../../train/recipes.ts";
import { findStart, roundTime, sentence, starts, type TrainValues } from "./choose-settings.ts";
import { estimateRun, type TimedRun } from "./describe-data.ts";
import type { CommandTask } from "./task-names.ts";
import type { TrainSource } from "./train-task.ts";

/** What is usual for a task. */
interface UsualStart<T extends CommandTask> extends Pick<TimedRun<T>, "task" | "set" | "settings"> {
  readonly recipe: RecipeName;
  readonly resolution: readonly [rows: number, columns: number];
  /** Published weights in the order of how good a start they are. */
  readonly starts?: readonly string[] | undefined;
}

/** What was told, with what was chosen for the rest. */
interface ChosenStart {
  readonly values: TrainValues & { readonly recipe: RecipeName };
  readonly from: Model | undefined;
  readonly said: string | undefined;
  readonly chosen: ChosenSettings;
}

/** Chooses what was left open, and says so. */
export async function chooseStart<T extends CommandTask>(
  { call, reading: { signal }, load }: TrainSource,
  usual: UsualStart<T>,
): Promise<ChosenStart> {
  const { settled } = call;
  const given: TrainValues = call.values;
  const { recipe = usual.recipe, resolution = usual.resolution } = given;
  const scratch =
    given.from === "scratch" ||
    (given.from === undefined && (settled || given.width !== undefined));
  const names = usual.starts ?? starts;
  const start = scratch
    ? undefined
    : await findStart({ values: given, signal, load, starts: names });
  const name = start?.name ?? "scratch";
  const values = { ...given, from: name, resolution, recipe };
  if (settled) return { values, from: start?.from, said: undefined, chosen: {} };
  const [rows, columns] = typeof resolution === "number" ? [resolution, resolution] : resolution;
  const chosen = {
    ...(given.from === undefined && { from: name }),
    ...(given.resolution === undefined && { resolution: [rows, columns] as const }),
    ...(given.recipe === undefined && { recipe }),
  };
  const missing = start?.missing === undefined ? "" : ` (${start.missing})`;
  const parts = [
    ...(given.from === undefined ? [scratch ? "from scratch" : `from ${name}${missing}`] : []),
    ...(given.resolution === undefined ? [`${rows} × ${columns}`] : []),
    ...(given.recipe === undefined ? [`recipe ${recipe}`] : []),
  ];
  const from = start?.from;
  const options = Object.keys(chosen);
  if (options.length === 0) return { values, from, said: undefined, chosen };
  const { task, set, settings } = usual;
  const seconds = await estimateRun({ task, set, settings, from, values, signal });
  const said = sentence([...parts, `about ${roundTime(seconds)}`], options);
  return { values, from, said, chosen };
}
