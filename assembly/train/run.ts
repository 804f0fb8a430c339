/** What the training module exports: the two directions of every kind of layer, one call each. */
import { addRows, normalize } from "./elementwise";
import { Unit } from "./unit";

export { denseBackward, denseForward } from "./dense";
export { depthwiseBackward, depthwiseForward } from "./depthwise-unit";
export { pointwiseBackward, pointwiseForward } from "./pointwise-unit";
export { poolBackward, poolForward } from "./pool";

/** Keeps the unit's source, a linear bottleneck, plus the shortcut at `skip` where there is one. */
export function keepSource(unit: Unit, pixels: i32): void {
  for (let first = 0; first < pixels; first += unit.blockRows) {
    const rows = min(unit.blockRows, pixels - first);
    const from = <usize>first * <usize>unit.inputs * 4;
    normalize(
      unit.sourceZ + from,
      unit.x + from,
      rows,
      unit.inputs,
      unit.sourceMean,
      unit.sourceScale,
      unit.sourceBeta,
      unit.sourceRelu6,
    );
    if (unit.skip) addRows(unit.skip + from, unit.x + from, rows * unit.inputs);
  }
}
