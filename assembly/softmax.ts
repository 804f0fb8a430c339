/** Softmax over the channels of a pixel of real numbers; for float32 networks and for 8-bit ones' ends. */
import { exponential } from "./exponential";

/** e^(x − max) / sum of the same. */
export function softmaxPixel(input: usize, output: usize, channels: i32): void {
  const bytes = <usize>channels * 4;
  const whole = bytes & ~15;
  let highest = load<f32>(input);
  for (let at: usize = 4; at < bytes; at += 4) highest = max(highest, load<f32>(input + at));
  const shift = f32x4.splat(highest);
  let sum: f64 = 0;
  for (let at: usize = 0; at < bytes; at += at < whole ? 16 : 4) {
    const vector = at < whole;
    const e = exponential(f32x4.sub(loadLanes(input + at, vector), shift));
    storeLanes(output + at, e, vector);
    sum += <f64>f32x4.extract_lane(e, 0);
    if (vector) {
      sum += <f64>f32x4.extract_lane(e, 1);
      sum += <f64>f32x4.extract_lane(e, 2);
      sum += <f64>f32x4.extract_lane(e, 3);
    }
  }
  const scale = <f32>(1 / sum);
  for (let at: usize = 0; at < bytes; at += 4) {
    store<f32>(output + at, load<f32>(output + at) * scale);
  }
}

/** Four values, or one. */
export function loadLanes(at: usize, vector: bool): v128 {
  return vector ? v128.load(at) : v128.load_zero<f32>(at);
}

export function storeLanes(at: usize, x: v128, vector: bool): void {
  if (vector) v128.store(at, x);
  else v128.store_lane<f32>(at, x, 0);
}
