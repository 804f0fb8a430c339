/**
 * A backend that runs networks in onnxruntime, which its user has installed: its native code in Node, its
 * WebAssembly, WebGPU or WebNN in pages. What runs is the ONNX file of the network, made in memory; what is
 * around a network, from picture to answer, stays this library's.
 */
import type { Target } from "../../compile/program.ts";
import { checkOptions } from "../../option-names.ts";
import { badValue, fieldsOf } from "../../wrong-argument.ts";
import type { Backend } from "../backend.ts";
import type { OnnxruntimeModule } from "./module.ts";
import type { OnnxruntimeOptions, OnnxruntimeSettings } from "./settings.ts";

const target: Target = {
  name: "onnxruntime",
  channelAlignment: 1,
  fuseBlocks: false,
  workspaceBytes: () => 0,
};

/** A backend on onnxruntime. */
export interface OnnxruntimeBackend extends Backend {
  readonly settings: OnnxruntimeSettings;
}

/**
 * A backend on onnxruntime, as `backend: "onnxruntime"` names it, with another module or other execution
 * providers. The module is looked for when the first network is made ready.
 *
 * @throws MobileNetError `invalid-argument` for another option; `prepare` throws `missing-dependency` where
 *   onnxruntime or a version from 1.17 on is not there, `unsupported` where it cannot run the network (the
 *   loaders then warn, and take WebAssembly), `memory`.
 *
 * @example
 * ```ts
 * const backend = createOnnxruntimeBackend({ providers: ["webgpu", "wasm"] });
 * backend.name; // "onnxruntime"
 * ```
 */
export function createOnnxruntimeBackend(options: OnnxruntimeOptions = {}): OnnxruntimeBackend {
  checkOptions(options, { runtime: true, providers: true }, "createOnnxruntimeBackend");
  const { providers } = options;
  checkProviders(providers);
  const settings = { runtime: settledRuntime(options.runtime), providers };
  return {
    name: "onnxruntime",
    target,
    replaceable: true,
    settings,
    // Loaded when it is used, with the writer of ONNX files.
    prepare: async (program, how) => {
      const { prepareOnnxruntime } = await import("./prepare.ts");
      return prepareOnnxruntime(program, settings, how);
    },
  };
}

/** Whether a backend is one of these. */
export function isOnnxruntime(backend: Backend): backend is OnnxruntimeBackend {
  return backend.name === "onnxruntime" && "settings" in backend;
}

/** An address as it means the same everywhere, or the module. */
function settledRuntime(runtime: unknown): OnnxruntimeSettings["runtime"] {
  if (runtime === undefined) return undefined;
  if (typeof runtime === "string" || runtime instanceof URL) {
    const { href } = fieldsOf(fieldsOf(globalThis)["location"]);
    const base = typeof href === "string" ? href : undefined;
    if (URL.canParse(runtime, base)) return new URL(runtime, base).href;
  } else if (typeof runtime === "object" && runtime !== null) {
    return runtime as OnnxruntimeModule;
  }
  const expected = "the module onnxruntime-web or onnxruntime-node, or its whole address";
  throw badValue("bad runtime", expected, runtime);
}

function checkProviders(providers: unknown): void {
  const isProvider = (each: unknown): boolean =>
    typeof (typeof each === "string" ? each : fieldsOf(each)["name"]) === "string";
  if (providers === undefined) return;
  if (Array.isArray(providers) && providers.length > 0 && providers.every(isProvider)) return;
  throw badValue("bad providers", "a list of names, or of objects with a name", providers);
}
