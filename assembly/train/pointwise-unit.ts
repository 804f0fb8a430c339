/**
 * Both directions of a convolution over all channels, by blocks of pixels: what a block's products need
 * is made just before, and what is asked of the results (statistics, masks) is taken while they are in
 * the cache. A window that is no pixel in its place is unfolded into rows of its taps.
 */
import { pointwiseByPanels } from "../pointwise";
import { Pointwise } from "../pointwise-layer";
import { addRows, addStatistics, finishGradient, gradientBeforeNorm, normalize } from "./elementwise";
import { fold, unfold } from "./unfold";
import { SUMS_SCRATCH, Unit } from "./unit";
import { addWeightGradient } from "./weight-gradient";

/** Bytes of weights that stay in the cache while a block's pixels pass. */
const PANEL_BLOCK_BYTES: i32 = 98304;

/** Readies the tiles for `[rows][depth] · [depth][outputs]`. */
export function prepareTile(unit: Unit, depth: i32, outputs: i32): Pointwise {
  const tile = changetype<Pointwise>(unit.tile);
  tile.weights = unit.packed;
  tile.bias = unit.zeros;
  tile.depth = depth;
  tile.panels = (outputs + 7) >> 3;
  tile.lastLanes = outputs - (tile.panels - 1) * 8;
  tile.panelBlock = max(1, PANEL_BLOCK_BYTES / (depth * 32));
  tile.inputStep = 32;
  tile.outputStep = 32;
  tile.inputPitch = depth * 4;
  tile.outputPitch = outputs * 4;
  tile.shortcutPitch = 0;
  tile.clamped = 0;
  return tile;
}

/** `z = x · weights` for `pixels` output pixels, and the sums of its statistics. */
export function pointwiseForward(unit: Unit, pixels: i32): void {
  const outputs = unit.outputs;
  const statistics = unit.wantedStatistics();
  const tile = prepareTile(unit, unit.inputs, outputs);
  const most = min(unit.blockRows, max(16, (65536 / (unit.inputs * 4)) & ~7));
  for (let first = 0; first < pixels; first += most) {
    const rows = min(most, pixels - first);
    const x = blockOfInputs(unit, first, rows);
    const z = unit.z + <usize>first * <usize>outputs * 4;
    pointwiseByPanels(tile, x, z, 0, rows);
    if (statistics) addStatistics(z, rows, outputs, unit.mean, statistics, unit.tile + SUMS_SCRATCH);
  }
}

/** Makes the weights' gradient and the source's. */
export function pointwiseBackward(unit: Unit, pixels: i32): void {
  const inputs = unit.inputs;
  const outputs = unit.outputs;
  memory.fill(unit.weightGradient, 0, <usize>(inputs * outputs) * 4);
  const tile = prepareTile(unit, unit.weightColumns, inputs);
  tile.inputPitch = outputs * 4;
  const inputPixels = unit.slice.samples * unit.inputRows * unit.inputColumns;
  if (unit.unfolded && unit.sourceGradient) {
    memory.fill(unit.sourceGradient, 0, <usize>(inputPixels * unit.inputPitch) * 4);
  }
  for (let first = 0; first < pixels; first += unit.blockRows) {
    const rows = min(unit.blockRows, pixels - first);
    const at = <usize>first * <usize>outputs * 4;
    const dz = unit.blockZ;
    gradientBeforeNorm(
      unit.gradient + at,
      unit.z + at,
      dz,
      rows,
      outputs,
      unit.a,
      unit.b,
      unit.d,
    );
    const x = blockOfInputs(unit, first, rows);
    addWeightGradient(x, dz, unit.weightGradient, rows, inputs, outputs);
    if (unit.sourceGradient == 0) continue;
    if (unit.unfolded) {
      // The taps were read; their gradients take their place.
      pointwiseByPanels(tile, dz, unit.blockX, 0, rows);
      fold(unit, first, rows);
      continue;
    }
    const from = <usize>first * <usize>inputs * 4;
    const dx = unit.sourceGradient + from;
    pointwiseByPanels(tile, dz, dx, 0, rows);
    endSourceGradient(unit, from, rows);
  }
  if (unit.unfolded && unit.sourceGradient) endSourceGradient(unit, 0, inputPixels);
}

/**
 * What a source's gradient still needs, `from` bytes on: what others made of it and, once it is whole, the
 * mask and the sums.
 */
export function endSourceGradient(unit: Unit, from: usize, rows: i32): void {
  const channels = unit.inputPitch;
  const dx = unit.sourceGradient + from;
  if (unit.skip) addRows(unit.skip + from, dx, rows * channels);
  if (unit.sourceSums == 0) return;
  finishGradient(
    dx,
    unit.sourceZ + from,
    rows,
    channels,
    unit.sourceMean,
    unit.sourceScale,
    unit.sourceShift,
    unit.sourceLow,
    unit.sourceHigh,
    unit.sourceSums,
    unit.tile + SUMS_SCRATCH,
  );
}

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
      unit.sourceScale,
      unit.sourceShift,
      unit.sourceLow,
      unit.sourceHigh,
      unit.sourceStep,
    );
    if (unit.skip) addRows(unit.skip + from, unit.x + from, rows * unit.inputs);
  }
}

/** The address of the inputs of a block of pixels: kept ones, or made here. */
function blockOfInputs(unit: Unit, first: i32, rows: i32): usize {
  if (unit.unfolded) {
    unfold(unit, first, rows);
    return unit.blockX;
  }
  const from = <usize>first * <usize>unit.inputs * 4;
  if (unit.x) return unit.x + from;
  normalize(
    unit.sourceZ + from,
    unit.blockX,
    rows,
    unit.inputs,
    unit.sourceScale,
    unit.sourceShift,
    unit.sourceLow,
    unit.sourceHigh,
    unit.sourceStep,
  );
  return unit.blockX;
}
