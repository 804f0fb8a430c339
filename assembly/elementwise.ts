/**
 * What looks at one value, or one pixel, at a time: activations, sums of two maps, scale and
 * offset, sigmoid, softmax, copies. Pixels are cut into vectors of 4; dense maps may end in a
 * shorter one.
 */
import { exponential } from "./exponential";
import { Worker, forEachUnit } from "./parallel";
import { loadLanes, softmaxPixel, storeLanes } from "./softmax";

export const CLAMP: i32 = 0;
export const ADD: i32 = 1;
export const SCALE: i32 = 2;
export const SIGMOID: i32 = 3;
export const COPY: i32 = 4;
export const SOFTMAX: i32 = 5;

/** One operation on `outer × pixels` pixels of `channels` values. */
@unmanaged
export class Elementwise {
  op: i32;
  bytes: i32;
  /** Which operation. */
  kind: i32;
  input: usize;
  /** The second map of a sum, or `[2][channels]` scales and offsets. */
  other: usize;
  output: usize;
  outer: i32;
  pixels: i32;
  channels: i32;
  /** Bytes from one pixel to the next. */
  inputPitch: i32;
  otherPitch: i32;
  outputPitch: i32;
  /** Bytes from one of `outer` to the next. */
  inputStep: i32;
  outputStep: i32;
  /** Pixels of a unit. */
  unitPixels: i32;
  /** Lanes past the channels to set to zero. */
  zeros: i32;
  low: f32;
  high: f32;
}

export function runElementwise(step: Elementwise, worker: Worker): void {
  const down = (step.pixels + step.unitPixels - 1) / step.unitPixels;
  forEachUnit(worker, step.outer * down, elementwiseUnit, changetype<usize>(step), 0, down);
}

function elementwiseUnit(work: usize, image: i32, down: i32, unit: i32, worker: Worker): void {
  const step = changetype<Elementwise>(work);
  const outer = <usize>(unit / down);
  const pixel = (unit % down) * step.unitPixels;
  const end = min(pixel + step.unitPixels, step.pixels);
  let input = step.input + outer * step.inputStep + <usize>pixel * step.inputPitch;
  let output = step.output + outer * step.outputStep + <usize>pixel * step.outputPitch;
  let other = step.other + <usize>pixel * step.otherPitch;
  for (let i = pixel; i < end; i++) {
    if (step.kind == SOFTMAX) softmaxPixel(input, output, step.channels);
    else mapPixel(step, input, other, output);
    for (let lane = 0; lane < step.zeros; lane++) {
      store<f32>(output + <usize>(step.channels + lane) * 4, 0);
    }
    input += step.inputPitch;
    output += step.outputPitch;
    other += step.otherPitch;
  }
}

function mapPixel(step: Elementwise, input: usize, other: usize, output: usize): void {
  const kind = step.kind;
  const low = f32x4.splat(step.low);
  const high = f32x4.splat(step.high);
  const bytes = <usize>step.channels * 4;
  const whole = bytes & ~15;
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < bytes; at += at < whole ? 16 : 4) {
    const vector = at < whole;
    let x = loadLanes(input + at, vector);
    if (kind == CLAMP) {
      x = f32x4.pmin(f32x4.pmax(x, low), high);
    } else if (kind == ADD) {
      x = f32x4.add(x, loadLanes(other + at, vector));
    } else if (kind == SCALE) {
      x = f32x4.mul(x, loadLanes(other + at, vector));
      x = f32x4.add(x, loadLanes(other + bytes + at, vector));
    } else if (kind == SIGMOID) {
      x = f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
    }
    storeLanes(output + at, x, vector);
  }
}
