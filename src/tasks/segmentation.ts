/**
 * From a segmenter's coarse logits (section 6.3: one pixel for 8 or 16 of the image) to one class
 * for each pixel of the image. The published graph interpolates all logits to the network's size and
 * takes the largest; here one row is interpolated at a time, at the image's own pixels. Between two
 * neighbouring logit columns all logits are linear, so a class that wins at both ends wins at every
 * pixel between them: only cells on an outline are looked at pixel by pixel.
 */
import { MobileNetError } from "../errors.ts";
import { indexOfLargest } from "../tensor.ts";
import { exponential } from "./class-map/exponential.ts";

/** Logits of one image, `[rows, columns, classes]`. */
export interface LogitMap {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
}

/** Where each row and column of the image lies in the logit map, in logit pixels, ascending. */
export interface LogitPositions {
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

/** The classes of an image's pixels. */
export interface SegmentedPixels {
  /** `[height, width]`: the most likely class; the lowest index among equals. */
  readonly classMap: Uint8Array;
  /** `[height, width]`: that class's probability; where asked for. */
  readonly scoreMap: Float32Array | undefined;
  /** `[classes]`: how many pixels each class has. */
  readonly pixels: Uint32Array;
  /** `[classes]`: the mean probability of a class over its own pixels; 0 where it has none. */
  readonly scores: Float64Array;
}

/** Chooses among logits that an interpolation rounds to whole steps: see rounded-logits.ts. */
export interface RoundedChoice {
  /** A class that is ahead of all others by so much, above 0, is ahead when rounded, too. */
  readonly lead: number;
  /** The class of any pixel, counted in rows and columns of the image. */
  winner(row: number, column: number): number;
}

/** What a segmentation is asked for besides classes, and how it chooses them. */
export interface SegmentationSettings {
  /** Also give each pixel's probability. */
  readonly scoreMap?: boolean | undefined;
  /** The map holds probabilities, which are interpolated as they are. Default: logits of a softmax. */
  readonly probabilities?: boolean | undefined;
  /** Chooses among rounded logits instead; probabilities stay those of the unrounded ones. */
  readonly choice?: RoundedChoice | undefined;
}

/** Stands for a winner where rounding may choose another class on the way to the next column. */
const unsettled = -1;

/** Places before and after a run's sums that steps of four may reach. */
const around = 4;

/** A class this far behind the best in logits adds less than 5e-8 to a softmax's sum. */
const negligible = 17;

/**
 * Assigns every pixel its most likely class.
 *
 * Probabilities leave out classes more than 17 logits behind the best, an error below 1e-5 for up
 * to 256 classes.
 *
 * @throws MobileNetError `invalid-model` where the logits do not fill their shape or hold more than
 * 256 classes.
 *
 * @example
 * ```ts
 * const logits = { data: Float32Array.of(1, 0, 0, 1), rows: 1, columns: 2, classes: 2 };
 * const positions = { rows: Float64Array.of(0), columns: Float64Array.of(0, 0.25, 0.75, 1) };
 * Array.from(segmentLogits(logits, positions).classMap); // [0, 0, 1, 1]
 * ```
 */
export function segmentLogits(
  logits: LogitMap,
  positions: LogitPositions,
  { scoreMap = false, probabilities = false, choice }: SegmentationSettings = {},
): SegmentedPixels {
  checkLogits(logits);
  const height = positions.rows.length;
  const width = positions.columns.length;
  const result: SegmentedPixels = {
    classMap: new Uint8Array(height * width),
    scoreMap: scoreMap ? new Float32Array(height * width) : undefined,
    pixels: new Uint32Array(logits.classes),
    scores: new Float64Array(logits.classes),
  };
  const { classes } = logits;
  const lead = choice?.lead ?? 0;
  const cells = cellsOf(positions.columns, logits.columns);
  const line = new Float32Array(logits.columns * logits.classes);
  const winners = new Int16Array(logits.columns);
  const sums = new Float64Array(width + 2 * around);
  const pixel = new Float32Array(logits.classes);
  for (let y = 0; y < height; y++) {
    interpolateLine(logits, positions.rows[y]!, line);
    for (let column = 0; column < logits.columns; column++) {
      const start = column * classes;
      const best = indexOfLargest(line, start, classes);
      winners[column] = leads(line, { start, classes, best, lead }) ? best : unsettled;
    }
    for (const cell of cells) {
      const end = cell.column + (cell.column + 1 < logits.columns ? 1 : 0);
      const scratch = { sums, pixel };
      const run = { line, cell, end, row: y, width, classes, ...scratch, probabilities, choice };
      const winner = winners[end]!;
      if (winner !== unsettled && winner === winners[cell.column]) fillRun(result, run, winner);
      else traceRun(result, run);
    }
  }
  for (let index = 0; index < logits.classes; index++) {
    const count = result.pixels[index]!;
    if (count > 0) result.scores[index]! /= count;
  }
  return result;
}

/** Evenly spaced pixels of a row that lie between logit columns `column` and `column + 1`. */
export interface Cell {
  readonly column: number;
  readonly from: number;
  readonly to: number;
  /** Where the first pixel lies from the left column to the right one, 0 to 1. */
  readonly first: number;
  /** From one pixel to the next, in the same unit. */
  readonly step: number;
}

/** One cell of one row of the image. */
interface Run {
  readonly line: Float32Array;
  readonly cell: Cell;
  /** The logit column at the cell's right. */
  readonly end: number;
  /** The image's row, and how many pixels it has. */
  readonly row: number;
  readonly width: number;
  readonly classes: number;
  /** Scratch memory: one value for each pixel of the run, from `around` on, and for each class of a pixel. */
  readonly sums: Float64Array;
  readonly pixel: Float32Array;
  readonly probabilities: boolean;
  readonly choice: RoundedChoice | undefined;
}

export function cellsOf(positions: Float64Array, columns: number): readonly Cell[] {
  const cells: Cell[] = [];
  for (let from = 0; from < positions.length; ) {
    const column = Math.min(Math.floor(positions[from]!), columns - 1);
    const step = (positions[from + 1] ?? 0) - positions[from]!;
    let to = from + 1;
    while (
      to < positions.length &&
      Math.floor(positions[to]!) === column &&
      Math.abs(positions[to]! - positions[to - 1]! - step) < 1e-9
    ) {
      to++;
    }
    cells.push({ column, from, to, first: positions[from]! - column, step });
    from = to;
  }
  return cells;
}

/** Writes the logits of all columns at a fractional row into `line`, `[columns, classes]`. */
function interpolateLine(logits: LogitMap, position: number, line: Float32Array): void {
  const row = Math.min(Math.floor(position), logits.rows - 1);
  const next = Math.min(row + 1, logits.rows - 1);
  const fraction = position - row;
  const top = row * line.length;
  const bottom = next * line.length;
  const { data } = logits;
  for (let i = 0; i < line.length; i++) {
    const value = data[top + i]!;
    line[i] = value + (data[bottom + i]! - value) * fraction;
  }
}

/** Whether `best` of so many values from `start` on is ahead of every other by `lead`. */
function leads(
  values: Float32Array,
  race: {
    readonly start: number;
    readonly classes: number;
    readonly best: number;
    readonly lead: number;
  },
): boolean {
  const { start, classes, best, lead } = race;
  if (lead === 0) return true;
  const most = values[start + best]! - lead;
  for (let index = 0; index < classes; index++) {
    if (index !== best && values[start + index]! > most) return false;
  }
  return true;
}

/**
 * A run where one class wins throughout. A rival's logit falls behind the winner's linearly along
 * the run, so its share of the softmax is a geometric series; a rival far behind at both ends is so
 * everywhere between them.
 */
function fillRun(result: SegmentedPixels, run: Run, winner: number): void {
  const { line, cell, classes, sums } = run;
  const left = cell.column * classes;
  const right = run.end * classes;
  const start = run.row * run.width + cell.from;
  const length = cell.to - cell.from;
  result.classMap.fill(winner, start, start + length);
  result.pixels[winner]! += length;
  if (run.probabilities) {
    const from = line[left + winner]!;
    const slope = line[right + winner]! - from;
    for (let i = 0; i < length; i++) {
      const probability = from + slope * (cell.first + cell.step * i);
      result.scores[winner]! += probability;
      if (result.scoreMap !== undefined) result.scoreMap[start + i] = probability;
    }
    return;
  }
  sums.fill(1, around, around + length);
  for (let rival = 0; rival < classes; rival++) {
    const atLeft = line[left + rival]! - line[left + winner]!;
    const atRight = line[right + rival]! - line[right + winner]!;
    if (rival === winner || (atLeft < -negligible && atRight < -negligible)) continue;
    const slope = atRight - atLeft;
    // From the end with the larger share, so that the series only falls: no term overflows, and one
    // that underflows stays 0.
    const rising = slope > 0;
    const from = rising ? cell.first + cell.step * (length - 1) : cell.first;
    addSeries(sums, {
      length,
      rising,
      first: exponential(atLeft + slope * from),
      ratio: exponential(-Math.abs(slope) * cell.step),
    });
  }
  result.scores[winner]! += takeShares(
    sums,
    length,
    result.scoreMap?.subarray(start, start + length),
  );
}

/** Adds a geometric series to so many sums, from the right where it is `rising`, four terms at a time. */
function addSeries(
  sums: Float64Array,
  series: {
    readonly length: number;
    readonly rising: boolean;
    readonly first: number;
    readonly ratio: number;
  },
): void {
  const { length, rising, first, ratio } = series;
  const square = ratio * ratio;
  const fourth = square * square;
  let [a, b] = [first, first * ratio];
  let [c, d] = [a * square, b * square];
  const step = rising ? -1 : 1;
  let at = around + (rising ? length - 1 : 0);
  for (let i = 0; i < length; i += 4) {
    sums[at]! += a;
    sums[at + step]! += b;
    sums[at + 2 * step]! += c;
    sums[at + 3 * step]! += d;
    at += 4 * step;
    a *= fourth;
    b *= fourth;
    c *= fourth;
    d *= fourth;
  }
}

/** The sum of a run's probabilities, 1 / sums, each of which is also written; in four parts. */
function takeShares(sums: Float64Array, length: number, scores: Float32Array | undefined): number {
  sums.fill(Number.POSITIVE_INFINITY, around + length, around + length + 3);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let at = around; at < around + length; at += 4) {
    a += 1 / sums[at]!;
    b += 1 / sums[at + 1]!;
    c += 1 / sums[at + 2]!;
    d += 1 / sums[at + 3]!;
  }
  if (scores !== undefined) {
    for (let i = 0; i < length; i++) scores[i] = 1 / sums[around + i]!;
  }
  return a + c + (b + d);
}

