/** The parts that every loaded model has, whatever its verb. */
import type { Model } from "../models/model.ts";
import type { ValueReader } from "./node-values.ts";
import type { LoadedModel } from "./platform.ts";
import type { PictureSession } from "./session.ts";

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
    description: session.description,
    arenaBytes: session.arenaBytes + values.arenaBytes,
    values: values.values,
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** A class's name; its number where the model names no class there. */
export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] ?? `class ${index}`;
}
