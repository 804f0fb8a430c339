/**
 * Plain tensors: a shape, an element type and a typed array in row-major order. Feature maps are
 * NHWC (batch, rows, columns, channels); convolution weights are HWIO as TensorFlow stores them.
 */
import { MobileNetError } from "./errors.ts";
import { shownLength } from "./wrong-argument.ts";

/** A list of dimensions, outermost first. */
export type Shape = readonly number[];

interface ArrayOf {
  float32: Float32Array;
  int32: Int32Array;
  int16: Int16Array;
  uint8: Uint8Array;
  int8: Int8Array;
}

/** The element types that tensors may hold. */
export type DType = keyof ArrayOf;

/** The typed array that holds elements of type D. */
export type TensorData<D extends DType = DType> = ArrayOf[D];

/** What makes an array of each element type that feature maps have. */
export const arrayOf: {
  readonly float32: Float32ArrayConstructor;
  readonly uint8: Uint8ArrayConstructor;
  readonly int8: Int8ArrayConstructor;
} = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array };

/** A shape, an element type and the values, row-major. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: TensorData<D>;
}

/** How many elements a shape holds; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Two shapes with the same dimensions in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** A shape as people write it: `1×224×224×3`. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}

/** A float32 tensor over the given values, whose count must fit the shape. */
export function float32Tensor(shape: Shape, data: Float32Array): Tensor<"float32"> {
  if (data.length !== elementCount(shape)) {
    throw new MobileNetError("invalid-argument", "values do not fill the shape", {
      expected: `${elementCount(shape)} values for ${formatShape(shape)}`,
      received: shownLength(data),
    });
  }
  return { dtype: "float32", shape, data };
}

/**
 * The first value that is infinite or no number; −1 where there is none. About 1 ms for a million values.
 *
 * @example
 * ```ts
 * indexOfNonFinite(Float32Array.of(1, 2, Number.NaN)); // 2
 * ```
 */
export function indexOfNonFinite(values: Float32Array | Float64Array): number {
  // A finite number times 0 is 0, any other NaN; four sums, because one would wait for itself.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * 0;
  return a + b + c + d === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/**
 * The index of the largest of `count` values from `start` on, counted from there; the first where
 * several are equal.
 *
 * @example
 * ```ts
 * indexOfLargest(Float32Array.of(9, 1, 3, 3), 1, 3); // 1
 * ```
 */
export function indexOfLargest(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) {
    if (values[start + i]! > values[start + best]!) best = i;
  }
  return best;
}
