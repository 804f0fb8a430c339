/**
 * What an index says of its pictures: which are copies of each other, and which are nearest to one. Scores
 * are cosines of the angle between vectors, 1 for the same direction, about 0 for pictures that have nothing
 * in common.
 */
import { checkFields, needed, numberFrom, wholeFrom } from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import { checkOptions } from "../option-names.ts";
import { wrongArgument } from "../wrong-argument.ts";
import { type LikenessKind, lengthOf } from "./descriptor.ts";
import { checkIndex, type IndexedPicture, type PictureIndex } from "./picture-index.ts";

/**
 * From here on pictures count as copies. Of layout, no two of 628 different photographs reach it, and
 * copies that were scaled, compressed, brightened or cut by a twentieth do; docs/similar.md has the table.
 */
export const copyThresholds: Readonly<Record<LikenessKind, number>> = {
  layout: 0.7,
  content: 0.8,
};

/** How copies are looked for. */
export interface CopyOptions {
  /** The score from which on two pictures are copies, -1 to 1. Default: 0.7 by layout, 0.8 by content. */
  readonly threshold?: number | undefined;
  /** Cancels the search, which lets the event loop have its turns. */
  readonly signal?: AbortSignal | undefined;
}

/** A picture of a group, and how like the group's first it is. */
export interface CopyOfGroup {
  readonly name: string;
  /** The file's size in bytes. */
  readonly bytes: number;
  /** 1 for the first itself. */
  readonly score: number;
}

/** Copies of each other: the largest file first, then those that are most like it. */
export type CopyGroup = readonly CopyOfGroup[];

/**
 * The copies in an index, in groups: two pictures that score as high as the threshold are in one group, and
 * so is whatever scores so with either.
 *
 * @returns Groups of two pictures or more, the largest first.
 * @throws MobileNetError `invalid-argument`, `aborted`.
 *
 * @example
 * ```ts
 * const maker = { by: "layout", model: "cifar10", identity: "1", dimensions: 2 } as const;
 * const picture = (name: string, ...vector: number[]) => ({
 *   name, bytes: 9, modified: 0, vector: Int8Array.from(vector),
 * });
 * const pictures = [picture("a", 127, 1), picture("b", 1, 127), picture("c", 127, 9)];
 * const [group] = await groupCopies({ maker, pictures });
 * group.map(({ name }) => name); // ["a", "c"]
 * ```
 */
export async function groupCopies(
  index: PictureIndex,
  options: CopyOptions = {},
): Promise<CopyGroup[]> {
  checkIndex(index, "groupCopies");
  checkOptions(options, { threshold: true, signal: true }, "groupCopies");
  checkFields({ threshold: options.threshold }, { threshold: numberFrom(-1, 1) }, "groupCopies");
  const { threshold = copyThresholds[index.maker.by], signal } = options;
  const { pictures } = index;
  const vectors = pictures.map(({ vector }) => prepare(vector));
  const parents = pictures.map((_, i) => i);
  const root = (i: number): number => {
    while (parents[i] !== i) {
      parents[i] = parents[parents[i]!]!;
      i = parents[i]!;
    }
    return i;
  };
  for (let i = 0; i < pictures.length; i++) {
    if (i % 64 === 0) await turn();
    throwIfAborted(signal);
    for (let j = 0; j < i; j++) {
      if (root(i) === root(j)) continue;
      if (scoreAtLeast(vectors[i]!, vectors[j]!, threshold)) parents[root(i)] = root(j);
    }
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < pictures.length; i++) {
    const group = groups.get(root(i));
    if (group === undefined) groups.set(root(i), [i]);
    else group.push(i);
  }
  return [...groups.values()]
    .filter((members) => members.length > 1)
    .map((members) => ordered(members.map((i) => pictures[i]!)))
    .sort((a, b) => b.length - a.length);
}

