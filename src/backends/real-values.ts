/** Real values for callers, whose tensors may be anything. */
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { FeatureTensor } from "./backend.ts";
import { floatsOf } from "./values.ts";

/**
 * The real values of an output, whatever its type: of a float32 one its own array, not a copy.
 *
 * @throws MobileNetError `invalid-argument` for what is no tensor.
 *
 * @example
 * ```ts
 * const quantization = { dtype: "uint8", scale: 0.5, zeroPoint: 128 } as const;
 * const data = Uint8Array.of(128, 130);
 * [...realValues({ dtype: "uint8", shape: [1, 1, 1, 2], data, quantization })]; // [0, 1]
 * ```
 */
export function realValues(tensor: FeatureTensor): Float32Array {
  const { data, dtype, quantization } = fieldsOf(tensor);
  const known = dtype === "float32" || typeof fieldsOf(quantization)["scale"] === "number";
  if (known && ArrayBuffer.isView(data)) return floatsOf(tensor);
  throw wrongArgument("realValues", "a tensor, as infer gives", tensor);
}
