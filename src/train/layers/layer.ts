/** What every layer is: an operation's two directions over a batch, on memory that is handed in. */
import type { Random } from "../../random.ts";
import type { PlannedOperation, TrainedOp } from "../plan.ts";
import type { Values } from "../values.ts";

/** Statistics per channel that a forward pass used. */
export interface Statistics {
  readonly mean: Float64Array;
  /** 1 / √(variance + ε). */
  readonly inverse: Float64Array;
}

/** What a layer keeps from its forward pass for the way back. */
export interface Kept {
  statistics?: Statistics;
  mask?: Values;
  /** Where each value was taken from. */
  places?: Int32Array;
}

/** What both directions have. */
export interface LayerPass {
  /** Samples. */
  readonly count: number;
  /** With the batch's own statistics, where a layer has such. */
  readonly ownStatistics: boolean;
  /** What the operation reads, and what it makes. */
  readonly inputs: readonly Values[];
  readonly output: Values;
  readonly kept: Kept;
  /** A parameter's values. */
  values(name: string): Values;
}

export interface ForwardPass extends LayerPass {
  /** What remains of moving statistics. */
  readonly batchNormDecay: number;
  /** The share of values that is dropped, 0 for none, and what draws them. */
  readonly dropout: number;
  readonly random: Random | undefined;
}

export interface BackwardPass extends LayerPass {
  /** The output's gradient. */
  readonly gradient: Values;
  /** Where the inputs' gradients are added to; undefined where they are not wanted. */
  readonly inputGradients: readonly (Values | undefined)[];
  /** Where a parameter's gradient is added to. */
  parameterGradient(name: string): Values;
}

/** An operation's two directions. */
export interface Layer<O extends TrainedOp> {
  forward(operation: PlannedOperation<O>, pass: ForwardPass): void;
  backward(operation: PlannedOperation<O>, pass: BackwardPass): void;
}
