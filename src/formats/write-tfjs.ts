/**
 * Writes TensorFlow.js models: `model.json` with a topology and the manifest of its weights, which lie one
 * after another in shards of 4 MiB, as its converter makes them. Kernels may be stored as halves or as
 * bytes by a scale and a least value; vectors and what is no weight stay as they are.
 */
import { joinBytes } from "../join-bytes.ts";
import type { Shape } from "../tensor.ts";
import { toHalves } from "./half.ts";

/** How kernels are stored. */
export type StoredKernels = "f32" | "f16" | "uint8";

/** A tensor of a file. */
export interface WrittenWeight {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array;
}

const shardBytes = 4 * 2 ** 20;

/**
 * A model's files: `model.json` first.
 *
 * @param content - What `model.json` holds besides the manifest.
 */
export function writeTfjsFiles(
  content: Readonly<Record<string, unknown>>,
  weights: readonly WrittenWeight[],
  kernels: StoredKernels,
): Map<string, Uint8Array> {
  const stored = weights.map((weight) => storedWeight(weight, kernels));
  const bytes = joinBytes(stored.map((weight) => weight.bytes));
  const count = Math.ceil(bytes.length / shardBytes);
  const shards = Array.from({ length: count }, (_, i): [string, Uint8Array] => [
    `group1-shard${i + 1}of${count}.bin`,
    bytes.slice(i * shardBytes, (i + 1) * shardBytes),
  ]);
  const group = {
    paths: shards.map(([path]) => path),
    weights: stored.map((weight) => weight.entry),
  };
  const json = JSON.stringify({ ...content, weightsManifest: [group] });
  return new Map([["model.json", new TextEncoder().encode(json)], ...shards]);
}

interface StoredWeight {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

/** Whether a tensor is a kernel: of a vector, less would be saved than lost. */
export function isKernel(shape: Shape, data: unknown): data is Float32Array {
  return data instanceof Float32Array && shape.length > 1;
}

function storedWeight({ name, shape, data }: WrittenWeight, kernels: StoredKernels): StoredWeight {
  const dtype = data instanceof Float32Array ? "float32" : "int32";
  const entry = { name, shape, dtype };
  if (kernels === "f32" || !isKernel(shape, data)) return { entry, bytes: bytesOf(data) };
  if (kernels === "f16") {
    const quantization = { dtype: "float16" };
    return { entry: { ...entry, quantization }, bytes: bytesOf(toHalves(data)) };
  }
  const { codes, scale, min } = toBytes(data);
  return { entry: { ...entry, quantization: { dtype: "uint8", scale, min } }, bytes: codes };
}

/** Numbers as `code · scale + min`, the codes whole from 0 to 255; one of them is 0 exactly. */
export function toBytes(values: Float32Array): {
  readonly codes: Uint8Array;
  readonly scale: number;
  readonly min: number;
} {
  let [least, greatest] = [0, 0];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const scale = (greatest - least) / 255 || 1;
  const zero = Math.round(-least / scale);
  const codes = Uint8Array.from(values, (value) =>
    Math.min(Math.max(Math.round(value / scale) + zero, 0), 255),
  );
  return { codes, scale, min: -zero * scale };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
