/**
 * An 8-bit network operation by operation: each as a file of its own in onnxruntime, on random integers. A
 * value that two engines round to neighbouring steps is carried on, and many operations later results are
 * many steps apart, whichever engine is right; one operation may differ by its own rounding only.
 */
import { internals } from "../../internals.js";

const { compareBytes, onnxruntime, wasmBackend } = await internals(
  ...["../test/onnx/compare.ts", "../bench/onnxruntime.ts", "backends/wasm/wasm.ts"],
);

/** Compares all 8-bit operations of a graph; gives how many there are, and those beyond their steps. */
export async function compareOperations(graph) {
  const { differences, compared } = await compareBytes(graph, 1, onnxruntime, wasmBackend);
  return { count: [...compared.values()].reduce((a, b) => a + b, 0), differences };
}
