/**
 * What of a curve in the plane an activation of its embedding collapses, exactly, without a tolerance.
 *
 * A channel is active at a point where the activation's slope is not 0 there. Where at least two channels
 * are active, the plane around the point goes through unharmed: random channels are independent, so that
 * two of them tell every point from every other. Where it is one, the plane is flattened to a line, and
 * where it is none to a point: such points are **flattened**. A point is **coinciding** where another point
 * of the curve has the same image. That takes equal values in all channels, and so the same active
 * channels on the same pieces; it happens to flattened points alone, and to those among them whose line
 * other parts of the curve cross. The curve is the chain of straight lines between its points.
 */
import type { Matrix } from "../linear-algebra.ts";
import { type ManifoldActivation, pieceOf } from "./activations.ts";

/** What becomes of each point. */
export interface Collapse {
  /** 1 for points around which the plane is flattened. */
  readonly flattened: Uint8Array;
  /** 1 for points whose image another point of the curve has, too. */
  readonly coinciding: Uint8Array;
}

/** A stretch of the curve on which the same single channel is active, or none. */
interface Stretch {
  readonly segment: number;
  /** The active channel's values at its ends; of none both are 0. */
  readonly low: number;
  readonly high: number;
}

/**
 * Looks at every point of an embedded curve.
 *
 * @param embedded - What goes into the activation: a row for each point, a column for each channel.
 */
export function collapseOf(embedded: Matrix, activation: ManifoldActivation): Collapse {
  const { rows, columns, data } = embedded;
  const flattened = new Uint8Array(rows);
  const coinciding = new Uint8Array(rows);
  if (!activation.slopes.includes(0)) return { flattened, coinciding };
  const stretches = new Map<string, Stretch[]>();
  const channel = new Int32Array(rows).fill(-1);
  const keys: string[] = new Array(rows).fill("");
  const at = (row: number, column: number): number => data[row * columns + column]!;
  for (let row = 0; row < rows; row++) {
    const found = activeChannels((column) => at(row, column), columns, activation);
    if (found.count >= 2) continue;
    flattened[row] = 1;
    channel[row] = found.last;
    keys[row] = keyOf((column) => at(row, column), columns, activation);
  }
  for (let segment = 0; segment < rows - 1; segment++) {
    const cuts = cutsOf(embedded, segment, activation);
    // On one piece from end to end: what holds at a point of it holds on all of it.
    if (cuts.length === 2 && flattened[segment] === 0 && flattened[segment + 1] === 0) continue;
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [from, to] = [cuts[i]!, cuts[i + 1]!];
      const along = (share: number) => (column: number) =>
        at(segment, column) + share * (at(segment + 1, column) - at(segment, column));
      const middle = along((from + to) / 2);
      const { count, last } = activeChannels(middle, columns, activation);
      if (count >= 2) continue;
      const ends = count === 0 ? [0, 0] : [along(from)(last), along(to)(last)];
      const key = keyOf(middle, columns, activation);
      const stretch = { segment, low: Math.min(...ends), high: Math.max(...ends) };
      const alike = stretches.get(key);
      if (alike === undefined) stretches.set(key, [stretch]);
      else alike.push(stretch);
    }
  }
  for (let row = 0; row < rows; row++) {
    if (flattened[row] === 0) continue;
    const active = channel[row]!;
    const others = stretches.get(keys[row]!) ?? [];
    // Where nothing is active, all that is around the point has its image.
    if (active < 0) coinciding[row] = others.length > 0 ? 1 : 0;
    else {
      const value = at(row, active);
      const meets = ({ segment, low, high }: Stretch): boolean =>
        // The two lines that end in the point have no other point in common with it.
        segment !== row && segment !== row - 1 && low <= value && value <= high;
      coinciding[row] = others.some(meets) ? 1 : 0;
    }
  }
  return { flattened, coinciding };
}

function activeChannels(
  channelAt: (column: number) => number,
  columns: number,
  activation: ManifoldActivation,
): { readonly count: number; readonly last: number } {
  let [count, last] = [0, -1];
  for (let column = 0; column < columns && count < 2; column++) {
    if (activation.slopes[pieceOf(activation, channelAt(column))] === 0) continue;
    count++;
    last = column;
  }
  return { count, last };
}

/** On which piece each channel is. */
function keyOf(
  channelAt: (column: number) => number,
  columns: number,
  activation: ManifoldActivation,
): string {
  let key = "";
  for (let column = 0; column < columns; column++) key += pieceOf(activation, channelAt(column));
  return key;
}

/** Where along a line, from 0 to 1, a channel comes to another piece; with both ends. */
function cutsOf(
  { columns, data }: Matrix,
  segment: number,
  { kinks }: ManifoldActivation,
): readonly number[] {
  let cuts = ends;
  for (let column = 0; column < columns; column++) {
    const start = data[segment * columns + column]!;
    const end = data[(segment + 1) * columns + column]!;
    for (let i = 0; i < kinks.length; i++) {
      const kink = kinks[i]!;
      if (start < kink === end < kink) continue;
      cuts = [...cuts, (kink - start) / (end - start)];
    }
  }
  return cuts === ends ? cuts : [...cuts].sort((a, b) => a - b);
}

const ends: readonly number[] = [0, 1];
