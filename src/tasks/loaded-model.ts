/** The parts that every loaded model has, whatever its verb. */
import type { Model } from "../models/model.ts";
import type { LoadedModel } from "./platform.ts";
import type { PictureSession } from "./session.ts";

/** Name, labels, description and disposal of a model over its session. */
export function loadedModel<Input>(model: Model, session: PictureSession<Input>): LoadedModel {
  return {
    name: model.name,
    task: model.task,
    labels: model.labels,
    description: session.description,
    arenaBytes: session.arenaBytes,
    dispose: () => session.dispose(),
    [Symbol.dispose]: () => session.dispose(),
  };
}

/** A class's name; its number where the model names no class there. */
export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] ?? `class ${index}`;
}
