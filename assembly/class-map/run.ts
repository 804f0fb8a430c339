/**
 * From logits to one class for each pixel of a picture's rows: the same operations in the same order and
 * precision as src/tasks/segmentation.ts, so that the bits are its own.
 */
import { fillRun } from "./fill";
import { indexOfLargest, interpolate, leads } from "./line";
import { Rows } from "./rows";
import { traceRun } from "./trace";

/** Stands for a winner where rounding may choose another class on the way to the next column. */
const UNSETTLED: i32 = -1;

/** Classes, counts and probabilities of some rows. */
export function run(rows: Rows): void {
  const classes = rows.classes;
  const lead = load<f64>(rows.lead);
  for (let row = 0; row < rows.rows; row++) {
    const fraction = load<f64>(rows.fractions + (<usize>row << 3));
    interpolate(rows.top, rows.bottom, fraction, rows.line, rows.columns * classes);
    for (let column = 0; column < rows.columns; column++) {
      const values = rows.line + (<usize>(column * classes) << 2);
      const best = indexOfLargest(values, classes);
      const settled = lead == 0 || leads(values, classes, best, lead);
      store<i32>(rows.winners + (<usize>column << 2), settled ? best : UNSETTLED);
    }
    for (let cell = 0; cell < rows.cells; cell++) {
      const by = <usize>cell << 2;
      const from = load<i32>(rows.starts + by);
      const at = row * rows.width + from;
      const winner = winnerAt(rows, load<i32>(rows.rightColumns + by));
      if (winner != UNSETTLED && winner == winnerAt(rows, load<i32>(rows.leftColumns + by))) {
        fillRun(rows, cell, winner, at, load<i32>(rows.starts + by, 4) - from);
      } else {
        traceRun(rows, cell, rows.firstRow + row, at);
      }
    }
  }
}

function winnerAt(rows: Rows, column: i32): i32 {
  return load<i32>(rows.winners + (<usize>column << 2));
}
