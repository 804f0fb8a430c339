/**
 * The loss of a segmenter at the resolution of its input: coarse logits are interpolated to every pixel
 * (section 6.3, in the convention of inference: the outermost centres coincide), and the softmax's cross
 * entropy goes back to them. No map of all classes at full size ever exists.
 *
 * Between two neighbouring logit columns every logit is linear, so its exponential is a geometric series:
 * a run of pixels takes two exponentials a class, whatever its length.
 */
import type { FeatureShape } from "../../graph/ir.ts";
import { inputAxis } from "../../tasks/positions.ts";
import { cellsOf, type LogitPositions } from "../../tasks/segmentation.ts";
import type { Values } from "../values.ts";

/** Logits of a run that differ by more are taken pixel by pixel: a series would leave the doubles' range. */
const widest = 600;

/** The loss of maps of one size; scratch memory is its own, so that one call is at work at a time. */
export class PixelCrossEntropy {
  /** Where the input's rows and columns lie among the logits'. */
  readonly positions: LogitPositions;
  readonly #rows: number;
  readonly #runs: readonly Run[];
  readonly #memory: RunMemory;
  /** Of one sample, `[rows, columns, classes]`. */
  readonly #gradient: Float64Array;

  /** @param logits - `[1, rows, columns, classes]`; `input` the network's, `[1, height, width, 3]`. */
  constructor([, rows, columns, classes]: FeatureShape, [, height, width]: FeatureShape) {
    this.#rows = rows;
    this.positions = {
      rows: inputAxis({ start: 0, length: height, network: height, logits: rows }),
      columns: inputAxis({ start: 0, length: width, network: width, logits: columns }),
    };
    this.#runs = cellsOf(this.positions.columns, columns).map(
      ({ column, from, to, first, step }) => {
        const right = Math.min(column + 1, columns - 1) * classes;
        return { left: column * classes, right, first, step, from, length: to - from };
      },
    );
    const longest = Math.max(...this.#runs.map(({ length }) => length));
    this.#memory = {
      classes,
      line: new Float64Array(columns * classes),
      lineGradient: new Float64Array(columns * classes),
      powers: new Float64Array(classes * longest),
      sums: new Float64Array(longest),
      shares: new Float64Array(longest),
      weights: new Float64Array(longest),
      labels: new Uint8Array(longest),
    };
    this.#gradient = new Float64Array(rows * columns * classes);
  }

  /** The weighted sum of a sample's losses; writes the sample's part of the gradient. */
  sample({ logits, gradient, sample, target, weights }: SampleLoss): number {
    const summed = this.#gradient;
    const { rows, columns } = this.positions;
    const { line, lineGradient } = this.#memory;
    const length = line.length;
    const start = sample * summed.length;
    if (gradient !== undefined) summed.fill(0);
    let total = 0;
    for (let y = 0; y < rows.length; y++) {
      const row = Math.min(Math.floor(rows[y]!), this.#rows - 1);
      const share = rows[y]! - row;
      const top = row * length;
      const bottom = Math.min(row + 1, this.#rows - 1) * length;
      for (let i = 0; i < length; i++) {
        const value = logits[start + top + i]!;
        line[i] = value + (logits[start + bottom + i]! - value) * share;
      }
      lineGradient.fill(0);
      for (const run of this.#runs) {
        const judged = weighPixels(this.#memory, run.length, {
          ...{ target, weights, start: y * columns.length + run.from },
        });
        if (judged) total += runLoss(this.#memory, run, gradient !== undefined);
      }
      if (gradient === undefined) continue;
      for (let i = 0; i < length; i++) {
        const slope = lineGradient[i]!;
        summed[top + i]! += slope * (1 - share);
        summed[bottom + i]! += slope * share;
      }
    }
    gradient?.set(summed, start);
    return total;
  }
}

/** A sample of a batch. */
export interface SampleLoss {
  /** Of the batch. */
  readonly logits: Values;
  readonly gradient: Values | undefined;
  /** Which of the batch it is. */
  readonly sample: number;
  /** The class of every pixel of the input. */
  readonly target: Uint8Array;
  /** How much a pixel counts by the value in `target`, 256 values. */
  readonly weights: Float64Array;
}

/** Evenly spaced pixels of a row between two logit columns. */
interface Run {
  /** Where the columns' logits start in the line. */
  readonly left: number;
  readonly right: number;
  /** Where the first pixel lies from left to right, 0 to 1, and how far the next is. */
  readonly first: number;
  readonly step: number;
  /** The first pixel's column, and how many there are. */
  readonly from: number;
  readonly length: number;
}

/** Memory of one row and of one run. */
interface RunMemory {
  readonly classes: number;
  /** `[columns, classes]`: the logits at a row of the input, and their gradients. */
  readonly line: Float64Array;
  readonly lineGradient: Float64Array;
  /** `[classes, pixels]`: e to the logits less the largest. */
  readonly powers: Float64Array;
  /** `[pixels]`: over all classes. */
  readonly sums: Float64Array;
  /** `[pixels]`: the weight of a pixel by its sum. */
  readonly shares: Float64Array;
  /** `[pixels]`: how much each counts, and its class. */
  readonly weights: Float64Array;
  readonly labels: Uint8Array;
}

/** Looks up the classes of so many pixels from `start` on and their weights; says whether any counts. */
function weighPixels(
  memory: RunMemory,
  length: number,
  { target, weights, start }: Pick<SampleLoss, "target" | "weights"> & { readonly start: number },
): boolean {
  let any = 0;
  for (let i = 0; i < length; i++) {
    const label = target[start + i]!;
    const weight = weights[label]!;
    memory.labels[i] = label;
    memory.weights[i] = weight;
    any += weight;
  }
  return any > 0;
}

/** A run's weighted loss; adds its gradient to the line's where that is wanted. */
function runLoss(memory: RunMemory, run: Run, backward: boolean): number {
  const { left, right, first, step, length } = run;
  const { classes, line, lineGradient, powers, sums, shares, weights, labels } = memory;
  let mostLeft = line[left]!;
  let mostRight = line[right]!;
  let least = Math.min(mostLeft, mostRight);
  for (let c = 1; c < classes; c++) {
    const a = line[left + c]!;
    const b = line[right + c]!;
    mostLeft = Math.max(mostLeft, a);
    mostRight = Math.max(mostRight, b);
    least = Math.min(least, a, b);
  }
  // Their logits less a line between the largest at both ends are at most 0, so that no power overflows.
  let rise = mostRight - mostLeft;
  let base = mostLeft + rise * first;
  if (Math.max(mostLeft, mostRight) - least > widest) {
    if (length > 1) return singly(memory, run, backward);
    rise = 0;
    base = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      const value = line[left + c]!;
      base = Math.max(base, value + (line[right + c]! - value) * first);
    }
  }
  for (let i = 0; i < length; i++) sums[i] = 0;
  for (let c = 0; c < classes; c++) {
    const value = line[left + c]!;
    const slope = line[right + c]! - value;
    let power = Math.exp(value + slope * first - base);
    const ratio = length > 1 ? Math.exp((slope - rise) * step) : 1;
    const at = c * length;
    for (let i = 0; i < length; i++) {
      powers[at + i] = power;
      sums[i]! += power;
      power *= ratio;
    }
  }
  let total = 0;
  for (let i = 0; i < length; i++) {
    const weight = weights[i]!;
    shares[i] = weight / sums[i]!;
    if (weight === 0) continue;
    const label = labels[i]!;
    const fraction = first + step * i;
    const value = line[left + label]!;
    const logit = value + (line[right + label]! - value) * fraction;
    total += weight * (Math.log(sums[i]!) + base + rise * step * i - logit);
    if (!backward) continue;
    lineGradient[left + label]! -= weight * (1 - fraction);
    lineGradient[right + label]! -= weight * fraction;
  }
  if (!backward) return total;
  for (let c = 0; c < classes; c++) {
    const at = c * length;
    let whole = 0;
    let moved = 0;
    for (let i = 0; i < length; i++) {
      const probability = powers[at + i]! * shares[i]!;
      whole += probability;
      moved += probability * i;
    }
    const toRight = whole * first + moved * step;
    lineGradient[left + c]! += whole - toRight;
    lineGradient[right + c]! += toRight;
  }
  return total;
}

/** A run whose pixels are taken one by one. */
function singly(memory: RunMemory, run: Run, backward: boolean): number {
  const weights = memory.weights.slice(0, run.length);
  const labels = memory.labels.slice(0, run.length);
  let total = 0;
  for (let i = 0; i < run.length; i++) {
    if (weights[i] === 0) continue;
    memory.weights[0] = weights[i]!;
    memory.labels[0] = labels[i]!;
    total += runLoss(memory, { ...run, first: run.first + run.step * i, length: 1 }, backward);
  }
  return total;
}
