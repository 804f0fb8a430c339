/**
 * What is done for a layer as a whole, between the passes of its slices: weights are packed, sums of the
 * slices are added in their order, and batch norm's numbers per channel follow in double precision.
 */
import { packTransposed, packWeights } from "./pack";
import { Unit } from "./unit";

/** What a pass is about. */
@unmanaged
export class Pass {
  samples: i32;
  /** Whether batch norms use the batch's statistics. */
  ownStatistics: i32;
}

/** A layer's record; src/train/wasm/write-records.ts writes it. */
@unmanaged
export class Layer {
  /** The first slice's record; the layer's shape is in it. */
  unit: Unit;
  /** 0 a convolution, 1 a depthwise one, 2 a classifier, whose way is its own. */
  kind: i32;
  /** 1 with batch norm, 0 with a bias in β's place, or none. */
  norm: i32;
  pass: Pass;
  slices: i32;
  /** Output pixels of a sample. */
  pixels: i32;

  /** A depthwise filter as it is kept, where the unit's is a wider copy. */
  filter: usize;
  gamma: usize;
  beta: usize;
  gammaGradient: usize;
  betaGradient: usize;
  movingMean: usize;
  movingVariance: usize;
  scale: usize;
  shift: usize;
  /** Float64: what remains of the moving statistics at each step, and ε. */
  decay: usize;
  epsilon: usize;
  /** Float64 `[slices][2][channels]`. */
  statistics: usize;
  sums: usize;

  /** The weights' gradient as the slices make it, `[slices][rows][pitch]`, and as it is kept, `[rows][columns]`. */
  partials: usize;
  partialBytes: i32;
  weightGradient: usize;
  rows: i32;
  columns: i32;
  pitch: i32;
  /** Rows that are added up at a time. */
  unitRows: i32;
}

/** Channels of a batch norm that are done at a time. */
export const UNIT_CHANNELS: i32 = 64;

/** Readies a layer for a forward pass. */
export function beginForward(layer: Layer): void {
  const unit = layer.unit;
  if (layer.kind != 1) packWeights(unit.weights, unit.inputs, unit.weightColumns, unit.packed);
  else if (unit.weightColumns < unit.outputs) widenFilter(layer);
  if (layer.kind == 2) return;
  const channels = unit.outputs;
  if (!layer.norm) {
    for (let c: usize = 0; c < <usize>channels; c++) {
      store<f32>(layer.scale + c * 4, 1);
      store<f32>(layer.shift + c * 4, layer.beta ? load<f32>(layer.beta + c * 4) : 0);
    }
    return;
  }
  // Statistics are summed as distances from the moving mean, which is near.
  memory.copy(unit.mean, layer.movingMean, <usize>channels * 4);
  if (layer.pass.ownStatistics) {
    memory.fill(layer.statistics, 0, <usize>(layer.slices * channels) * 16);
    return;
  }
  for (let c: usize = 0; c < <usize>channels; c++) {
    const mean = <f64>load<f32>(layer.movingMean + c * 4);
    setScale(layer, c, mean, <f64>load<f32>(layer.movingVariance + c * 4));
  }
}

/** A depthwise filter's taps with as many channels as the map has. */
function widenFilter(layer: Layer): void {
  const bytes = <usize>layer.unit.weightColumns * 4;
  const pitch = <usize>layer.unit.outputs * 4;
  for (let tap: usize = 0; tap < 9; tap++) {
    memory.copy(layer.unit.weights + tap * pitch, layer.filter + tap * bytes, bytes);
  }
}

/** Readies a layer for a backward pass. */
export function beginBackward(layer: Layer): void {
  const unit = layer.unit;
  if (layer.kind == 1) {
    // The filter turned by 180°, for rows of the data's gradient at stride 1.
    const pitch = <usize>unit.inputs * 4;
    for (let tap: usize = 0; tap < 9; tap++) {
      memory.copy(unit.packed + (8 - tap) * pitch, unit.weights + tap * pitch, pitch);
    }
  } else if (unit.sourceGradient) {
    packTransposed(unit.weights, unit.inputs, unit.weightColumns, unit.packed);
  }
  if (layer.kind != 2) memory.fill(layer.sums, 0, <usize>(layer.slices * unit.outputs) * 16);
}

/** The scale `γ / √(variance + ε)` and the shift `β − mean · scale`, which both directions read. */
function setScale(layer: Layer, channel: usize, mean: f64, variance: f64): void {
  const at = channel * 4;
  // Channels that fill the map up have no variance, and perhaps no ε: they stay 0.
  const isOwn = channel < <usize>layer.columns;
  const inverse: f32 = isOwn ? <f32>(1 / Math.sqrt(variance + load<f64>(layer.epsilon))) : 0;
  const scale = <f32>(<f64>load<f32>(layer.gamma + at) * <f64>inverse);
  // Until its gradient comes, `a` holds 1 / √(variance + ε).
  store<f32>(layer.unit.a + at, inverse);
  store<f32>(layer.scale + at, scale);
  store<f32>(layer.shift + at, <f32>(<f64>load<f32>(layer.beta + at) - mean * <f64>scale));
}

