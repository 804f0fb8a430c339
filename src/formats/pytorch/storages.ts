/**
 * PyTorch's storages and tensors: what a pickle says of them, and their values as float32. A storage is
 * a run of numbers of one type; a tensor is a view of one, by offset, sizes and strides. What tensors
 * take in all is bounded by the file, however many of them share a storage.
 */
import { MobileNetError } from "../../errors.ts";
import { elementCount, type Tensor } from "../../tensor.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { invalidModel } from "../files.ts";
import { floatTypes, type NumberType } from "../numbers.ts";
import { Import, Inert, type PickleMeaning } from "./pickle.ts";

/** A run of numbers outside the pickle. */
export class TorchStorage {
  readonly key: string;
  readonly type: NumberType | undefined;
  readonly typeName: string;
  readonly count: number;

  constructor(key: string, typeName: string, count: number) {
    this.key = key;
    this.typeName = typeName;
    this.type = typesByStorage[typeName];
    this.count = count;
  }
}

/** A view of a storage, not read yet. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Where the storage is of bytes, what they are. */
  readonly type: NumberType | undefined;

  constructor(
    storage: TorchStorage,
    place: Pick<TorchTensor, "offset" | "shape" | "strides" | "type">,
  ) {
    this.storage = storage;
    this.offset = place.offset;
    this.shape = place.shape;
    this.strides = place.strides;
    this.type = place.type;
  }
}

/** What the classes of storages, and the types that newer tensors name, hold. */
const typesByStorage: Readonly<Record<string, NumberType>> = {
  ...{ FloatStorage: "F32", HalfStorage: "F16", BFloat16Storage: "BF16", DoubleStorage: "F64" },
  ...{ LongStorage: "I64", IntStorage: "I32", ShortStorage: "I16", CharStorage: "I8" },
  ...{ ByteStorage: "U8", BoolStorage: "BOOL" },
  ...{ float32: "F32", float16: "F16", bfloat16: "BF16", float64: "F64", int64: "I64" },
};

/** Dimensions of a tensor. */
const mostDimensions = 8;

/**
 * What a checkpoint's pickle means.
 *
 * @param place - The file, for messages.
 * @param foundStorage - Told of each storage that the pickle names.
 */
export function checkpointMeaning(
  place: string,
  foundStorage: (storage: TorchStorage) => void = () => undefined,
): PickleMeaning {
  const rebuild = (given: readonly unknown[]): unknown => tensorOf(given, place);
  const first = ([value]: readonly unknown[]): unknown => value;
  return {
    calls: {
      "collections.OrderedDict": ([pairs]) => dictionary(pairs),
      "collections.defaultdict": () => new Map(),
      "torch.Size": first,
      "torch._utils._rebuild_tensor": rebuild,
      "torch._utils._rebuild_tensor_v2": rebuild,
      "torch._utils._rebuild_tensor_v3": rebuild,
      "torch._utils._rebuild_parameter": first,
      "torch._utils._rebuild_parameter_with_state": first,
      "torch._tensor._rebuild_from_type_v2": ([make, , given]) =>
        make instanceof Import && make.name.startsWith("_rebuild_tensor") && Array.isArray(given)
          ? rebuild(given)
          : new Inert(new Import("torch", "Tensor"), []),
    },
    outside(id) {
      const [kind, type, key, , count, part = null] = Array.isArray(id) ? id : [];
      const name = type instanceof Import ? type.name : undefined;
      if (
        kind !== "storage" ||
        name === undefined ||
        typeof key !== "string" ||
        !isCount(count) ||
        part !== null
      ) {
        throw invalidModel(place, "the pickle is damaged", "a storage", quote(id));
      }
      const storage = new TorchStorage(key, name, count);
      foundStorage(storage);
      return storage;
    },
  };
}

function dictionary(pairs: unknown): Map<unknown, unknown> {
  const made = new Map<unknown, unknown>();
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    if (Array.isArray(pair)) made.set(pair[0], pair[1]);
  }
  return made;
}

function tensorOf(given: readonly unknown[], place: string): TorchTensor {
  const [storage, offset, shape, strides, , , type] = given;
  if (
    !(storage instanceof TorchStorage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length ||
    shape.length > mostDimensions
  ) {
    const received = quote([offset, shape, strides]);
    throw invalidModel(place, "the pickle is damaged", "a tensor's place in a storage", received);
  }
  const named = type instanceof Import ? typesByStorage[type.name] : undefined;
  return new TorchTensor(storage, { offset, shape, strides, type: named });
}

/** Reads tensors out of storages until they take more than the file could hold. */
export class TensorReader {
  readonly #storages: (storage: TorchStorage) => Uint8Array | undefined;
  readonly #place: string;
  #allowance: number;

  /**
   * @param storages - The bytes of a storage.
   * @param file - Its place, for messages, and its size: values may take twice as much, because halves
   *   become floats, and as much again where storages are shared.
   */
  constructor(
    storages: (storage: TorchStorage) => Uint8Array | undefined,
    file: { readonly place: string; readonly bytes: number },
  ) {
    this.#storages = storages;
    this.#place = file.place;
    this.#allowance = 4 * file.bytes + 65_536;
  }

  /**
   * A tensor as float32; nothing where it holds whole numbers.
   *
   * @throws MobileNetError `invalid-model` where it lies outside its storage, `unsupported` where its
   *   numbers are none that are read.
   */
  read(name: string, tensor: TorchTensor): Tensor<"float32"> | undefined {
    const { storage, offset, shape, strides } = tensor;
    const type = tensor.type ?? storage.type;
    const node = `${this.#place}, ${name}`;
    if (type === undefined) {
      throw new MobileNetError("unsupported", "numbers of this kind are not read", {
        node,
        expected: "float32, float16 or bfloat16",
        received: quote(storage.typeName),
        remedy: "Save the weights of the float model.",
      });
    }
    const codec = floatTypes[type];
    if (codec === undefined) return undefined;
    const count = elementCount(shape);
    const last = offset + shape.reduce((sum, size, i) => sum + (size - 1) * strides[i]!, 0);
    const bytes = this.#storages(storage);
    if (bytes === undefined)
      throw invalidModel(node, "its storage is missing", storage.key, "none");
    if (count > 0 && !((last + 1) * codec.bytes <= bytes.length)) {
      const expected = `${(last + 1) * codec.bytes} bytes in its storage`;
      throw invalidModel(node, "the tensor lies outside its storage", expected, `${bytes.length}`);
    }
    this.#allowance -= 4 * count;
    if (this.#allowance < 0) {
      const expected = "tensors that share their storages at most twice";
      throw invalidModel(node, "the tensors take more than the file holds", expected, "more");
    }
    if (isRowMajor(shape, strides)) {
      const from = offset * codec.bytes;
      return {
        dtype: "float32",
        shape,
        data: codec.read(bytes.subarray(from, from + count * codec.bytes)),
      };
    }
    // Number by number: a view of few may lie over all of a storage, and so may any number of views.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const valueAt = (at: number): number => codec.at(view, (offset + at) * codec.bytes);
    return { dtype: "float32", shape, data: gather(valueAt, shape, strides) };
  }
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i]!;
  }
  return true;
}

/** The values of a view in row-major order. */
function gather(
  valueAt: (place: number) => number,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const data = new Float32Array(elementCount(shape));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = valueAt(from);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && isNumberIn(value, 0, 2 ** 40);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}
