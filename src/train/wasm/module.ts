/** The training kernels: a module of their own, decoded and compiled when the first network is made. */
import { type ModuleCompiler, moduleCompiler } from "../../backends/wasm/module.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

/**
 * The compiled module; it exports what the other kernels do, with a list of steps as the program.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly with SIMD.
 */
export const compileTrainingKernels: ModuleCompiler = /* @__PURE__ */ moduleCompiler(
  kernels,
  memoryFlagAt,
);
