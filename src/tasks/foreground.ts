/**
 * How likely each pixel is one of some classes, for masks with soft edges: the log odds of these classes
 * against all others are taken where the network has logits and interpolated between, so that a pixel
 * costs one exponential, whatever the number of classes.
 */
import { isForeground } from "../image/background-label.ts";
import { badValue } from "../wrong-argument.ts";
import { classOf } from "./class-of.ts";
import type { LogitMap, LogitPositions } from "./segmentation.ts";

/**
 * The classes that a call names as foreground.
 *
 * @throws MobileNetError `invalid-argument` for another value or an unknown class.
 */
export function foregroundClasses(
  foreground: unknown,
  labels: readonly string[],
): ReadonlySet<number> | undefined {
  if (foreground === undefined) return undefined;
  if (foreground === true) {
    return new Set([...labels.keys()].filter((index) => isForeground(index, labels[index])));
  }
  if (!Array.isArray(foreground) || foreground.length === 0) {
    throw badValue("bad foreground", "true or a list of labels or indices", foreground);
  }
  return new Set(foreground.map((name: unknown) => classOf(name, labels)));
}

/** Log odds beyond which a probability is 0 or 1 in float32, nearly. */
const mostOdds = 20;

/** `height × width`: the probability of the foreground. */
export function foregroundMap(
  { data, rows, columns, classes }: LogitMap,
  positions: LogitPositions,
  settings: { readonly foreground: ReadonlySet<number>; readonly probabilities: boolean },
): Float32Array {
  const odds = new Float32Array(rows * columns);
  for (let place = 0; place < odds.length; place++) {
    const values = data.subarray(place * classes, (place + 1) * classes);
    odds[place] = logOdds(values, settings);
  }
  const [height, width] = [positions.rows.length, positions.columns.length];
  const map = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between(positions.rows[y]!, rows);
    for (let x = 0; x < width; x++) {
      const [left, right, across] = between(positions.columns[x]!, columns);
      const above =
        odds[top * columns + left]! * (1 - across) + odds[top * columns + right]! * across;
      const below =
        odds[bottom * columns + left]! * (1 - across) + odds[bottom * columns + right]! * across;
      map[y * width + x] = 1 / (1 + Math.exp(-(above * (1 - down) + below * down)));
    }
  }
  return map;
}

function between(position: number, count: number): readonly [number, number, number] {
  const low = Math.min(Math.floor(position), count - 1);
  return [low, Math.min(low + 1, count - 1), position - low];
}

function logOdds(
  values: Float32Array,
  {
    foreground,
    probabilities,
  }: { readonly foreground: ReadonlySet<number>; readonly probabilities: boolean },
): number {
  const most = probabilities ? 0 : Math.max(...values);
  let [inside, outside] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    const share = probabilities ? values[index]! : Math.exp(values[index]! - most);
    if (foreground.has(index)) inside += share;
    else outside += share;
  }
  return Math.min(Math.max(Math.log(inside) - Math.log(outside), -mostOdds), mostOdds);
}
