/**
 * The kernels for class maps, loaded beside the first segmenter. Nobody waits for them: `segmentLogits`
 * gives the same bits.
 */
import { ClassMapKernels } from "./class-map-kernels.ts";

let loading: Promise<void> | undefined;
let loaded: ClassMapKernels | undefined;

/** Resolves when they are there, or cannot be had: where there is no WebAssembly with SIMD. */
export function loadClassMapKernels(): Promise<void> {
  loading ??= ClassMapKernels.load().then(
    (kernels) => {
      loaded = kernels;
    },
    () => undefined,
  );
  return loading;
}

/** The kernels, once they are there. */
export function classMapKernels(): ClassMapKernels | undefined {
  return loaded;
}
