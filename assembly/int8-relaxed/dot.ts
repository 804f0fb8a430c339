/**
 * The relaxed dot product of four bytes each, whose second operand the engine was seen to read as
 * unsigned: src/backends/wasm/int8/probe.ts.
 */

/** Weights are the signed operand, pixels the unsigned one. */
export function dot(weights: v128, pixels: v128, sums: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, pixels, sums);
}
