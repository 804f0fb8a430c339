/**
 * Numbers under training: float32 where kernels compute, float64 where the reference checks gradients
 * against finite differences.
 */

/** Real numbers, row-major. */
export type Values = Float32Array | Float64Array;

/** The precision of a reference network. */
export type Precision = "float32" | "float64";

/** Zeros of a precision. */
export function zeros(precision: Precision, count: number): Values {
  return precision === "float32" ? new Float32Array(count) : new Float64Array(count);
}

/** Adds the first values to others, one by one. */
export function addInto(sums: Values, values: Values, count: number): void {
  for (let i = 0; i < count; i++) sums[i] = sums[i]! + values[i]!;
}

/** Zeros of the precision that other values have. */
export function zerosLike(values: Values, count: number): Values {
  return values instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
}
