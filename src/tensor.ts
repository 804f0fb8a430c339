/**
 * Plain tensors: a shape, an element type and a typed array in row-major order. Feature maps are
 * NHWC (batch, rows, columns, channels); convolution weights are HWIO as TensorFlow stores them.
 */
import { MobileNetError } from "./errors.ts";

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
      received: `${data.length}`,
    });
  }
  return { dtype: "float32", shape, data };
}
