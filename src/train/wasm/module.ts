/** The training kernels: a module of their own, decoded and compiled when the first network is made. */
import { type ModuleCompiler, moduleCompiler } from "../../backends/wasm/module.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

/** A build of the kernels, and how reports call it. */
export interface TrainingEngine {
  /** Its module exports what the other kernels' do, with a list of steps as the program. */
  readonly compiler: ModuleCompiler;
  readonly name: string;
}

/**
 * The build without turbo. Compiling it throws a MobileNetError `unsupported` where the host has no
 * WebAssembly with SIMD.
 */
export const plainEngine: TrainingEngine = {
  compiler: /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt),
  name: "wasm simd128",
};
