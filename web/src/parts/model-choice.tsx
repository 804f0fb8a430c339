/** Which model is asked: those of the page's host for a task, and those of this browser. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { engine, shareListener } from "../engine/engine.ts";
import type { Failure, ModelChoice, OpenedModel, Verb } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { listedModels } from "../teach/restore-model.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";

/** How far the model of a verb is. */
export interface ModelState {
  readonly chosen?: string;
  /** 0 to 1 while it loads; undefined where nobody knows. */
  readonly share?: number | undefined;
  readonly opened?: OpenedModel;
  readonly failure?: Failure;
}

const choices: Signal<readonly ModelChoice[] | undefined> = signal(undefined);

/** Of each verb, from view to view. */
const states: Readonly<Record<Verb, Signal<ModelState>>> = {
  classify: signal({}),
  detect: signal({}),
  segment: signal({}),
  embed: signal({}),
};

/** Whether a model is there, or is not to be had. */
export const hasSettledModel: ReadonlySignal<boolean> = computed(() =>
  Object.values(states).some(({ value: { opened, failure } }) => (opened ?? failure) !== undefined),
);

/** Asks anew which models there are; where one was chosen that was made again or is gone, so is the choice. */
export async function refreshModels(remade?: string): Promise<void> {
  choices.value = await listedModels();
  for (const verb of Object.keys(states) as Verb[]) {
    if (remade === undefined || states[verb].value.chosen !== remade) continue;
    states[verb].value = {};
    void beginModel(verb);
  }
}

/** Chooses a model and loads it. */
export async function chooseModel(verb: Verb, name: string): Promise<void> {
  const state = states[verb];
  if (state.value.chosen === name) return;
  state.value = { chosen: name };
  const current = (): boolean => state.value.chosen === name;
  try {
    const onLoaded = shareListener((share) => {
      if (current() && state.value.opened === undefined) state.value = { chosen: name, share };
    });
    const opened = await engine().open(verb, name, onLoaded);
    if (current()) state.value = { chosen: name, opened };
  } catch (error) {
    if (current()) state.value = { chosen: name, failure: failureOf(error) };
  }
}

/** The model of a verb; the first that there is begins to load when it is first asked for. */
export function useModel(verb: Verb): ModelState {
  useEffect(() => {
    if (states[verb].value.chosen === undefined) void beginModel(verb);
  }, [verb]);
  return states[verb].value;
}

/** Loads what was chosen, else the first model that there is; once more after a failure. */
export async function beginModel(verb: Verb): Promise<void> {
  const state = states[verb];
  try {
    if (choices.value === undefined) await refreshModels();
    const name = state.value.chosen ?? choicesFor(verb)[0]?.name;
    state.value = {};
    if (name !== undefined) await chooseModel(verb, name);
  } catch (error) {
    state.value = { failure: failureOf(error) };
  }
}

/** All models that there are. */
interface ModelList {
  /** Undefined until they are known. */
  readonly models: readonly ModelChoice[] | undefined;
  readonly failure: Failure | undefined;
  /** Asks once more. */
  readonly again: () => void;
}

/** The list of all models, whatever they are for. */
export function useModels(): ModelList {
  const [failure, setFailure] = useState<Failure>();
  const again = (): void => {
    setFailure(undefined);
    refreshModels().catch((error: unknown) => setFailure(failureOf(error)));
  };
  useEffect(() => {
    if (choices.value === undefined) again();
  }, []);
  return { models: choices.value, failure, again };
}

/** Models of the task; every model embeds. */
function choicesFor(verb: Verb): readonly ModelChoice[] {
  return (choices.value ?? []).filter(
    ({ task }) => verb === "embed" || task === undefined || task === verb,
  );
}

/** The choice itself. */
export function ModelSelect({ verb }: { readonly verb: Verb }): VNode | null {
  const text = read(common);
  const { chosen, opened } = states[verb].value;
  const offered = choicesFor(verb);
  if (choices.value !== undefined && offered.length === 0) return <p>{text.noModel}</p>;
  if (offered.length === 0) return null;
  return (
    <div class="model">
      <label>
        <span>{text.model}</span>
        <select
          value={chosen ?? ""}
          onChange={({ currentTarget }) => void chooseModel(verb, currentTarget.value)}
        >
          {offered.map(({ name, bytes }) => (
            <option key={name} value={name}>
              {bytes > 0 ? `${name} (${(bytes / 1e6).toFixed(1)} MB)` : name}
            </option>
          ))}
        </select>
      </label>
      {opened && <p class="fine">{opened.description}</p>}
    </div>
  );
}
