/** The parts that every loaded model has, whatever its verb. */
import { MobileNetError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { LoadedModel } from "./platform.ts";
import type { PictureSession } from "./session.ts";
import { taskNames, type Verb } from "./task-names.ts";

/** What reads a model's inner values. */
export interface ValueReader<Input> extends Pick<LoadedModel<Input>, "arenaBytes" | "values"> {
  dispose(): void;
}

/** What a loaded model runs on: the network of its verb, and what reads inner values. */
interface Running<Input> {
  readonly session: PictureSession<Input>;
  readonly values: ValueReader<Input>;
}

/** Name, labels, description, inner values and disposal of a model over what it runs on. */
export function loadedModel<Input>(
  model: Model,
  { session, values }: Running<Input>,
): LoadedModel<Input> {
  const dispose = (): void => {
    session.dispose();
    values.dispose();
  };
  return {
    name: model.name,
    task: model.task,
    labels: model.labels,
    assumptions: model.assumptions ?? [],
    description: session.description,
    arenaBytes: session.arenaBytes + values.arenaBytes,
    values: values.values,
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/**
 * Refuses what is no loaded model with a verb.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkLoaded(model: unknown, verb: Verb, call: string): void {
  const fields = fieldsOf(model);
  if (typeof fields[verb] === "function" && Array.isArray(fields["labels"])) return;
  const { noun, loader } = taskNames[verb];
  throw wrongArgument(call, `${noun}, as ${loader} gives`, model);
}

/** A class's name; its number where the model names no class there. */
export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] ?? `class ${index}`;
}

/** What stands for a reader of inner values where none were asked for: its calls fail. */
export function noValues(name: string): ValueReader<never> {
  const values = async (): Promise<never> => {
    throw new MobileNetError("invalid-argument", "no values were asked for at loading", {
      node: name,
      expected: "the loader's option outputs, a list of names of nodes",
      remedy: 'Load the model with { outputs: ["features"] }, say.',
    });
  };
  return { arenaBytes: 0, values, dispose() {} };
}
