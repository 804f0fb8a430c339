/** Runs with an outline in them: see traceRun in src/tasks/segmentation.ts. */
import { exponentialOf } from "./exponential";
import { NEGLIGIBLE, indexOfLargest, interpolate, leads, rivalsAt } from "./line";
import { Rows } from "./rows";

/** The class of a pixel that rounding decides, by its row and column in the picture. */
@external("choice", "winner")
declare function chooseWinner(row: i32, column: i32): i32;

/** Compares all classes at every pixel of a cell; `at` is its first pixel among the rows. */
export function traceRun(rows: Rows, cell: i32, row: i32, at: i32): void {
  const classes = rows.classes;
  const pixel = rows.pixel;
  const classBytes = <usize>classes << 2;
  const left = rows.line + <usize>load<i32>(rows.leftColumns + (<usize>cell << 2)) * classBytes;
  const right = rows.line + <usize>load<i32>(rows.rightColumns + (<usize>cell << 2)) * classBytes;
  const first = load<f64>(rows.firsts + (<usize>cell << 3));
  const step = load<f64>(rows.steps + (<usize>cell << 3));
  const from = load<i32>(rows.starts + (<usize>cell << 2));
  const to = load<i32>(rows.starts + (<usize>cell << 2), 4);
  const lead = load<f64>(rows.lead);
  for (let x = from; x < to; x++) {
    interpolate(left, right, first + step * <f64>(x - from), pixel, classes);
    let winner = indexOfLargest(pixel, classes);
    if (lead != 0 && !leads(pixel, classes, winner, lead)) winner = chooseWinner(row, x);
    const best = load<f32>(pixel + (<usize>winner << 2));
    const score = rows.probabilities != 0 ? <f64>best : softmaxAt(pixel, classes, best);
    store<u8>(rows.classMap + at, <u8>winner);
    const count = rows.pixels + (<usize>winner << 2);
    store<i32>(count, load<i32>(count) + 1);
    const scores = rows.scores + (<usize>winner << 3);
    store<f64>(scores, load<f64>(scores) + score);
    if (rows.scoreMap != 0) store<f32>(rows.scoreMap + (<usize>at << 2), <f32>score);
    at++;
  }
}

function softmaxAt(pixel: usize, classes: i32, best: f32): f64 {
  let sum: f64 = 0;
  for (let group = 0; group < classes; group += 4) {
    let bits = rivalsAt(pixel + (<usize>group << 2), best);
    while (bits != 0) {
      const index = group + ctz(bits);
      bits &= bits - 1;
      if (index >= classes) continue;
      const gap = <f64>load<f32>(pixel + (<usize>index << 2)) - <f64>best;
      if (gap >= -NEGLIGIBLE) sum += exponentialOf(gap);
    }
  }
  return 1 / sum;
}
