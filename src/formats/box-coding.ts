/**
 * How a graph of others makes boxes of its encodings: found by trying. Encodings of zeros give the
 * anchors, others the divisors, and random ones have to give what those anchors and divisors give.
 */
import type { DetectionSettings } from "../models/model.ts";
import { Random } from "../random.ts";
import { isNumberIn } from "../untrusted.ts";

/** More anchors than any detector has: what has more is not tried. */
export const mostTriedAnchors = 200_000;

/** What makes boxes of encodings. */
export interface BoxCoding extends Pick<DetectionSettings, "boxCoder"> {
  readonly anchors: { readonly boxes: Float32Array };
  /** Whether encodings have the horizontal before the vertical, as PyTorch's detectors do. */
  readonly xFirst: boolean;
  /** Whether it shows which side is which: nothing in the arithmetic tells them apart. */
  readonly isSure: boolean;
}

/** What of a graph is boxes, by whatever it calls its tensors. */
type Boxes<Key> = ReadonlyMap<Key, ArrayLike<number>>;

/**
 * The coding of a graph.
 *
 * @param count - Of encodings: four for each anchor.
 * @param compute - The tensors of `count` numbers that may be corners, made of some encodings.
 * @param isEitherOrder - Whether corners and encodings may have their horizontal numbers first.
 */
export function codingOf<Key>(
  count: number,
  compute: (encodings: Float32Array) => Boxes<Key>,
  { isEitherOrder = false }: { readonly isEitherOrder?: boolean } = {},
): BoxCoding | undefined {
  const random = new Random(1);
  const others = Float32Array.from({ length: count }, () => random.between(-1, 1));
  const atZero = compute(new Float32Array(count));
  if (atZero.size === 0) return undefined;
  const atOne = compute(new Float32Array(count).fill(1));
  const atOthers = compute(others);
  const orders = isEitherOrder ? [false, true] : [false];
  for (const [key, zeros] of atZero) {
    const [ones, boxes] = [atOne.get(key), atOthers.get(key)];
    if (ones === undefined || boxes === undefined) continue;
    const found = solve(zeros, ones);
    if (found === undefined) continue;
    const faster = isEitherOrder ? fasterSide(found.anchors.boxes) : 1;
    const turn = (numbers: ArrayLike<number>) => (faster === 0 ? turned(numbers) : numbers);
    const coding = faster === 0 ? solve(turn(zeros), turn(ones)) : found;
    if (coding === undefined) continue;
    const xFirst = orders.find((encodingsTurned) => {
      const encodings = encodingsTurned ? turned(others) : others;
      return agrees(coding, encodings, turn(boxes));
    });
    if (xFirst !== undefined) return { ...coding, xFirst, isSure: faster !== undefined };
  }
  return undefined;
}

/** Which of the centres' two numbers changes more often: x does, since cells are listed row by row. */
function fasterSide(boxes: Float32Array): 0 | 1 | undefined {
  const changes = [0, 0];
  for (let i = 4; i < boxes.length; i += 4) {
    for (const side of [0, 1] as const) {
      if (Math.abs(boxes[i + side]! - boxes[i + side - 4]!) > 1e-5) changes[side]!++;
    }
  }
  const [first = 0, second = 0] = changes;
  return first === second ? undefined : first > second ? 0 : 1;
}

/** Pairs the other way round: y before x. */
function turned(numbers: ArrayLike<number>): Float32Array {
  return Float32Array.from(numbers, (_, i) => numbers[i ^ 1]!);
}

type Solved = Omit<BoxCoding, "xFirst" | "isSure">;

/** Centre and size of corners: centre y, centre x, height, width. */
function centred(corners: ArrayLike<number>, i: number): readonly [number, number, number, number] {
  const [top, left, bottom, right] = [0, 1, 2, 3].map((k) => corners[i + k]!) as [
    number,
    number,
    number,
    number,
  ];
  return [(top + bottom) / 2, (left + right) / 2, bottom - top, right - left];
}

