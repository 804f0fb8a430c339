/**
 * One filter per channel, an output row at a time, or two where the turbo build has a kernel for that.
 */
import { int8_depthwise_3x3_joined, joins } from "./depthwise-joined";
import { int8_depthwise_3x3_joined_rows } from "./depthwise-joined-rows";
import { Depthwise, SINGLE, inside } from "./depthwise-layer";
import { onePanel } from "./depthwise-panel";
import { TURBO } from "./turbo";

export { Depthwise };

/** Output rows from `row` on of the image at `input`, to `output`; rows are `rowBytes` apart there. */
export function depthwiseRows(
  layer: Depthwise,
  input: usize,
  output: usize,
  rowBytes: usize,
  row: i32,
  rows: i32,
  seeds: usize,
): void {
  const end = row + rows;
  if (TURBO && layer.stride == 1 && layer.dilation == 1 && joins(layer)) {
    for (; row + 2 <= end; row += 2) {
      twoRows(layer, input, output, rowBytes, row - layer.padTop, seeds);
      output += rowBytes * 2;
    }
  }
  for (; row < end; row++) {
    depthwiseRow(layer, input, output, row, seeds);
    output += rowBytes;
  }
}

/** Output row `row` of the image at `input`, to `output`. */
export function depthwiseRow(
  layer: Depthwise,
  input: usize,
  output: usize,
  row: i32,
  seeds: usize,
): void {
  const top = row * layer.stride - layer.padTop;
  if (changetype<usize>(layer.phases) == 0) {
    oneRow(layer, input, output, top, seeds);
    return;
  }
  let phase = layer.phases;
  while (changetype<usize>(phase) != 0) {
    oneRow(phase, input + phase.inputShift, output + phase.outputShift, top, seeds);
    phase = phase.next;
  }
}

/** A row of one record. */
function oneRow(layer: Depthwise, input: usize, output: usize, top: i32, seeds: usize): void {
  const middle = top + layer.dilation;
  const bottom = middle + layer.dilation;
  const panelStep = <usize>layer.inputPanel;
  const step0 = inside(layer, top) ? panelStep : 0;
  const step1 = inside(layer, middle) ? panelStep : 0;
  const step2 = inside(layer, bottom) ? panelStep : 0;
  let r0 = rowAddress(layer, input, top);
  let r1 = rowAddress(layer, input, middle);
  let r2 = rowAddress(layer, input, bottom);
  const joined = TURBO && joins(layer);
  for (let panel = 0; panel < layer.panels; panel++) {
    const to = output + <usize>panel * layer.outputPanel;
    if (joined && load<u8>(layer.doubled + panel) == SINGLE) {
      int8_depthwise_3x3_joined(layer, r0, r1, r2, to, panel, seeds);
    } else {
      onePanel(layer, r0, r1, r2, input, to, top, panel);
    }
    r0 += step0;
    r1 += step1;
    r2 += step2;
  }
}

/** Two rows of a record whose stride and dilation are 1; `rowBytes` lead from one to the other. */
function twoRows(
  layer: Depthwise,
  input: usize,
  output: usize,
  rowBytes: usize,
  top: i32,
  seeds: usize,
): void {
  const panelStep = <usize>layer.inputPanel;
  const step0 = inside(layer, top) ? panelStep : 0;
  const step1 = inside(layer, top + 1) ? panelStep : 0;
  const step2 = inside(layer, top + 2) ? panelStep : 0;
  const step3 = inside(layer, top + 3) ? panelStep : 0;
  let r0 = rowAddress(layer, input, top);
  let r1 = rowAddress(layer, input, top + 1);
  let r2 = rowAddress(layer, input, top + 2);
  let r3 = rowAddress(layer, input, top + 3);
  for (let panel = 0; panel < layer.panels; panel++) {
    const to = output + <usize>panel * layer.outputPanel;
    if (load<u8>(layer.doubled + panel) == SINGLE) {
      int8_depthwise_3x3_joined_rows(layer, r0, r1, r2, r3, to, to + rowBytes, panel, seeds);
    } else {
      onePanel(layer, r0, r1, r2, input, to, top, panel);
      onePanel(layer, r1, r2, r3, input, to + rowBytes, top + 1, panel);
    }
    r0 += step0;
    r1 += step1;
    r2 += step2;
    r3 += step3;
  }
}

function rowAddress(layer: Depthwise, input: usize, row: i32): usize {
  if (!inside(layer, row)) return layer.zeros;
  return input + <usize>(row % layer.ringRows) * layer.inputRow;
}
