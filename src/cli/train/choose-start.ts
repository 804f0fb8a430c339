/** What a run of boxes or masks starts from, at which size and by which recipe, where nobody says. */
import type { ChosenSettings } from "../../json/work.ts";
import type { Model } from "../../models/model.ts";
import type { RecipeName } from "../../train/recipes.ts";
import { findStart, sentence, starts, type TrainValues } from "./choose-settings.ts";
import type { TrainSource } from "./train-task.ts";

/** What is usual for a task. */
interface UsualStart {
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
export async function chooseStart(
  { call, reading: { signal }, load }: TrainSource,
  usual: UsualStart,
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
  return { values, from: start?.from, said: sentence(parts, Object.keys(chosen)), chosen };
}
