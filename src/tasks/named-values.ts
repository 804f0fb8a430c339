/** What is said about the values inside a network: which are wanted, by name, and what they are. */
import type { Quantization } from "../graph/ir.ts";
import type { Shape } from "../tensor.ts";

/**
 * A node of a network: its short name (`input`, `stem`, `block_0` …, `features`, `pool`, `logits`),
 * which is the same in every model, or its own name in the graph. The few own names that are short names
 * too, such as the bare convolution `stem`, are meant by `{ node: "stem" }`.
 */
export type NodeName = string | { readonly node: string };

/** Which values a loaded model gives besides its answer. */
export interface OutputChoice {
  /**
   * The nodes that `values` reads. Asking costs a second program and its memory, and changes nothing
   * about the model's answers. Default: none.
   */
  readonly outputs?: readonly NodeName[] | undefined;
}

/** What a node holds for a picture. */
export interface NodeValues {
  /** As it was asked for. */
  readonly name: string;
  /** The node's own name in the graph. */
  readonly node: string;
  /** NHWC of one picture. */
  readonly shape: Shape;
  /** Real values, row by row, channels last; those of 8 bits are `scale · (q − zeroPoint)`. */
  readonly data: Float32Array;
  /** Where the network holds them in 8 bits. */
  readonly quantization?: Quantization;
}
