/** The backends that have names: a light table, so that help and error texts need not load them. */

/** A backend that the package carries; `onnxruntime` needs a package of that name beside it. */
export type NamedBackend = "wasm" | "onnxruntime" | "reference";

/** A backend's name; `auto` is `wasm` where it works, else `reference`. */
export type BackendName = "auto" | NamedBackend;

/** Those that the package carries. */
export const namedBackends: readonly NamedBackend[] = ["wasm", "onnxruntime", "reference"];

/** The names as a message lists them. */
export const backendNames: string = ["auto", ...namedBackends]
  .map((name) => `"${name}"`)
  .join(", ");
