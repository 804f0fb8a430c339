/**
 * 8-bit weights on their way to the kernels' layout: differences from their zero points, in panels of 8
 * outputs, and what they sum up to. In JavaScript, millions of weights would be walked by code that the
 * optimising compiler has not seen yet.
 */

/**
 * Takes zero points from `rows` rows of `outputs` 16-bit values where they stand, at `at`; zero points and
 * totals as for panels.
 */
export function subtractZeros(
  at: usize,
  rows: i32,
  outputs: i32,
  zeros: usize,
  totals: usize,
): void {
  const magnitudes = totals + <usize>(((outputs + 7) >> 3) * 32);
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < <usize>outputs; i++) {
      const difference = <i32>load<i16>(at + i * 2) - <i32>load<i16>(zeros + i * 2);
      store<i16>(at + i * 2, <i16>difference);
      store<i32>(totals + i * 4, load<i32>(totals + i * 4) + difference);
      store<i32>(magnitudes + i * 4, load<i32>(magnitudes + i * 4) + abs(difference));
    }
    at += <usize>(outputs * 2);
  }
}

/**
 * Packs `inputs` rows of `outputs` 16-bit values, which start at `from`, as `[panel][depth / group][8][group]`
 * into zeroed memory at `to`. `zeros` is the address of a 16-bit zero point for each output, in whole
 * panels; at `totals` stand 32-bit sums of all outputs' differences, in whole panels, and behind them
 * sums of their magnitudes, all 0 at first.
 */
export function packPanels(
  from: usize,
  inputs: i32,
  outputs: i32,
  zeros: usize,
  group: i32,
  depth: i32,
  to: usize,
  totals: usize,
): void {
  const panels = (outputs + 7) >> 3;
  const magnitudes = totals + <usize>(panels * 32);
  for (let panel = 0; panel < panels; panel++) {
    const lanes = min(8, outputs - panel * 8);
    const at = <usize>(panel * 32);
    const source = from + <usize>(panel * 16);
    const zero = zeros + <usize>(panel * 16);
    const target = to + <usize>(panel * depth * 16);
    if (lanes == 8) {
      packWhole(source, inputs, outputs, zero, group, target, totals + at, magnitudes + at);
    } else {
      packLanes(source, inputs, outputs, zero, group, target, totals + at, magnitudes + at, lanes);
    }
  }
}

function packWhole(
  from: usize,
  inputs: i32,
  outputs: i32,
  zeros: usize,
  group: i32,
  to: usize,
  sums: usize,
  magnitudes: usize,
): void {
  const zero = v128.load(zeros);
  const step = <usize>(group * 2);
  let sumLow = i32x4.splat(0);
  let sumHigh = i32x4.splat(0);
  let magnitudeLow = i32x4.splat(0);
  let magnitudeHigh = i32x4.splat(0);
  for (let input = 0; input < inputs; input++) {
    const difference = i16x8.sub(v128.load(from), zero);
    const magnitude = i16x8.abs(difference);
    sumLow = i32x4.add(sumLow, i32x4.extend_low_i16x8_s(difference));
    sumHigh = i32x4.add(sumHigh, i32x4.extend_high_i16x8_s(difference));
    magnitudeLow = i32x4.add(magnitudeLow, i32x4.extend_low_i16x8_s(magnitude));
    magnitudeHigh = i32x4.add(magnitudeHigh, i32x4.extend_high_i16x8_s(magnitude));
    let place = to + <usize>((input / group) * group * 16 + (input % group) * 2);
    v128.store16_lane(place, difference, 0);
    place += step;
    v128.store16_lane(place, difference, 1);
    place += step;
    v128.store16_lane(place, difference, 2);
    place += step;
    v128.store16_lane(place, difference, 3);
    place += step;
    v128.store16_lane(place, difference, 4);
    place += step;
    v128.store16_lane(place, difference, 5);
    place += step;
    v128.store16_lane(place, difference, 6);
    place += step;
    v128.store16_lane(place, difference, 7);
    from += <usize>(outputs * 2);
  }
  v128.store(sums, sumLow);
  v128.store(sums, sumHigh, 16);
  v128.store(magnitudes, magnitudeLow);
  v128.store(magnitudes, magnitudeHigh, 16);
}

/** The last panel, where it is not full. */
function packLanes(
  from: usize,
  inputs: i32,
  outputs: i32,
  zeros: usize,
  group: i32,
  to: usize,
  sums: usize,
  magnitudes: usize,
  lanes: i32,
): void {
  for (let lane = 0; lane < lanes; lane++) {
    const zero = <i32>load<i16>(zeros + <usize>(lane * 2));
    let source = from + <usize>(lane * 2);
    let sum = 0;
    let magnitude = 0;
    for (let input = 0; input < inputs; input++) {
      const difference = <i32>load<i16>(source) - zero;
      sum += difference;
      magnitude += abs(difference);
      const row = (input / group) * group * 8 + lane * group + (input % group);
      store<i16>(to + <usize>(row * 2), <i16>difference);
      source += <usize>(outputs * 2);
    }
    store<i32>(sums + <usize>(lane * 4), sum);
    store<i32>(magnitudes + <usize>(lane * 4), magnitude);
  }
}