/** The largest first, the others by how like it they are. */
function ordered(members: readonly IndexedPicture[]): CopyGroup {
  const first = members.reduce((best, one) => (one.bytes > best.bytes ? one : best));
  const others = members
    .filter((one) => one !== first)
    .map(({ name, bytes, vector }) => ({ name, bytes, score: cosine(first.vector, vector) }))
    .sort((a, b) => b.score - a.score);
  return [{ name: first.name, bytes: first.bytes, score: 1 }, ...others];
}

/** How the nearest are looked for. */
export interface NearestOptions {
  /** The most pictures. Default: 5. */
  readonly topK?: number | undefined;
  /** Only those that score as high, -1 to 1. Default: any. */
  readonly threshold?: number | undefined;
}

/** A picture that is near another. */
export interface NearPicture {
  readonly name: string;
  /** -1 to 1. */
  readonly score: number;
}

/**
 * The pictures of an index that are nearest to a vector of the same maker, the nearest first.
 *
 * @param vector - The direction of a picture, as `describe` gives it: `dimensions` bytes.
 * @throws MobileNetError `invalid-argument`.
 *
 * @example
 * ```ts
 * const maker = { by: "layout", model: "cifar10", identity: "1", dimensions: 2 } as const;
 * const pictures = [{ name: "a", bytes: 9, modified: 0, vector: Int8Array.of(127, 0) }];
 * nearestPictures({ maker, pictures }, Int8Array.of(0, 127)); // [{ name: "a", score: 0 }]
 * ```
 */
export function nearestPictures(
  index: PictureIndex,
  vector: Int8Array,
  options: NearestOptions = {},
): NearPicture[] {
  checkIndex(index, "nearestPictures");
  checkOptions(options, { topK: true, threshold: true }, "nearestPictures");
  const { dimensions } = index.maker;
  if (!(vector instanceof Int8Array) || vector.length !== dimensions) {
    throw wrongArgument("nearestPictures", `an Int8Array of ${dimensions} numbers`, vector);
  }
  const { topK = 5, threshold = -1 } = options;
  checkFields(
    { topK, threshold },
    { topK: needed(wholeFrom(1)), threshold: needed(numberFrom(-1, 1)) },
    "nearestPictures",
  );
  return index.pictures
    .map(({ name, vector: other }) => ({ name, score: cosine(vector, other) }))
    .filter(({ score }) => score >= threshold)
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, topK);
}

/** The cosine of the angle between two; 0 where either has no direction. */
function cosine(a: Int8Array, b: Int8Array): number {
  const lengths = lengthOf(a) * lengthOf(b);
  if (lengths === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return Math.min(1, sum / lengths);
}

/** A vector with the lengths of what is left of it from each part on. */
interface Prepared {
  readonly vector: Int8Array;
  readonly rests: Float64Array;
}

/** Numbers that are multiplied before it is asked whether the rest can matter. */
const partSize = 128;

function prepare(vector: Int8Array): Prepared {
  const parts = Math.ceil(vector.length / partSize);
  const rests = new Float64Array(parts + 1);
  for (let part = parts - 1; part >= 0; part--) {
    const own = lengthOf(vector.subarray(part * partSize, (part + 1) * partSize));
    rests[part] = Math.hypot(rests[part + 1]!, own);
  }
  return { vector, rests };
}

/** Whether two score so high; most pairs are told by a part of their numbers. */
function scoreAtLeast(a: Prepared, b: Prepared, threshold: number): boolean {
  const lengths = a.rests[0]! * b.rests[0]!;
  if (lengths === 0) return false;
  const wanted = threshold * lengths;
  let sum = 0;
  for (let part = 0; part < a.rests.length - 1; part++) {
    if (sum + a.rests[part]! * b.rests[part]! < wanted) return false;
    const end = Math.min(a.vector.length, (part + 1) * partSize);
    for (let i = part * partSize; i < end; i++) sum += a.vector[i]! * b.vector[i]!;
  }
  return sum >= wanted;
}

/** Lets the event loop have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
