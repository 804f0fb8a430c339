/** Operations on single values: tables, additions, and the ways between 8 and 32 bits. */
import { softmaxPixel } from "../softmax";
import { Map } from "./map";

/** A pixel's channels, or the values of a run of pixels. */
export function mapValues(map: Map, input: usize, other: usize, output: usize, channels: i32): void {
  switch (map.kind) {
    case 0:
      memory.copy(output, input, channels);
      break;
    case 1:
      for (let c = 0; c < channels; c++) {
        store<u8>(output + c, load<u8>(map.other + <usize>load<u8>(input + c)));
      }
      break;
    case 2:
      add(map, input, other, output, channels);
      break;
    case 3:
    case 4:
    case 5:
      // Between int8 values and what is stored of them.
      for (let c = 0; c < channels; c++) store<u8>(output + c, load<u8>(input + c) ^ 128);
      break;
    case 6:
      for (let c = 0; c < channels; c++) {
        const steps = nearest<f32>(load<f32>(input + c * 4) * map.scale) + <f32>map.zeroOutput;
        store<u8>(output + c, <u8>min(max(steps, <f32>map.low), <f32>map.high));
      }
      break;
    case 7:
      for (let c = 0; c < channels; c++) {
        const steps = <i32>load<u8>(input + c) - map.zeroA;
        store<f32>(output + c * 4, <f32>steps * map.scale);
      }
      break;
    case 8:
      softmax(map, input, output);
      break;
    case 9:
      store<u8>(output, <u8>(largest(input, channels) - map.outputZero));
      break;
    case 10:
      store<f32>(output, <f32>largest(input, channels));
      break;
    case 11:
      memory.fill(output, <u8>map.zeroOutput, channels);
      break;
    case 12:
      store<f32>(output, <f32>largestReal(input, channels));
      break;
    case 13:
      store<u8>(output, <u8>(largestReal(input, channels) - map.outputZero));
      break;
    case 14:
      softmaxPixel(input, output, channels);
      break;
  }
}

/** The sum of two operands in integers over a power of two, rounded by a shift; ties up. */
function add(map: Map, a: usize, b: usize, output: usize, channels: i32): void {
  const half = 1 << (map.shift - 1);
  const scaleA = i32x4.splat(map.scaleA);
  const scaleB = i32x4.splat(map.scaleB);
  const halves = i32x4.splat(half);
  const zeroA = i16x8.splat(<i16>map.zeroA);
  const zeroB = i16x8.splat(<i16>map.zeroB);
  const zeroOutput = i16x8.splat(<i16>map.zeroOutput);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const x = i16x8.sub(v128.load_ext<u8>(a + c), zeroA);
    const y = i16x8.sub(v128.load_ext<u8>(b + c), zeroB);
    let lower = i32x4.mul(i32x4.extend_low_i16x8_s(x), scaleA);
    lower = i32x4.add(lower, i32x4.mul(i32x4.extend_low_i16x8_s(y), scaleB));
    let upper = i32x4.mul(i32x4.extend_high_i16x8_s(x), scaleA);
    upper = i32x4.add(upper, i32x4.mul(i32x4.extend_high_i16x8_s(y), scaleB));
    lower = i32x4.shr_s(i32x4.add(lower, halves), map.shift);
    upper = i32x4.shr_s(i32x4.add(upper, halves), map.shift);
    const sums = i16x8.add_sat_s(i16x8.narrow_i32x4_s(lower, upper), zeroOutput);
    v128.store64_lane(output + c, i8x16.narrow_i16x8_u(sums, sums), 0);
  }
  for (; c < channels; c++) {
    const x = (<i32>load<u8>(a + c) - map.zeroA) * map.scaleA;
    const y = (<i32>load<u8>(b + c) - map.zeroB) * map.scaleB;
    const sum = ((x + y + half) >> map.shift) + map.zeroOutput;
    store<u8>(output + c, <u8>min(max(sum, map.low), map.high));
  }
}

/** The index of the largest value, the lowest where several are equal. */
function largest(input: usize, channels: i32): i32 {
  let best = 0;
  let value = <i32>load<u8>(input);
  for (let c = 1; c < channels; c++) {
    const other = <i32>load<u8>(input + c);
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
  const top = <i32>load<u8>(input + <usize>largest(input, channels));
  let sum: f32 = 0;
  for (let c = 0; c < channels; c++) {
    sum += load<f32>(map.other + <usize>(top - <i32>load<u8>(input + c)) * 4);
  }
  const inverse: f32 = 1 / (sum * map.scale);
  for (let c = 0; c < channels; c++) {
    const power = load<f32>(map.other + <usize>(top - <i32>load<u8>(input + c)) * 4);
    const probability = power * inverse;
    const rounded = map.shift == 0 ? floor<f32>(probability + 0.5) : nearest<f32>(probability);
    const steps = rounded + <f32>map.zeroOutput;
    store<u8>(output + c, <u8>min(max(steps, <f32>map.low), <f32>map.high));
  }
}
