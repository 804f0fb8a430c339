/** What may be said of onnxruntime: which module, and which of its execution providers. */
import type { OnnxruntimeModule } from "./module.ts";

/** One of onnxruntime's execution providers, by its name or with settings of its own. */
export type ExecutionProvider = string | { readonly name: string };

/** Which onnxruntime runs networks, and on what. */
export interface OnnxruntimeOptions {
  /**
   * The module, as imported, or its address (`file:…` in Node, in pages as in a link), which a worker can be
   * told, too. Default: the package `onnxruntime-node` in Node, and `onnxruntime-web` by the
   * page's import map elsewhere.
   */
  readonly runtime?: OnnxruntimeModule | string | URL | undefined;
  /**
   * Execution providers, the first of which that works runs the network: `["webgpu", "wasm"]` say, or
   * `[{ name: "webnn", deviceType: "gpu" }]`. Operations that it lacks run on the processor. Default: the
   * processor.
   */
  readonly providers?: readonly ExecutionProvider[] | undefined;
}

/** What a backend was made of; an address is whole. */
export interface OnnxruntimeSettings {
  readonly runtime: OnnxruntimeModule | string | undefined;
  readonly providers: readonly ExecutionProvider[] | undefined;
}
