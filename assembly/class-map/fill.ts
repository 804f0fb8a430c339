/** Runs where one class wins throughout: see fillRun in src/tasks/segmentation.ts. */
import { exponential } from "./exponential";
import { NEGLIGIBLE, rivalsAt } from "./line";
import { Rows } from "./rows";

/** Fills a cell of a row; `at` is its first pixel among the rows. */
export function fillRun(rows: Rows, cell: i32, winner: i32, at: i32, length: i32): void {
  memory.fill(rows.classMap + at, <u8>winner, length);
  const count = rows.pixels + (<usize>winner << 2);
  store<i32>(count, load<i32>(count) + length);
  const classBytes = <usize>rows.classes << 2;
  const left = rows.line + <usize>load<i32>(rows.leftColumns + (<usize>cell << 2)) * classBytes;
  const right = rows.line + <usize>load<i32>(rows.rightColumns + (<usize>cell << 2)) * classBytes;
  const first = load<f64>(rows.firsts + (<usize>cell << 3));
  const step = load<f64>(rows.steps + (<usize>cell << 3));
  const leftBest = load<f32>(left + (<usize>winner << 2));
  const rightBest = load<f32>(right + (<usize>winner << 2));
  const score = rows.scores + (<usize>winner << 3);
  const scoreMap: usize = rows.scoreMap == 0 ? <usize>0 : rows.scoreMap + (<usize>at << 2);
  if (rows.probabilities != 0) {
    const slope = <f64>rightBest - <f64>leftBest;
    for (let i = 0; i < length; i++) {
      const probability = <f64>leftBest + slope * (first + step * <f64>i);
      store<f64>(score, load<f64>(score) + probability);
      if (scoreMap != 0) store<f32>(scoreMap + (<usize>i << 2), <f32>probability);
    }
    return;
  }
  let rivals = false;
  for (let group = 0; group < rows.classes; group += 4) {
    const by = <usize>group << 2;
    let bits = rivalsAt(left + by, leftBest) | rivalsAt(right + by, rightBest);
    while (bits != 0) {
      const rival = group + ctz(bits);
      bits &= bits - 1;
      if (rival == winner || rival >= rows.classes) continue;
      const offset = <usize>rival << 2;
      const atLeft = <f64>load<f32>(left + offset) - <f64>leftBest;
      const atRight = <f64>load<f32>(right + offset) - <f64>rightBest;
      if (atLeft < -NEGLIGIBLE && atRight < -NEGLIGIBLE) continue;
      if (!rivals) {
        rivals = true;
        for (let i = 0; i < length; i++) store<f64>(rows.sums + (<usize>i << 3), 1);
      }
      const slope = atRight - atLeft;
      const from = slope > 0 ? first + step * <f64>(length - 1) : first;
      const shares = f64x2.replace_lane(
        f64x2.splat(atLeft + slope * from),
        1,
        -abs(slope) * step,
      );
      const powers = exponential(shares);
      const share = f64x2.extract_lane(powers, 0);
      const ratio = f64x2.extract_lane(powers, 1);
      if (slope > 0) addRising(rows.sums, length, share, ratio);
      else addFalling(rows.sums, length, share, ratio);
    }
  }
  const total = rivals ? takeShares(rows.sums, length, scoreMap) : <f64>length;
  store<f64>(score, load<f64>(score) + total);
  if (rivals || scoreMap == 0) return;
  for (let i = 0; i < length; i++) store<f32>(scoreMap + (<usize>i << 2), 1);
}

/** Adds a series to a run's sums from the left on, four at a time; what is past its end is nobody's. */
function addFalling(sums: usize, length: i32, share: f64, ratio: f64): void {
  const square = f64x2.splat(ratio * ratio);
  const fourth = f64x2.mul(square, square);
  let a = f64x2.replace_lane(f64x2.splat(share), 1, share * ratio);
  let b = f64x2.mul(a, square);
  for (const end = sums + (<usize>length << 3); sums < end; sums += 32) {
    v128.store(sums, f64x2.add(v128.load(sums), a));
    v128.store(sums, f64x2.add(v128.load(sums, 16), b), 16);
    a = f64x2.mul(a, fourth);
    b = f64x2.mul(b, fourth);
  }
}

/** The same from the right on. */
function addRising(sums: usize, length: i32, share: f64, ratio: f64): void {
  const square = f64x2.splat(ratio * ratio);
  const fourth = f64x2.mul(square, square);
  let a = f64x2.replace_lane(f64x2.splat(share * ratio), 1, share);
  let b = f64x2.mul(a, square);
  let at = sums + (<usize>length << 3);
  for (; at > sums; at -= 32) {
    v128.store(at - 16, f64x2.add(v128.load(at - 16), a));
    v128.store(at - 32, f64x2.add(v128.load(at - 32), b));
    a = f64x2.mul(a, fourth);
    b = f64x2.mul(b, fourth);
  }
}

/** The sum of a run's probabilities, 1 / sums, in four parts. */
function takeShares(sums: usize, length: i32, scoreMap: usize): f64 {
  const end = sums + (<usize>length << 3);
  const infinite = f64x2.splat(Infinity);
  v128.store(end, infinite);
  v128.store(end, infinite, 16);
  const one = f64x2.splat(1);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  for (; sums < end; sums += 32) {
    const a = f64x2.div(one, v128.load(sums));
    const b = f64x2.div(one, v128.load(sums, 16));
    even = f64x2.add(even, a);
    odd = f64x2.add(odd, b);
    if (scoreMap != 0) {
      const floats = v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
      v128.store(scoreMap, floats);
      scoreMap += 16;
    }
  }
  const both = f64x2.add(even, odd);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
