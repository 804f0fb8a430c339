/** Operations on single values: tables, additions, and the ways between 8, 16 and 32 bits. */
import { softmaxPixel } from "../softmax";
import { Map } from "./map";

/** A pixel's channels, or the values of a run of pixels. */
export function mapValues(map: Map, input: usize, other: usize, output: usize, channels: i32): void {
  switch (map.kind) {
    case 0:
      memory.copy(output, input, <usize>channels * 2);
      break;
    case 1:
      for (let c = 0; c < channels; c++) {
        const index = <usize>(load<i16>(input + c * 2) + map.zero);
        store<i16>(output + c * 2, load<i16>(map.other + index * 2));
      }
      break;
    case 2:
      add(map, input, other, output, channels);
      break;
    case 3:
      fromBytes(input, output, channels, map.zero, false);
      break;
    case 4:
      fromBytes(input, output, channels, map.zero, true);
      break;
    case 5:
      for (let c = 0; c < channels; c++) {
        store<u8>(output + c, <u8>(load<i16>(input + c * 2) + map.zero));
      }
      break;
    case 6:
      for (let c = 0; c < channels; c++) {
        const steps = nearest<f32>(load<f32>(input + c * 4) * map.scale);
        const value = min(max(steps, <f32>map.low), <f32>map.high);
        store<i16>(output + c * 2, <i16>value);
      }
      break;
    case 7:
      for (let c = 0; c < channels; c++) {
        store<f32>(output + c * 4, <f32>load<i16>(input + c * 2) * map.scale);
      }
      break;
    case 8:
      softmax(map, input, output);
      break;
    case 9:
      store<i16>(output, <i16>(largest(input, channels) - map.outputZero));
      break;
    case 10:
      store<f32>(output, <f32>largest(input, channels));
      break;
    case 11:
      memory.fill(output, 0, <usize>channels * 2);
      break;
    case 12:
      store<f32>(output, <f32>largestReal(input, channels));
      break;
    case 13:
      store<i16>(output, <i16>(largestReal(input, channels) - map.outputZero));
      break;
    case 14:
      softmaxPixel(input, output, channels);
      break;
  }
}

function fromBytes(input: usize, output: usize, channels: i32, zero: i32, signed: bool): void {
  const zeros = i16x8.splat(<i16>zero);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const values = signed ? v128.load_ext<i8>(input + c) : v128.load_ext<u8>(input + c);
    v128.store(output + c * 2, i16x8.sub(values, zeros));
  }
  for (; c < channels; c++) {
    const value = signed ? <i32>load<i8>(input + c) : <i32>load<u8>(input + c);
    store<i16>(output + c * 2, <i16>(value - zero));
  }
}

/** The sum of two operands in integers over a power of two, rounded by a shift; ties up. */
function add(map: Map, a: usize, b: usize, output: usize, channels: i32): void {
  const half = 1 << (map.shift - 1);
  const scaleA = i32x4.splat(map.scaleA);
  const scaleB = i32x4.splat(map.scaleB);
  const halves = i32x4.splat(half);
  const low = i16x8.splat(<i16>map.low);
  const high = i16x8.splat(<i16>map.high);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const x = v128.load(a + c * 2);
    const y = v128.load(b + c * 2);
    let lower = i32x4.mul(i32x4.extend_low_i16x8_s(x), scaleA);
    lower = i32x4.add(lower, i32x4.mul(i32x4.extend_low_i16x8_s(y), scaleB));
    let upper = i32x4.mul(i32x4.extend_high_i16x8_s(x), scaleA);
    upper = i32x4.add(upper, i32x4.mul(i32x4.extend_high_i16x8_s(y), scaleB));
    lower = i32x4.shr_s(i32x4.add(lower, halves), map.shift);
    upper = i32x4.shr_s(i32x4.add(upper, halves), map.shift);
    const sums = i16x8.narrow_i32x4_s(lower, upper);
    v128.store(output + c * 2, i16x8.min_s(i16x8.max_s(sums, low), high));
  }
  for (; c < channels; c++) {
    const x = <i32>load<i16>(a + c * 2) * map.scaleA;
    const y = <i32>load<i16>(b + c * 2) * map.scaleB;
    const sum = (x + y + half) >> map.shift;
    store<i16>(output + c * 2, <i16>min(max(sum, map.low), map.high));
  }
}

/** The index of the largest value, the lowest where several are equal. */
function largest(input: usize, channels: i32): i32 {
  let best = 0;
  let value = load<i16>(input);
  for (let c = 1; c < channels; c++) {
    const other = load<i16>(input + c * 2);
    if (other > value) {
      value = other;
      best = c;
    }
  }
  return best;
}

/** The same of float32 values. */
function largestReal(input: usize, channels: i32): i32 {
  let best = 0;
  let value = load<f32>(input);
  for (let c = 1; c < channels; c++) {
    const other = load<f32>(input + c * 4);
    if (other > value) {
      value = other;
      best = c;
    }
  }
  return best;
}

/** `other` is the table of 256 powers; `kind` of rounding: half up where `shift` is 0, else half to even. */
function softmax(map: Map, input: usize, output: usize): void {
  const channels = map.channels;
  const top = <i32>load<i16>(input + <usize>largest(input, channels) * 2);
  let sum: f32 = 0;
  for (let c = 0; c < channels; c++) {
    sum += load<f32>(map.other + <usize>(top - load<i16>(input + c * 2)) * 4);
  }
  const inverse: f32 = 1 / (sum * map.scale);
  for (let c = 0; c < channels; c++) {
    const power = load<f32>(map.other + <usize>(top - load<i16>(input + c * 2)) * 4);
    const probability = power * inverse;
    const rounded = map.shift == 0 ? floor<f32>(probability + 0.5) : nearest<f32>(probability);
    store<i16>(output + c * 2, <i16>min(max(rounded, <f32>map.low), <f32>map.high));
  }
}
