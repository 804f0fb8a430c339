/**
 * What stands for a TensorFlow tensor while its graph is read. A map is a picture's: it has TensorFlow's
 * shape, of any rank, and a node of ours whose values lie in the same order under four axes; scales and
 * shifts by constants wait beside it until something needs them, so that a chain of them becomes one.
 */
import type { MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import type { Shape } from "../../tensor.ts";
import type { NodeBody } from "../graph-import.ts";
import type { NumberKind } from "./attributes.ts";
import type { GraphConstant } from "./constants.ts";

/** A node that is added once something reads it. */
export interface Base {
  readonly name: string;
  readonly body: NodeBody;
  readonly feature: FeatureShape;
  /** Its name in the graph, once it is there. */
  node?: string;
}

/** `scale · x + offset`: a number for each channel, the last axis, or one for all. */
export interface PendingAffine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** The node that gives the scaled map, once there is one; views of it share it. */
  settled?: { readonly node: string; readonly feature: FeatureShape };
}

/** A tensor that depends on the picture. */
export interface MapTensor {
  readonly type: "map";
  readonly kind: NumberKind;
  /** TensorFlow's; the batch is 1. */
  readonly shape: Shape;
  readonly base: Base;
  readonly affine?: PendingAffine | undefined;
  /** Whether it is the picture, but for its size, its borders and its range. */
  readonly front: boolean;
}

/** A plane cut into `block²` smaller ones, on which a convolution is a dilated one of the whole. */
export interface BlocksTensor {
  readonly type: "blocks";
  readonly input: MapTensor;
  readonly block: number;
  /** Zeros around the whole: top, bottom, left, right. */
  readonly pads: readonly [number, number, number, number];
  /** What is done to the blocks; the first is given the padding of the whole. */
  readonly steps: readonly ((map: MapTensor, pads: BlocksTensor["pads"]) => MapTensor)[];
}

/** The tensors of an array, as loops fill them. */
export interface ListTensor {
  readonly type: "list";
  readonly items: readonly (Known | undefined)[];
}

/** A value that something else has to be known of first: what cannot be read, or a branch not taken. */
export interface Unread {
  readonly type: "unread";
  readonly error: MobileNetError | undefined;
}

/** A number or more that need no picture. */
export interface ConstantTensor {
  readonly type: "constant";
  readonly value: GraphConstant;
}

/** What is known of a tensor. */
export type Known = MapTensor | ConstantTensor | BlocksTensor | ListTensor;

/** Anything that stands for a tensor. */
export type TensorValue = Known | Unread;

/** A constant as a value. */
export function known(value: GraphConstant): ConstantTensor {
  return { type: "constant", value };
}

/** Rows, columns and channels of a tensor's values, the last axis being the channels. */
export function featureOf(shape: Shape, batched: boolean = shape[0] === 1): FeatureShape {
  const inner = batched && shape.length > 1 ? shape.slice(1) : shape;
  const channels = inner.at(-1) ?? 1;
  const columns = inner.length > 2 ? inner.at(-2)! : 1;
  const outer = inner.slice(0, inner.length > 2 ? -2 : -1);
  return [1, outer.reduce((a, b) => a * b, 1), columns, channels];
}

/** The axis of four that one of TensorFlow's is: 0 is the batch; nothing where several lie in one. */
export function featureAxis(
  shape: Shape,
  axis: number,
  batched: boolean = shape[0] === 1,
): 0 | 1 | 2 | 3 | undefined {
  const isBatched = batched && shape.length > 1;
  const rank = shape.length - (isBatched ? 1 : 0);
  const at = axis - (isBatched ? 1 : 0);
  if (at < 0) return 0;
  if (rank > 3) return at === rank - 1 ? 3 : at === rank - 2 ? 2 : undefined;
  return ([[3], [1, 3], [1, 2, 3]] as const)[rank - 1]?.[at];
}