/** A run with an outline in it: every pixel compares all classes. */
function traceRun(result: SegmentedPixels, run: Run): void {
  const { line, cell, classes, pixel, row, choice } = run;
  const left = cell.column * classes;
  const right = run.end * classes;
  for (let x = cell.from; x < cell.to; x++) {
    const fraction = cell.first + cell.step * (x - cell.from);
    for (let index = 0; index < classes; index++) {
      const value = line[left + index]!;
      pixel[index] = value + (line[right + index]! - value) * fraction;
    }
    const best = indexOfLargest(pixel, 0, classes);
    const certain = leads(pixel, { start: 0, classes, best, lead: choice?.lead ?? 0 });
    const winner = certain || choice === undefined ? best : choice.winner(row, x);
    const score = run.probabilities ? pixel[winner]! : softmaxAt(pixel, winner);
    const index = row * run.width + x;
    result.classMap[index] = winner;
    result.pixels[winner]!++;
    result.scores[winner]! += score;
    if (result.scoreMap !== undefined) result.scoreMap[index] = score;
  }
}

function softmaxAt(logits: Float32Array, winner: number): number {
  let sum = 0;
  for (const logit of logits) {
    const gap = logit - logits[winner]!;
    if (gap >= -negligible) sum += exponential(gap);
  }
  return 1 / sum;
}

export function checkLogits({ data, rows, columns, classes }: LogitMap): void {
  if (data.length !== rows * columns * classes || classes < 1 || classes > 256) {
    throw new MobileNetError("invalid-model", "the logits do not fit a class map", {
      expected: `${rows}×${columns} pixels of 1 to 256 classes`,
      received: `${data.length} values for ${classes} classes`,
    });
  }
}
