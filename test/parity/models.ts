/**
 * The published models for the tests, pulled once into the hub's default cache. Where neither the
 * cache nor the registry has them, the tests that need them are skipped and say so.
 */
import type { TestContext } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { MobileNetError } from "../../src/errors.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import { resolveModel } from "../../src/hub/source-node.ts";
import type { RgbImage } from "../../src/image/image.ts";
import type { Model, Task } from "../../src/models/model.ts";
import { PictureSession } from "../../src/tasks/session.ts";

/** The model, or why it cannot be had. */
export type Available<M extends Model> =
  | { readonly model: M; readonly reason?: undefined }
  | { readonly model?: undefined; readonly reason: string };

/** Pulls a model of the hub that is known to have a task. */
export async function pullModel<T extends Task>(
  name: string,
  _task: T,
): Promise<Available<Extract<Model, { task: T }>>> {
  try {
    return { model: (await resolveModel(name)) as Extract<Model, { task: T }> };
  } catch (error) {
    const offline =
      error instanceof MobileNetError &&
      ["network", "not-found", "missing-dependency"].includes(error.code);
    if (!offline) throw error;
    return { reason: `${name} is neither in the cache nor to be had: ${error.message}` };
  }
}

/** The model, or the end of the test as skipped. */
export function requireModel<M extends Model>(available: Available<M>, context: TestContext): M {
  if (available.model === undefined) context.skip(available.reason);
  return available.model as M;
}

/** A session that takes decoded pictures and gives the graph's raw outputs, or those of named nodes. */
export function rawSession(
  model: Model,
  backend: Backend,
  outputs: readonly string[] = model.graph.outputs,
): Promise<PictureSession<RgbImage>> {
  const graph = selectOutputs(model.graph, outputs);
  const source = { graph, preprocess: model.preprocess, decode: async (image: RgbImage) => image };
  return PictureSession.open(source, { backend });
}
