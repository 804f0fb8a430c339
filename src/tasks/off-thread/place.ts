/** A model that is to work in a worker: there, or on the calling thread where none can be had. */

import { isOnnxruntime } from "../../backends/onnxruntime/onnxruntime.ts";
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { quote } from "../../untrusted.ts";
import type { BackendChoice, BackendOptions } from "../backend-choice.ts";
import { backendNames } from "../backend-names.ts";
import type { OutputChoice } from "../named-values.ts";
import type { CallOptions, LoadedModel, WorkerChoice } from "../platform.ts";
import type { Verb } from "../task-names.ts";
import type { RemoteOptions } from "./messages.ts";
import { loadRemotely } from "./remote-model.ts";
import type { WorkerHost } from "./worker-host.ts";

/** A model that was read, and how it shall run. */
export interface Placed<Input> {
  readonly verb: Verb;
  readonly model: Model;
  /** Nobody else has the model's weights. */
  readonly owned: boolean;
  readonly workers: (() => Promise<WorkerHost<Input>>) | undefined;
  readonly options: BackendOptions & WorkerChoice & OutputChoice & CallOptions;
}

/**
 * Loads a model in a worker or, where none can be had, as `here` does.
 *
 * @throws MobileNetError `invalid-argument` for another `worker` than a boolean or an address, or a
 *   backend that is not named; what loading throws.
 */
export async function placeModel<Input, Loaded extends LoadedModel>(
  { verb, model, owned, workers, options }: Placed<Input>,
  here: () => Promise<Loaded>,
): Promise<Loaded> {
  const { worker, signal, threads, outputs } = options;
  const backend = remoteBackend(options.backend ?? "auto");
  const address = scriptOf(worker);
  const onWarning = options.onWarning ?? ((message: string) => console.warn(message));
  const loaded =
    workers === undefined
      ? { obstacle: "there are no workers here" }
      : await loadRemotely(await workers(), {
          verb,
          model,
          owned,
          address,
          options: { backend, threads, outputs },
          onWarning,
          signal,
        });
  // What a worker's loader gives, less its verbs' types, which cannot be sent.
  if (!("obstacle" in loaded)) return loaded as Loaded;
  onWarning(`the model works on the calling thread, without a worker (${loaded.obstacle})`);
  const local = await here();
  return { ...local, description: `${local.description} (no worker: ${loaded.obstacle})` };
}

function scriptOf(worker: unknown): string | URL | undefined {
  if (worker === true) return undefined;
  if (typeof worker === "string" || worker instanceof URL) return worker;
  throw new MobileNetError("invalid-argument", "bad worker", {
    expected: "true, false or the address of the worker's script",
    received: quote(worker),
  });
}

/** A backend's code cannot be sent: the worker has the library's own, and makes one of settings anew. */
function remoteBackend(backend: BackendChoice): RemoteOptions["backend"] {
  if (typeof backend === "string") return backend;
  if (isOnnxruntime(backend)) {
    try {
      return structuredClone(backend.settings);
    } catch {
      // A module, and some settings of providers, are of this thread alone.
    }
  }
  throw new MobileNetError("invalid-argument", "a worker cannot be sent a backend", {
    expected: `the name of one of the library's (${backendNames}), or onnxruntime by its address`,
    received: quote(backend),
    remedy: "Name one of these, or leave worker out.",
  });
}