/** One channel's sum over all slices. */
function total(sums: usize, layer: Layer, index: usize): f64 {
  const bytes = <usize>layer.unit.outputs * 16;
  let sum: f64 = 0;
  for (let slice = 0; slice < layer.slices; slice++) {
    sum += load<f64>(sums + index * 8);
    sums += bytes;
  }
  return sum;
}

/** From sums to the batch's mean and variance, which the moving ones follow. */
export function endStatistics(layer: Layer, unit: i32): void {
  const channels = layer.unit.outputs;
  const pixels = <f64>(layer.pass.samples * layer.pixels);
  const unbiased = pixels > 1 ? pixels / (pixels - 1) : 1;
  const decay = load<f64>(layer.decay);
  const end = <usize>min(channels, (unit + 1) * UNIT_CHANNELS);
  for (let c = <usize>(unit * UNIT_CHANNELS); c < end; c++) {
    const distance = total(layer.statistics, layer, c) / pixels;
    const square = total(layer.statistics, layer, <usize>channels + c) / pixels;
    const variance = max<f64>(0, square - distance * distance);
    const mean = <f64>load<f32>(layer.unit.mean + c * 4) + distance;
    const movingMean = layer.movingMean + c * 4;
    const movingVariance = layer.movingVariance + c * 4;
    store<f32>(movingMean, <f32>(decay * <f64>load<f32>(movingMean) + (1 - decay) * mean));
    store<f32>(
      movingVariance,
      <f32>(decay * <f64>load<f32>(movingVariance) + (1 - decay) * variance * unbiased),
    );
    store<f32>(layer.unit.mean + c * 4, <f32>mean);
    setScale(layer, c, mean, variance);
  }
}

/** Batch norm's gradients, and its way back as three numbers per channel. */
export function endGradient(layer: Layer, unit: i32): void {
  const channels = layer.unit.outputs;
  const pixels = <f64>(layer.pass.samples * layer.pixels);
  const own = layer.pass.ownStatistics;
  const end = <usize>min(channels, (unit + 1) * UNIT_CHANNELS);
  for (let c = <usize>(unit * UNIT_CHANNELS); c < end; c++) {
    const at = c * 4;
    if (!layer.norm) {
      if (layer.betaGradient) addTo(layer.betaGradient + at, total(layer.sums, layer, c));
      store<f32>(layer.unit.a + at, 1);
      continue;
    }
    const inverse = <f64>load<f32>(layer.unit.a + at);
    const direct = <f64>load<f32>(layer.gamma + at) * inverse;
    const sum = total(layer.sums, layer, c);
    const along = total(layer.sums, layer, <usize>channels + c) * inverse;
    addTo(layer.betaGradient + at, sum);
    addTo(layer.gammaGradient + at, along);
    const slope = own ? (-direct * inverse * along) / pixels : 0;
    const level = own ? (-direct * sum) / pixels : 0;
    store<f32>(layer.unit.a + at, <f32>direct);
    store<f32>(layer.unit.b + at, <f32>slope);
    store<f32>(layer.unit.d + at, <f32>(level - slope * <f64>load<f32>(layer.unit.mean + at)));
  }
}

function addTo(address: usize, value: f64): void {
  store<f32>(address, <f32>(<f64>load<f32>(address) + value));
}

/** Adds what the slices made of some rows of the weights' gradient. */
export function addPartials(layer: Layer, unit: i32): void {
  const columns = layer.columns;
  const whole = columns & ~3;
  const first = unit * layer.unitRows;
  const last = min(layer.rows, first + layer.unitRows);
  const slices = layer.slices;
  const step = <usize>layer.partialBytes;
  for (let row = first; row < last; row++) {
    let to = layer.weightGradient + <usize>(row * columns) * 4;
    let from = layer.partials + <usize>(row * layer.pitch) * 4;
    for (let column = 0; column < whole; column += 4) {
      let sum = v128.load(to);
      let at = from;
      for (let slice = slices; slice > 0; slice--) {
        sum = f32x4.add(sum, v128.load(at));
        at += step;
      }
      v128.store(to, sum);
      to += 16;
      from += 16;
    }
    for (let column = whole; column < columns; column++) {
      let sum = load<f32>(to);
      let at = from;
      for (let slice = slices; slice > 0; slice--) {
        sum += load<f32>(at);
        at += step;
      }
      store<f32>(to, sum);
      to += 4;
      from += 4;
    }
  }
}
