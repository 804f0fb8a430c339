/** The 8-bit kernels' module. It exports what the float32 kernels do. */
import { type ModuleCompiler, moduleCompiler } from "../module.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

/**
 * The 8-bit kernels' module.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD.
 */
export const compileInt8Kernels: ModuleCompiler = /* @__PURE__ */ moduleCompiler(
  kernels,
  memoryFlagAt,
);
