/**
 * `train --quantize-aware`: training on with 8 bits simulated. Where the model to start from has the data's
 * classes, that is all; else a float model is trained first, as without the option, in a run folder of its own
 * inside `--out`, and the 8 bits are simulated in it then.
 */
import { join } from "node:path";
import { removeEntry } from "../../disk/entries-node.ts";
import { makeFolder } from "../../disk/folder-node.ts";
import { kindOf } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { MobileNetError } from "../../errors.ts";
import type { TrainedRun, TrainOutput } from "../../json/work.ts";
import type { Model } from "../../models/model.ts";
import type { Augmentation } from "../../train/data/augment.ts";
import { hasClasses } from "../../train/quantize-aware.ts";
import { type Recipe, recipes } from "../../train/recipes.ts";
import { printable, quote } from "../../untrusted.ts";
import { UsageError } from "../usage-error.ts";
import { checkpointFile, floatFolder } from "./check-output.ts";
import type { CheckedCall, TrainContext } from "./check-usage.ts";
import type { TrainValues } from "./choose-settings.ts";
import { chosenRecipe } from "./options.ts";
import { optionsOfSettings, readRunFile, runFile, settingsOf, writeRunFile } from "./run-file.ts";
import { readRunPaths, writeRunPaths } from "./run-paths.ts";
import type { CommandTask } from "./task-names.ts";
import type { RunOutcome } from "./train-task.ts";

/** The recipe of the phase. */
const own = "quantize-aware";

/** What is different where 8 bits are simulated. */
export interface AwarePhase {
  /** Of the recipe. */
  readonly recipe: Partial<Recipe>;
  /** What `run.json` keeps, where that is not what the phase is made with. */
  readonly saved?: Readonly<Record<string, unknown>> | undefined;
  /** Looks at the model to start from and the data's classes, before anything is replaced. */
  check?(start: { readonly from: Model | undefined; readonly classes: readonly string[] }): void;
}

/** A run of a session. */
export interface OneRun<T extends CommandTask> {
  readonly call: CheckedCall & { readonly task: T };
  readonly aware?: AwarePhase | undefined;
}

type Train = <T extends CommandTask>(context: TrainContext, run: OneRun<T>) => Promise<RunOutcome>;

/** That a float model has to be trained first. */
class OtherClassesError extends MobileNetError {
  constructor(from: string) {
    super("invalid-argument", "the model has other classes", { node: from });
  }
}

/** Both phases, or the second alone. */
export async function trainAware<T extends CommandTask>(
  context: TrainContext,
  { call, train }: { readonly call: OneRun<T>["call"]; readonly train: Train },
): Promise<RunOutcome> {
  const { out, values } = call;
  const say = (text: string): void => {
    if (!values.quiet) context.terminal.err.write(`${printable(text)}\n`);
  };
  const float = floatFolder(out);
  const begun = values.resume && (await hasFile(float, runFile));
  const { from } = values;
  if (!begun && from !== undefined && from !== "scratch") {
    try {
      return await train(context, {
        call: awareCall(call, from, values),
        aware: {
          recipe: (values.recipe ?? own) === own ? await augmentationOf(from, values) : {},
          check: ({ from: model, classes }) => {
            if (model && !hasClasses(model, classes)) throw new OtherClassesError(from);
            refuseOtherShapes(values);
            say(`${from} has the data's classes: it is trained on with 8 bits simulated`);
          },
        },
      });
    } catch (error) {
      if (!(error instanceof OtherClassesError)) throw error;
    }
  }
  const shown = join(out, "float");
  const isSecond = values.resume && (await hasFile(out, checkpointFile));
  let first: RunOutcome | undefined;
  if (!isSecond) {
    say(`8 bits are simulated in a float model of these classes: first it is trained, in ${shown}`);
    // What an earlier run has left here is not this one's; its options are, should it end before its 8 bits.
    if (values.force) await removeEntry(join(out, checkpointFile));
    await makeFolder(out);
    await writeRunPaths(out, values);
    const file = { settings: settingsOf(values), trained: new Set<number>() };
    await writeWhole(join(out, runFile), writeRunFile(file), { lasting: true });
    first = await train(context, { call: await floatCall(call, begun ? float : undefined) });
    if (!values.quiet) context.terminal.err.write(`${first.line}\n`);
  }
  say(`now ${shown} is trained on with 8 bits simulated`);
  const run = await readRunFile(float);
  const settings = optionsOfSettings(run?.settings ?? {});
  const saved = {
    ...settings,
    ...{ data: values.data, list: values.list, from: from ?? settings.from },
    ...{ "quantize-aware": true, "per-tensor": values["per-tensor"] },
  };
  const second = { ...awareCall(call, float, {}), earlier: isSecond ? call.earlier : undefined };
  const outcome = await train(context, {
    call: { ...second, anew: false },
    aware: { recipe: await augmentationOf(float, {}), saved },
  });
  return first === undefined
    ? outcome
    : { ...outcome, json: { ...outcome.json, float: withoutEpochs(first.json) } };
}

