/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call.
 */
import { checkProgram } from "../../compile/check-program.ts";
import { checkOptions } from "../../option-names.ts";
import type { Backend, SynchronousExecutable } from "../backend.ts";
import { engineStorage, int8Rules } from "./int8/rules.ts";
import { prepareOnWasm } from "./load.ts";
import { floatTarget } from "./prepare.ts";

/** Runs programs with WebAssembly SIMD kernels, on several threads where they are asked for. */
export const wasmBackend: Backend<SynchronousExecutable> = /* @__PURE__ */ createWasmBackend();

function createWasmBackend(): Backend<SynchronousExecutable> {
  const target = { ...floatTarget, quantized: () => int8Rules(engineStorage(), 1) };
  return {
    name: "wasm",
    target,
    prepare: async (program, options = {}) => {
      checkProgram(program, "prepare");
      checkOptions(options, { threads: true, onWarning: true }, "prepare");
      return prepareOnWasm(program, options);
    },
  };
}
