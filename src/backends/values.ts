/** Values on their way into a network and out of it, real or 8-bit. */
import type { FeatureTensor, Inputs, InputWriter } from "./backend.ts";
import { dequantizeValues } from "./dequantize.ts";

/** The real values of an output, whatever its type: of a float32 one its own array, not a copy. */
export function floatsOf(tensor: FeatureTensor): Float32Array {
  if (tensor.dtype === "float32") return tensor.data;
  const values = new Float32Array(tensor.data.length);
  dequantizeValues(tensor.data, tensor.quantization, values);
  return values;
}

/** Writes a run's inputs; that arrays fit has been checked. */
export function writeInputs(inputs: Inputs, into: InputWriter): void {
  if (typeof inputs === "function") {
    inputs(into);
    return;
  }
  for (const [index, values] of inputs.entries()) {
    const real = values instanceof Float32Array;
    (real ? into.input(index) : into.inputTensor(index).data).set(values);
  }
}

/** Inputs that the caller may change meanwhile without harm. */
export function copyInputs(inputs: Inputs): Inputs {
  return typeof inputs === "function" ? inputs : inputs.map((values) => values.slice());
}
