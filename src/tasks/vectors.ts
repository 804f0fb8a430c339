/** Arithmetic with embeddings for callers, whose vectors may be anything. */
import { MobileNetError } from "../errors.ts";
import { detachedWords, fieldsOf, isDetached, wrongArgument } from "../wrong-argument.ts";
import { dot, unitVector } from "./embedding.ts";

/**
 * The vector of length 1 in the same direction; a zero vector stays zero.
 *
 * @throws MobileNetError `invalid-argument` for what is no Float32Array.
 *
 * @example
 * ```ts
 * Array.from(l2Normalize(Float32Array.of(0, 4))); // [0, 1]
 * ```
 */
export function l2Normalize(vector: Float32Array): Float32Array {
  if (vector instanceof Float32Array) {
    refuseMoved(vector, "l2Normalize");
    return unitVector(vector);
  }
  throw wrongArgument("l2Normalize", "a Float32Array, as embed gives", vector);
}

/**
 * The cosine of the angle between two vectors: 1 for the same direction, 0 for unrelated ones, −1
 * for opposite ones. A zero vector is unrelated to every other.
 *
 * @throws MobileNetError `invalid-argument` where the vectors differ in length, or are none.
 *
 * @example
 * ```ts
 * cosineSimilarity([1, 0], [0, 2]); // 0
 * ```
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (const vector of [a, b]) checkVector(vector, "cosineSimilarity");
  if (a.length !== b.length) {
    throw new MobileNetError("invalid-argument", "the vectors differ in length", {
      expected: `${a.length}`,
      received: `${b.length}`,
      remedy: "Compare embeddings of the same model.",
    });
  }
  const [x, y] = [largestToOne(a), largestToOne(b)];
  const lengths = Math.sqrt(dot(x, x)) * Math.sqrt(dot(y, y));
  if (lengths === 0) return 0;
  return Math.min(Math.max(dot(x, y) / lengths, -1), 1);
}

/** Refuses what is no list of numbers. */
function checkVector(vector: unknown, call: string): void {
  if (ArrayBuffer.isView(vector)) refuseMoved(vector, call);
  const { length } = fieldsOf(vector);
  if (typeof length === "number" && Number.isSafeInteger(length) && length >= 0) {
    const values = vector as ArrayLike<unknown>;
    let numbers = 0;
    while (numbers < length && typeof values[numbers] === "number") numbers++;
    if (numbers === length) return;
  }
  throw wrongArgument(call, "two arrays of numbers, as embed gives", vector);
}

/** Refuses what another thread has now. */
function refuseMoved(vector: ArrayBufferView, call: string): void {
  if (isDetached(vector)) throw wrongArgument(call, "a vector in memory", detachedWords);
}

/** The vector with its largest value at 1 or −1, whose squares neither vanish nor overflow. */
function largestToOne(vector: ArrayLike<number>): ArrayLike<number> {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  return largest === 0 ? vector : Float64Array.from(vector, (value) => value / largest);
}
