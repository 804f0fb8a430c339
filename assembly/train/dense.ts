/** The classifier: pooled features times weights plus bias, for any number of classes. */
import { pointwiseByPanels } from "../pointwise";
import { prepareTile } from "./pointwise-unit";
import { Unit } from "./unit";
import { addWeightGradient } from "./weight-gradient";

/** `z = x · weights + bias`; `a` holds the bias, filled up to a multiple of 8. */
export function denseForward(unit: Unit, samples: i32): void {
  const tile = prepareTile(unit, unit.inputs, unit.outputs);
  tile.bias = unit.a;
  pointwiseByPanels(tile, unit.x, unit.z, 0, samples);
}

/**
 * From the logits' gradient: in `gradient` `[samples][outputs]`, and in `d` with rows filled up to a
 * multiple of 8, which the weights' gradient has, too.
 */
export function denseBackward(unit: Unit, samples: i32): void {
  const inputs = unit.inputs;
  const padded = (unit.outputs + 7) & ~7;
  memory.fill(unit.weightGradient, 0, <usize>(inputs * padded) * 4);
  addWeightGradient(unit.x, unit.d, unit.weightGradient, samples, inputs, padded);
  if (unit.sourceGradient == 0) return;
  const tile = prepareTile(unit, unit.outputs, inputs);
  pointwiseByPanels(tile, unit.gradient, unit.sourceGradient, 0, samples);
}
