/** What `infer` gives: numbers with a shape, under the names by which tensors of TensorFlow.js are read. */

/** A vector in a batch of one, read as a tensor of TensorFlow.js is. */
export interface InferredTensor {
  /** `[1, length]`. */
  readonly shape: readonly [1, number];
  readonly dtype: "float32";
  readonly rank: 2;
  readonly size: number;
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  array(): Promise<number[][]>;
  arraySync(): number[][];
  /** Does nothing: there is no memory but JavaScript's. */
  dispose(): void;
}

/** The numbers as such a tensor. */
export function inferredTensor(values: Float32Array): InferredTensor {
  const rows = (): number[][] => [Array.from(values)];
  return {
    shape: [1, values.length],
    dtype: "float32",
    rank: 2,
    size: values.length,
    data: async () => values,
    dataSync: () => values,
    array: async () => rows(),
    arraySync: rows,
    dispose() {},
  };
}