/** Anchors from encodings of zeros, divisors from encodings of ones. */
function solve(zeros: ArrayLike<number>, ones: ArrayLike<number>): Solved | undefined {
  const boxes = new Float32Array(zeros.length);
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < zeros.length; i += 4) {
    const anchor = centred(zeros, i);
    const moved = centred(ones, i);
    boxes.set(anchor, i);
    sums[0]! += (moved[0] - anchor[0]) / anchor[2];
    sums[1]! += (moved[1] - anchor[1]) / anchor[3];
    sums[2]! += Math.log(moved[2] / anchor[2]);
    sums[3]! += Math.log(moved[3] / anchor[3]);
  }
  const divisors = sums.map((sum) => tidy(zeros.length / 4 / sum));
  if (divisors.some((divisor) => !(divisor > 1e-3 && divisor < 1e3))) return undefined;
  return { anchors: { boxes }, boxCoder: divisors as [number, number, number, number] };
}

/** The whole number that a divisor is to float32's precision, where it is one. */
function tidy(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-3 * whole ? whole : value;
}

/** Whether encodings give these corners. */
function agrees(
  { anchors: { boxes }, boxCoder: [y, x, height, width] }: Solved,
  encodings: ArrayLike<number>,
  corners: ArrayLike<number>,
): boolean {
  for (let i = 0; i < boxes.length; i += 4) {
    const [h, w] = [boxes[i + 2]!, boxes[i + 3]!];
    const middle = [
      (encodings[i]! / y) * h + boxes[i]!,
      (encodings[i + 1]! / x) * w + boxes[i + 1]!,
    ];
    const size = [
      Math.exp(encodings[i + 2]! / height) * h,
      Math.exp(encodings[i + 3]! / width) * w,
    ];
    for (const [axis, centre] of middle.entries()) {
      const half = size[axis]! / 2;
      const apart = [
        corners[i + axis]! - (centre - half),
        corners[i + 2 + axis]! - (centre + half),
      ];
      if (!apart.every((difference) => Math.abs(difference) < 1e-4)) return false;
    }
  }
  return boxes.length > 0;
}

/** What a graph says of how boxes suppress each other. */
export interface SuppressionSaid {
  readonly score: number | undefined;
  readonly overlap: number | undefined;
  readonly total: number | undefined;
  readonly perClass: number | undefined;
}

/** What is usual where a graph says nothing. */
const usual = { scoreThreshold: 0.5, iouThreshold: 0.6, maxDetections: 100 } as const;

/** The settings that a graph's numbers are, with what is usual for the rest, and that in words. */
export function suppressionSettings(said: SuppressionSaid): {
  readonly settings: Pick<
    DetectionSettings,
    "scoreThreshold" | "iouThreshold" | "maxDetections" | "maxPerClass"
  >;
  readonly assumed: readonly string[];
} {
  const within = (value: number | undefined): number | undefined =>
    isNumberIn(value, 0, 1) ? value : undefined;
  const count = (value: number | undefined): number | undefined =>
    value !== undefined && Number.isInteger(value) && value >= 1 ? value : undefined;
  const [score, overlap] = [within(said.score), within(said.overlap)];
  const [total, perClass] = [count(said.total), count(said.perClass)];
  const parts: readonly (string | false)[] = [
    score === undefined && `scores above ${usual.scoreThreshold} count`,
    overlap === undefined && `boxes of a class overlap by ${usual.iouThreshold} at most`,
    (total ?? perClass) === undefined && `at most ${usual.maxDetections} objects are found`,
  ];
  return {
    settings: {
      scoreThreshold: score ?? usual.scoreThreshold,
      iouThreshold: overlap ?? usual.iouThreshold,
      maxDetections: total ?? perClass ?? usual.maxDetections,
      ...(perClass === undefined ? {} : { maxPerClass: perClass }),
    },
    assumed: parts.filter((part) => part !== false),
  };
}
