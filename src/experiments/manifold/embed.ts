/** One run of figure 1: a curve through a random embedding and an activation, and back. */
import { Random } from "../../random.ts";
import {
  type Matrix,
  matrix,
  matrixProduct,
  pseudoInverse,
  transposed,
} from "../linear-algebra.ts";
import { applyActivation, type ManifoldActivation } from "./activations.ts";
import { type Collapse, collapseOf } from "./collapse.ts";

/** So that these streams are nobody else's. */
const streams = 0x6d61;

/** What a run leaves. */
export interface EmbeddedCurve extends Collapse {
  /** The curve projected back into the plane by the embedding's pseudo-inverse: a row for each point. */
  readonly back: Matrix;
  /** `‖back − curve‖ / ‖curve‖`, over all points. */
  readonly error: number;
  /** The same after the shift and the one factor that fit best: shape alone counts. */
  readonly shapeError: number;
  /** The share of channels that are on a flat piece at every point. */
  readonly dead: number;
}

/**
 * Embeds a curve at random and looks at what an activation leaves of it. Equal keys draw equal embeddings
 * for all activations.
 *
 * @param key - The seed, and which run it is.
 */
export function embedCurve(
  curve: Matrix,
  channels: number,
  activation: ManifoldActivation,
  key: { readonly seed: number; readonly run: number },
): EmbeddedCurve {
  const random = new Random(streams, key.seed, channels, key.run);
  const drawn = matrix(channels, 2, () => random.normal());
  const shifts = Float64Array.from({ length: channels }, () => random.normal());
  const raw = matrixProduct(curve, transposed(drawn));
  const scale = activation.rms / rootMeanSquare(raw.data);
  const embedding = matrix(channels, 2, (r, c) => scale * drawn.data[r * 2 + c]!);
  const bias = (channel: number): number =>
    activation.biased ? activation.rms * shifts[channel]! : 0;
  const embedded = matrix(
    curve.rows,
    channels,
    (r, c) => scale * raw.data[r * channels + c]! + bias(c),
  );
  const activated = matrix(
    curve.rows,
    channels,
    (r, c) => applyActivation(activation, embedded.data[r * channels + c]!) - bias(c),
  );
  const back = matrixProduct(activated, transposed(pseudoInverse(embedding)));
  return {
    ...collapseOf(embedded, activation),
    back,
    error: distance(back, curve) / distance(curve),
    shapeError: shapeError(back, curve),
    dead: deadShare(embedded, activation),
  };
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** The Frobenius norm of a difference, or of one matrix. */
function distance(a: Matrix, b?: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - (b?.data[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

function centred({ rows, columns, data }: Matrix): Matrix {
  const means = Float64Array.from({ length: columns }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += data[r * columns + c]!;
    return sum / rows;
  });
  return matrix(rows, columns, (r, c) => data[r * columns + c]! - means[c]!);
}

function shapeError(back: Matrix, curve: Matrix): number {
  const [from, to] = [centred(back), centred(curve)];
  let [product, square] = [0, 0];
  for (const [i, value] of from.data.entries()) {
    product += value * to.data[i]!;
    square += value * value;
  }
  // Of what collapsed to a point, nothing is known but its middle.
  const factor = square === 0 ? 0 : product / square;
  const fitted = matrix(from.rows, 2, (r, c) => factor * from.data[r * 2 + c]!);
  return distance(fitted, to) / distance(to);
}

function deadShare({ rows, columns, data }: Matrix, { kinks, slopes }: ManifoldActivation): number {
  // Flat below the first kink, and above the last one where there are two.
  if (!slopes.includes(0)) return 0;
  const [low = 0, high = Number.POSITIVE_INFINITY] = kinks;
  let dead = 0;
  for (let c = 0; c < columns; c++) {
    let active = false;
    for (let r = 0; r < rows && !active; r++) {
      const value = data[r * columns + c]!;
      active = value > low && value <= high;
    }
    dead += active ? 0 : 1;
  }
  return dead / columns;
}
