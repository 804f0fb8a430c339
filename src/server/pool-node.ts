/** The pool in Node: models are read once, their weights shared, and sent to worker threads. */
import { MobileNetError } from "../errors.ts";
import { loadModel, type ResolveOptions } from "../tasks/node.ts";
import { workerHost } from "../tasks/off-thread/host-node.ts";
import { verbsOf } from "./catalogue.ts";
import type { PooledModel } from "./lane.ts";
import { shareWeights } from "./shared-weights.ts";
import { type PoolSettings, WorkerPool } from "./worker-pool.ts";

/**
 * Reads the models that a server is started with.
 *
 * @param sources - Names of the hub, paths or addresses, as `loadModel` takes them.
 * @throws MobileNetError as `loadModel`; `invalid-argument` where two models have one name.
 */
export async function readModels(
  sources: readonly string[],
  options: ResolveOptions,
): Promise<readonly PooledModel[]> {
  const models: PooledModel[] = [];
  for (const source of sources) {
    const model = shareWeights(await loadModel(source, options));
    const { name } = model;
    if (models.some((other) => other.name === name)) {
      throw new MobileNetError("invalid-argument", `two models are called ${name}`, {
        expected: "a name for each, by which requests tell them apart",
        remedy: "Rename one's folder or file.",
      });
    }
    models.push({ name, model, verbs: verbsOf(model) });
  }
  return models;
}

/** A pool of Node's worker threads. */
export function createPool(models: readonly PooledModel[], settings: PoolSettings): WorkerPool {
  return new WorkerPool(workerHost, models, settings);
}
