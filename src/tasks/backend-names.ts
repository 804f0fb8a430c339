/** The backends that have names: a light table, so that help and error texts need not load them. */

/** A backend's name; `auto` is `wasm` where it works, else `reference`. */
export type BackendName = "auto" | "wasm" | "reference";

/** Those that the package carries. */
export const namedBackends: readonly Exclude<BackendName, "auto">[] = ["wasm", "reference"];

/** The names as a message lists them. */
export const backendNames: string = ["auto", ...namedBackends]
  .map((name) => `"${name}"`)
  .join(", ");
