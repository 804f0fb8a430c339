/**
 * Reads an ONNX file with no library, as far as its writer goes: the wire format of protocol buffers,
 * then the messages of onnx.proto by the numbers of their fields. Whatever it does not know it refuses.
 */

/** A constant, or a value on its way through a model. */
export interface OnnxTensor {
  readonly element: "float32" | "float16" | "uint8" | "int8" | "int32" | "int64";
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

export type OnnxAttribute = number | string | readonly number[];

export interface OnnxOperator {
  readonly name: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** The name, type and dimensions of what goes in or comes out. */
export interface OnnxEnd {
  readonly name: string;
  readonly element: OnnxTensor["element"];
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly formatVersion: number;
  readonly producer: string;
  readonly operatorSet: number;
  readonly name: string;
  readonly operators: readonly OnnxOperator[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxEnd[];
  readonly outputs: readonly OnnxEnd[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** A message's fields in order: numbers as they are, everything else as bytes. */
type Fields = readonly (readonly [field: number, value: number | Uint8Array])[];

export function readModel(file: Uint8Array): OnnxModel {
  const model = new Message(file, [1, 2, 7, 8, 14]);
  const graph = model.one(7, [1, 2, 5, 11, 12]);
  return {
    formatVersion: model.number(1),
    producer: model.text(2),
    operatorSet: model.one(8, [1, 2]).number(2),
    name: graph.text(2),
    operators: graph.all(1, [1, 2, 3, 4, 5]).map((operator) => ({
      name: operator.text(3),
      kind: operator.text(4),
      inputs: operator.texts(1),
      outputs: operator.texts(2),
      attributes: Object.fromEntries(
        operator.all(5, [1, 2, 3, 4, 8, 20]).map((attribute) => {
          return [attribute.text(1), readAttribute(attribute)];
        }),
      ),
    })),
    constants: new Map(
      graph.all(5, [1, 2, 8, 9]).map((tensor) => [tensor.text(8), readTensor(tensor)]),
    ),
    inputs: graph.all(11, [1, 2]).map(readEnd),
    outputs: graph.all(12, [1, 2]).map(readEnd),
    metadata: new Map(model.all(14, [1, 2]).map((pair) => [pair.text(1), pair.text(2)])),
  };
}

function readAttribute(attribute: Message): OnnxAttribute {
  switch (attribute.number(20)) {
    case 1: {
      const bytes = attribute.bytes(2);
      return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
    }
    case 2:
      return attribute.number(3);
    case 3:
      return attribute.text(4);
    case 7:
      return attribute.numbers(8);
    default:
      throw new Error(`attribute ${attribute.text(1)} is of type ${attribute.number(20)}`);
  }
}

const elements = {
  1: ["float32", (buffer: ArrayBuffer) => new Float32Array(buffer)],
  2: ["uint8", (buffer: ArrayBuffer) => new Uint8Array(buffer)],
  3: ["int8", (buffer: ArrayBuffer) => new Int8Array(buffer)],
  6: ["int32", (buffer: ArrayBuffer) => new Int32Array(buffer)],
  7: ["int64", (buffer: ArrayBuffer) => Float64Array.from(new BigInt64Array(buffer), Number)],
} as const;

function elementOf(code: number): (typeof elements)[keyof typeof elements] {
  if (!(code in elements)) throw new Error(`no element type has number ${code}`);
  return elements[code as keyof typeof elements];
}

function readTensor(tensor: Message): OnnxTensor {
  const [element, dataOf] = elementOf(tensor.number(2));
  const dims = tensor.numbers(1);
  const data = dataOf(tensor.bytes(9).slice().buffer as ArrayBuffer);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== count) throw new Error(`${data.length} values for ${dims.join("×")}`);
  return { element, dims, data };
}

function readEnd(end: Message): OnnxEnd {
  const type = end.one(2, [1]).one(1, [1, 2]);
  const dims = type.one(2, [1]).all(1, [1, 2]);
  return {
    name: end.text(1),
    element: elementOf(type.number(1))[0],
    dims: dims.map((dim) => (dim.has(2) ? dim.text(2) : dim.number(1))),
  };
}

class Message {
  readonly #fields: Fields;

  /** @param known - The fields that it may have. */
  constructor(bytes: Uint8Array, known: readonly number[]) {
    this.#fields = readFields(bytes);
    const other = this.#fields.find(([field]) => !known.includes(field));
    if (other !== undefined) throw new Error(`a message has no field ${other[0]}`);
  }

  has(field: number): boolean {
    return this.#fields.some(([found]) => found === field);
  }

  numbers(field: number): number[] {
    return this.#values(field).map((value) => {
      if (typeof value !== "number") throw new Error(`field ${field} is no number`);
      return value;
    });
  }

  number(field: number): number {
    return only(this.numbers(field), field);
  }

  bytes(field: number): Uint8Array {
    return only(this.#allBytes(field), field);
  }

  texts(field: number): string[] {
    return this.#allBytes(field).map((bytes) =>
      new TextDecoder("utf8", { fatal: true }).decode(bytes),
    );
  }

  text(field: number): string {
    return only(this.texts(field), field);
  }

  all(field: number, known: readonly number[]): Message[] {
    return this.#allBytes(field).map((bytes) => new Message(bytes, known));
  }

  one(field: number, known: readonly number[]): Message {
    return only(this.all(field, known), field);
  }

  #values(field: number): (number | Uint8Array)[] {
    return this.#fields.filter(([other]) => other === field).map(([, value]) => value);
  }

  #allBytes(field: number): Uint8Array[] {
    return this.#values(field).map((value) => {
      if (typeof value === "number") throw new Error(`field ${field} is a number`);
      return value;
    });
  }
}

function only<T>(values: readonly T[], field: number): T {
  const [value] = values;
  if (values.length !== 1) throw new Error(`field ${field} is there ${values.length} times`);
  return value!;
}

function readFields(bytes: Uint8Array): Fields {
  const fields: [number, number | Uint8Array][] = [];
  let at = 0;
  const varint = (): number => {
    for (let [value, factor] = [0, 1]; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a number is cut off");
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new Error("a field is cut off");
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) fields.push([field, varint()]);
    else if (kind === 2) fields.push([field, take(varint())]);
    else if (kind === 5) fields.push([field, take(4)]);
    else throw new Error(`field ${field} is of kind ${kind}`);
  }
  return fields;
}
