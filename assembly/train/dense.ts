/** The classifier: pooled features times weights plus bias, for any number of classes. */
import { pointwiseByPanels } from "../pointwise";
import { packTransposed, packWeights } from "./pack";
import { prepareTile } from "./pointwise-unit";
import { Unit } from "./unit";
import { addWeightGradient } from "./weight-gradient";

/** `z = x · weights + bias`; `zeros` holds the bias, filled up to a multiple of 8. */
export function denseForward(unit: Unit, samples: i32): void {
  packWeights(unit.weights, unit.inputs, unit.outputs, unit.packed);
  const tile = prepareTile(unit, unit.inputs, unit.outputs);
  pointwiseByPanels(tile, unit.x, unit.z, 0, samples);
}

/**
 * From the logits' gradient: in `gradient` `[samples][outputs]`, and in `blockZ` with rows filled up to a
 * multiple of 8. The weights' gradient is made in `blockX` in rows of that length.
 */
export function denseBackward(unit: Unit, samples: i32): void {
  const inputs = unit.inputs;
  const outputs = unit.outputs;
  const padded = (outputs + 7) & ~7;
  memory.fill(unit.blockX, 0, <usize>(inputs * padded) * 4);
  addWeightGradient(unit.x, unit.blockZ, unit.blockX, samples, inputs, padded);
  for (let k = 0; k < inputs; k++) {
    const from = unit.blockX + <usize>(k * padded) * 4;
    const to = unit.weightGradient + <usize>(k * outputs) * 4;
    for (let m: usize = 0; m < <usize>outputs * 4; m += 4) {
      store<f32>(to + m, load<f32>(to + m) + load<f32>(from + m));
    }
  }
  if (unit.sourceGradient == 0) return;
  packTransposed(unit.weights, inputs, outputs, unit.packed);
  const tile = prepareTile(unit, outputs, inputs);
  // No bias: the zeros of `skip`.
  tile.bias = unit.skip;
  pointwiseByPanels(tile, unit.gradient, unit.sourceGradient, 0, samples);
}
