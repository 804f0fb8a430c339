/**
 * Reads the weights of a TensorFlow.js model, graph or layers, from the shards that its manifest names.
 * Where alignment allows, a tensor is a view of its shard; nothing is copied.
 */
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { type ModelFiles, requireFile } from "./files.ts";
import { halfToNumber } from "./half.ts";
import type { WeightEntry, WeightGroup } from "./tfjs-manifest.ts";

/**
 * Every numeric weight by its name in the file. Quantised weights come back as numbers; bool as
 * uint8 (0 or 1); strings and complex numbers are passed over.
 *
 * @param groups - As the manifest has them.
 * @param shards - By their paths in the manifest.
 * @throws MobileNetError `invalid-model` where a shard is missing, short or long.
 *
 * @example
 * ```ts
 * const type = { dtype: "float32", stored: "float32" } as const;
 * const weights = [{ name: "bias", shape: [2], elements: 2, bytes: 8, ...type }];
 * const shards = new Map([["shard.bin", new Uint8Array(Float32Array.of(1, 2).buffer)]]);
 * const tensors = readWeightGroups([{ paths: ["shard.bin"], weights }], shards);
 * Array.from(tensors.get("bias")!.data); // [1, 2]
 * ```
 */
export function readWeightGroups(
  groups: readonly WeightGroup[],
  shards: ModelFiles,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const group of groups) readGroup(shards, group, tensors);
  return tensors;
}

function readGroup(files: ModelFiles, group: WeightGroup, tensors: Map<string, Tensor>): void {
  const shards = new ShardReader(
    group.paths.map((path) => requireFile(files, path)),
    group.paths.join(", "),
  );
  for (const weight of group.weights) {
    const tensor = readWeight(shards, weight);
    if (tensor !== undefined) tensors.set(weight.name, tensor);
  }
  shards.finish();
}

function readWeight(shards: ShardReader, weight: WeightEntry): Tensor | undefined {
  if (weight.dtype === "string") {
    for (let i = 0; i < weight.elements; i++) {
      const length = shards.take(4, weight.name);
      shards.take(new DataView(length.buffer, length.byteOffset).getUint32(0, true), weight.name);
    }
    return undefined;
  }
  const bytes = shards.take(weight.bytes, weight.name);
  if (weight.dtype === "complex64") return undefined;
  const { shape, stored } = weight;
  if (stored === "bool" || (stored === "uint8" && weight.affine === undefined)) {
    return { dtype: "uint8", shape, data: bytes };
  }
  if (stored === "float32") {
    return { dtype: "float32", shape, data: new Float32Array(...aligned(bytes, 4)) };
  }
  if (stored === "int32") {
    return { dtype: "int32", shape, data: new Int32Array(...aligned(bytes, 4)) };
  }
  const values = dequantize(bytes, weight);
  return weight.dtype === "int32"
    ? { dtype: "int32", shape, data: Int32Array.from(values, Math.round) }
    : { dtype: "float32", shape, data: values };
}

/** Stored codes to numbers, rounded to float32 once. */
function dequantize(bytes: Uint8Array, weight: WeightEntry): Float32Array {
  const values = new Float32Array(weight.elements);
  const codes = weight.stored === "uint8" ? bytes : new Uint16Array(...aligned(bytes, 2));
  if (weight.affine === undefined) {
    for (let i = 0; i < values.length; i++) values[i] = halfToNumber(codes[i]!);
    return values;
  }
  const { scale, min } = weight.affine;
  for (let i = 0; i < values.length; i++) values[i] = codes[i]! * scale + min;
  return values;
}

/** The arguments of a typed array over these bytes: a view, or a copy where they are not aligned. */
function aligned(
  bytes: Uint8Array,
  size: number,
): readonly [buffer: ArrayBuffer, offset: number, length: number] {
  // Not slice(): that of a Node Buffer is a view of the same place.
  const at = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return [at.buffer as ArrayBuffer, at.byteOffset, at.byteLength / size];
}

/** Shards as one run of bytes, read in order. */
class ShardReader {
  readonly #shards: readonly Uint8Array[];
  readonly #place: string;
  #shard = 0;
  #offset = 0;
  #left: number;

  constructor(shards: readonly Uint8Array[], place: string) {
    this.#shards = shards;
    this.#place = place.slice(0, 200);
    this.#left = shards.reduce((total, shard) => total + shard.length, 0);
  }

  /** The next bytes: a view where one shard holds them all. Nothing is allocated that is not there. */
  take(length: number, name: string): Uint8Array {
    if (length > this.#left) {
      throw new MobileNetError("invalid-model", `the shards end inside ${name}`, {
        node: this.#place,
        expected: `${length} more bytes`,
        received: quote(this.#left),
        remedy: "A shard is cut short or missing; download the model again.",
      });
    }
    this.#left -= length;
    this.#skipFinished();
    const shard = this.#shards[this.#shard];
    if (shard === undefined) return new Uint8Array(0);
    if (this.#offset + length <= shard.length) {
      this.#offset += length;
      return shard.subarray(this.#offset - length, this.#offset);
    }
    const joined = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      this.#skipFinished();
      const source = this.#shards[this.#shard]!;
      const part = source.subarray(this.#offset, this.#offset + length - filled);
      joined.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
    }
    return joined;
  }

  /** Every byte must belong to a weight. */
  finish(): void {
    if (this.#left > 0) {
      throw new MobileNetError("invalid-model", "the shards are longer than their weights", {
        node: this.#place,
        expected: "no bytes after the last weight",
        received: quote(this.#left),
        remedy: "The shards belong to another model.json; download the model again.",
      });
    }
  }

  #skipFinished(): void {
    while (this.#offset === this.#shards[this.#shard]?.length) {
      this.#shard++;
      this.#offset = 0;
    }
  }
}
