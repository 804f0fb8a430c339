/** The training kernels: a module of their own, decoded and compiled when the first network is made. */
import { type ModuleCompiler, moduleCompiler } from "../../backends/wasm/module.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

/** A call on the record at `unit`, over pixels or samples. */
type Kernel = (unit: number, count: number) => void;

/** What the module exports. */
export interface TrainingKernels {
  readonly pointwiseForward: Kernel;
  readonly pointwiseBackward: Kernel;
  readonly depthwiseForward: Kernel;
  readonly depthwiseBackward: Kernel;
  readonly poolForward: Kernel;
  readonly poolBackward: Kernel;
  readonly denseForward: Kernel;
  readonly denseBackward: Kernel;
  readonly keepSource: Kernel;
}

/**
 * The compiled module.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly with SIMD.
 */
export const compileTrainingKernels: ModuleCompiler = /* @__PURE__ */ moduleCompiler(
  kernels,
  memoryFlagAt,
);

/** The kernels over a memory. */
export function instantiateTrainingKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): TrainingKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as TrainingKernels;
}