/**
 * A float run as it would be without the option.
 *
 * @param begun - Its folder, where it goes on: what was chosen for it stands there.
 */
async function floatCall<T extends CommandTask>(
  call: OneRun<T>["call"],
  begun: string | undefined,
): Promise<OneRun<T>["call"]> {
  const out = floatFolder(call.out);
  const run = begun === undefined ? undefined : await readRunFile(begun);
  const { from } = begun === undefined ? {} : await readRunPaths(begun);
  const values = {
    ...call.values,
    ...optionsOfSettings(run?.settings ?? {}),
    ...(from === undefined ? {} : { from }),
    ...{ out, "quantize-aware": false, "per-tensor": false },
  };
  const goesOn = run !== undefined && (await hasFile(out, checkpointFile));
  const phase = { settled: run !== undefined, earlier: goesOn ? run : undefined, anew: false };
  return { ...call, out, values, ...phase };
}

/**
 * The phase with 8 bits, in which nothing is chosen by the data any more.
 *
 * @param told - What was said about this phase.
 */
function awareCall<T extends CommandTask>(
  call: OneRun<T>["call"],
  from: string,
  told: Partial<TrainValues>,
): OneRun<T>["call"] {
  const { recipe = own, epochs, batch, patience, policy } = told;
  const how = {
    ...{ recipe, epochs, batch, patience, policy },
    "learning-rate": told["learning-rate"],
    "clip-norm": told["clip-norm"],
  };
  const as = { width: undefined, resolution: undefined, freeze: "none" };
  return { ...call, settled: true, values: { ...call.values, ...as, ...how, from } };
}

/** The network is what it is: nothing of it is left out or becomes larger. */
function refuseOtherShapes({ freeze, resolution }: TrainValues): void {
  const name = resolution === undefined ? "freeze" : "resolution";
  if (resolution === undefined && (freeze === undefined || freeze === "none")) return;
  throw new UsageError("8 bits are simulated in the whole model as it is", {
    received: `--${name} ${quote(resolution ?? freeze)}`,
    remedy: "Leave it out, or train a float model with it first.",
  });
}

/**
 * How a run folder's pictures were changed while it was trained, without what blends or tears them.
 *
 * @param told - What was said about this phase.
 */
async function augmentationOf(
  folder: string,
  told: Pick<Partial<TrainValues>, "policy" | "no-flip">,
): Promise<Partial<Recipe>> {
  const run = (await kindOf(folder)) === "folder" ? await readRunFile(folder) : undefined;
  if (run === undefined) return {};
  const values = optionsOfSettings(run.settings);
  const { augmentation } = chosenRecipe(recipes[values.recipe ?? "small"], {
    ...values,
    "no-flip": values["no-flip"] ?? false,
  } as TrainValues);
  const { policy, "no-flip": noFlip } = told;
  return {
    augmentation: {
      ...gentle(augmentation),
      ...(policy === undefined ? {} : { policy: { kind: policy } }),
      ...(noFlip ? { flip: false } : {}),
    },
  };
}

function gentle({ crop, flip, color }: Augmentation): Augmentation {
  return {
    ...(crop === undefined ? {} : { crop }),
    ...(flip === undefined ? {} : { flip }),
    ...(color === undefined ? {} : { color }),
  };
}

function withoutEpochs({ epochs: _, ...rest }: TrainOutput): TrainedRun {
  return rest;
}

async function hasFile(folder: string, name: string): Promise<boolean> {
  return (await kindOf(join(folder, name))) === "file";
}
