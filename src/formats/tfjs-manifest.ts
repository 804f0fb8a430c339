/**
 * The weights manifest of a TensorFlow.js `model.json`: which shards there are and which tensors lie
 * in them, one after another. Everything in it is untrusted; after this file shapes are whole
 * numbers with a bounded product, paths stay in the model's folder and types are known.
 */
import type { Shape } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { invalidModel, isRecord, isSafePath } from "./files.ts";

/** Bytes per element of what a shard may hold; strings carry their own lengths. */
const elementBytes = {
  float32: 4,
  int32: 4,
  uint8: 1,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  string: 0,
} as const;

/** How elements lie in a shard. */
export type StoredType = keyof typeof elementBytes;

const weightTypes: readonly StoredType[] = [
  "float32",
  "int32",
  "uint8",
  "bool",
  "complex64",
  "string",
];
const quantizedTypes: readonly StoredType[] = ["uint8", "uint16", "float16"];

/** One tensor of a shard group. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: Shape;
  /** Product of the shape. */
  readonly elements: number;
  /** The type the tensor has once read. */
  readonly dtype: StoredType;
  /** The type its elements have in the shard. */
  readonly stored: StoredType;
  /** Bytes in the shard; 0 for strings, whose lengths are in the data. */
  readonly bytes: number;
  /** `value = stored · scale + min`, where stored as uint8 or uint16. */
  readonly affine?: { readonly scale: number; readonly min: number };
}

/** Shards whose concatenation holds the weights in order. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

/** A dozen times the largest network of this family, in the shards or as 32-bit numbers. */
const mostBytes = 256 * 2 ** 20;

/** Of one tensor; each element takes 4 bytes once read. */
const mostElements: number = mostBytes / 4;

/** Exporters split weights into shards of 4 MB: several times what `mostBytes` makes of that. */
const mostShards = 1024;

/**
 * The groups of a parsed `model.json`.
 *
 * @param file - The path of the manifest, for errors.
 * @throws MobileNetError `invalid-model` naming the weight and what is wrong with it, or where all
 *   weights together are far larger than any network of this family.
 */
export function parseManifest(model: unknown, file: string): readonly WeightGroup[] {
  const { weightsManifest: groups } = isRecord(model) ? model : {};
  if (!Array.isArray(groups)) {
    throw invalidModel(file, "not a TensorFlow.js model", "a list weightsManifest", typeof groups);
  }
  const seen = new Set<string>();
  const once = (kind: string, name: string): string => {
    if (seen.has(`${kind} ${name}`))
      throw invalidModel(file, `a ${kind} is listed twice`, "once", name);
    seen.add(`${kind} ${name}`);
    return name;
  };
  let totalBytes = 0;
  let shards = 0;
  return groups.map((group: unknown) => {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) {
      throw invalidModel(
        file,
        "a group of weights is malformed",
        "lists paths and weights",
        "others",
      );
    }
    return {
      paths: paths.map((given: unknown) => {
        // Written by hand or by a script, a path may begin with the folder itself.
        const path = typeof given === "string" ? given.replace(/^(\.\/)+/, "") : given;
        if (typeof path !== "string" || !isSafePath(path)) {
          const expected = "a relative path inside the model's folder";
          throw invalidModel(file, "a shard path is not allowed", expected, quote(given));
        }
        if (++shards > mostShards) {
          throw invalidModel(file, "too many shards", `at most ${mostShards}`, "more");
        }
        return once("shard", path);
      }),
      weights: weights.map((weight: unknown) => {
        const entry = parseWeight(weight, file);
        once("weight", entry.name);
        totalBytes += Math.max(entry.bytes, 4 * entry.elements);
        if (totalBytes > mostBytes) {
          const expected = `at most ${mostBytes} bytes in all`;
          throw invalidModel(file, "the weights are too large", expected, `${totalBytes} or more`);
        }
        return entry;
      }),
    };
  });
}

function parseWeight(weight: unknown, file: string): WeightEntry {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {};
  if (typeof name !== "string" || name === "") {
    throw invalidModel(file, "a weight has no name", "text", quote(name));
  }
  const node = `${file}: ${name}`;
  if (!isType(dtype, weightTypes)) {
    throw invalidModel(node, "unknown dtype", weightTypes.join(", "), quote(dtype));
  }
  const [dimensions, elements] = parseShape(shape, node);
  const base = { name, shape: dimensions, elements, dtype };
  if (quantization === undefined || quantization === null) {
    return { ...base, stored: dtype, bytes: elements * elementBytes[dtype] };
  }
  const { dtype: stored, scale, min } = isRecord(quantization) ? quantization : {};
  if (!isType(stored, quantizedTypes)) {
    throw invalidModel(
      node,
      "unknown quantization dtype",
      quantizedTypes.join(", "),
      quote(stored),
    );
  }
  if (dtype !== "float32" && dtype !== "int32") {
    throw invalidModel(node, "only numbers can be quantised", "float32 or int32", dtype);
  }
  const bytes = elements * elementBytes[stored];
  if (stored === "float16") return { ...base, stored, bytes };
  if (!isFiniteNumber(scale) || !isFiniteNumber(min)) {
    throw invalidModel(node, "quantization needs numbers", "scale and min", quote([scale, min]));
  }
  return { ...base, stored, bytes, affine: { scale, min } };
}

function parseShape(shape: unknown, node: string): readonly [Shape, number] {
  if (!Array.isArray(shape) || shape.length > 8) {
    throw invalidModel(node, "bad shape", "a list of up to 8 dimensions", quote(shape));
  }
  let elements = 1;
  for (const dimension of shape as readonly unknown[]) {
    if (!Number.isSafeInteger(dimension) || (dimension as number) < 0) {
      throw invalidModel(node, "bad shape", "whole numbers of at least 0", quote(shape));
    }
    elements *= dimension as number;
    if (elements > mostElements) {
      throw invalidModel(node, "the tensor is too large", `at most ${mostElements}`, quote(shape));
    }
  }
  return [shape as number[], elements];
}

function isType(value: unknown, types: readonly StoredType[]): value is StoredType {
  return types.includes(value as StoredType);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
