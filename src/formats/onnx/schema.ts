/**
 * An ONNX file as data: the messages of onnx.proto by the numbers of their fields, as far as networks
 * of this family have them. Values of tensors stay bytes until somebody reads them (stored-tensors.ts).
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { WireReader as Reader, type WireReader, type WireValue } from "./wire.ts";

/** A tensor with its values as the file has them. */
export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The element type's number in the schema. */
  readonly type: number;
  /** Its message, in which the values are. */
  readonly message: Uint8Array;
  /** Where its values are, if they are in another file. */
  readonly external: ExternalValues | undefined;
}

/** A place in a file beside the model's. */
export interface ExternalValues {
  readonly location: string;
  readonly offset: number;
  /** Absent where it follows from the tensor. */
  readonly length: number | undefined;
}

/** What an operator's setting may be; undefined where it is of a kind that nothing here reads. */
export type StoredAttribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | StoredTensor
  | undefined;

/** One operator of the file. */
export interface StoredNode {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Names of tensors; an empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
}

/** What goes in or comes out. */
export interface StoredEnd {
  readonly name: string;
  readonly type: number;
  /** Undefined where the file leaves a dimension open, or all of them. */
  readonly dims: readonly (number | undefined)[] | undefined;
}

/** The parts of a model. */
export interface OnnxFile {
  readonly wire: WireReader;
  readonly producer: string;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly name: string;
  readonly nodes: readonly StoredNode[];
  readonly constants: ReadonlyMap<string, StoredTensor>;
  readonly inputs: readonly StoredEnd[];
  readonly outputs: readonly StoredEnd[];
}

/** The versions of ONNX's operators that are read. */
const opsets = { least: 7, greatest: 22 } as const;

/**
 * The parts of a file.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` for other versions.
 */
export function readOnnxFile(bytes: Uint8Array, place: string): OnnxFile {
  const wire = new Reader(place);
  let graph: Uint8Array | undefined;
  let opset: number | undefined;
  let [producer, version] = ["", ""];
  const metadata = new Map<string, string>();
  wire.fields(bytes, (field, value) => {
    if (field === 2) producer = wire.text(value);
    else if (field === 3) version = wire.text(value);
    else if (field === 7) graph = wire.bytes(value);
    else if (field === 8) {
      const [domain, number] = readOpset(wire, value);
      if (domain === "" || domain === "ai.onnx") opset = number;
    } else if (field === 14) {
      const [key, text] = readPair(wire, value);
      metadata.set(key, text);
    }
  });
  if (graph === undefined) throw wire.fault("it has no graph");
  if (opset === undefined || opset < opsets.least || opset > opsets.greatest) {
    throw new MobileNetError("unsupported", "another version of ONNX's operators", {
      node: place,
      expected: `operator set ${opsets.least} to ${opsets.greatest}`,
      received: opset === undefined ? "none" : quote(opset),
      remedy: "Export the network again, with opset 17 say.",
    });
  }
  const made = [producer, version].filter(Boolean).join(" ");
  return { wire, producer: made, opset, metadata, ...readGraph(wire, graph) };
}

function readOpset(wire: WireReader, value: WireValue): readonly [string, number] {
  let [domain, version] = ["", 0];
  wire.fields(wire.bytes(value), (field, part) => {
    if (field === 1) domain = wire.text(part);
    else if (field === 2) version = wire.integer(part);
  });
  return [domain, version];
}

/** Two texts: a key and what it stands for. */
function readPair(wire: WireReader, value: WireValue): readonly [string, string] {
  let [key, text] = ["", ""];
  wire.fields(wire.bytes(value), (field, part) => {
    if (field === 1) key = wire.text(part);
    else if (field === 2) text = wire.text(part);
  });
  return [key, text];
}

function readGraph(
  wire: WireReader,
  bytes: Uint8Array,
): Pick<OnnxFile, "name" | "nodes" | "constants" | "inputs" | "outputs"> {
  let name = "";
  const nodes: StoredNode[] = [];
  const constants = new Map<string, StoredTensor>();
  const inputs: StoredEnd[] = [];
  const outputs: StoredEnd[] = [];
  wire.fields(bytes, (field, value) => {
    if (field === 1) nodes.push(readNode(wire, wire.bytes(value), nodes.length));
    else if (field === 2) name = wire.text(value);
    else if (field === 5) {
      const tensor = readTensorHead(wire, wire.bytes(value));
      constants.set(tensor.name, tensor);
    } else if (field === 11) inputs.push(readEnd(wire, wire.bytes(value)));
    else if (field === 12) outputs.push(readEnd(wire, wire.bytes(value)));
    else if (field === 15) {
      throw new MobileNetError("unsupported", "sparse weights are not read", { node: name });
    }
  });
  // Files of old versions list constants among the inputs.
  return {
    name,
    nodes,
    constants,
    inputs: inputs.filter((end) => !constants.has(end.name)),
    outputs,
  };
}

function readNode(wire: WireReader, bytes: Uint8Array, index: number): StoredNode {
  let [name, kind, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, StoredAttribute>();
  wire.fields(bytes, (field, value) => {
    if (field === 1) inputs.push(wire.text(value));
    else if (field === 2) outputs.push(wire.text(value));
    else if (field === 3) name = wire.text(value);
    else if (field === 4) kind = wire.text(value);
    else if (field === 5) attributes.set(...readAttribute(wire, wire.bytes(value)));
    else if (field === 7) domain = wire.text(value);
  });
  if (domain === "ai.onnx") domain = "";
  return { index, name, kind, domain, inputs, outputs, attributes };
}

function readAttribute(
  wire: WireReader,
  bytes: Uint8Array,
): readonly [name: string, value: StoredAttribute] {
  let [name, type, float, integer, text] = ["", 0, 0, 0, ""];
  let tensor: StoredTensor | undefined;
  const floats: number[] = [];
  const integers: number[] = [];
  const texts: string[] = [];
  wire.fields(bytes, (field, value) => {
    if (field === 1) name = wire.text(value);
    else if (field === 2) float = decimalOf(wire.float(value));
    else if (field === 3) integer = wire.integer(value);
    else if (field === 4) text = wire.text(value);
    else if (field === 5) tensor = readTensorHead(wire, wire.bytes(value));
    else if (field === 7) addFloats(wire, value, floats);
    else if (field === 8) wire.integers(value, integers);
    else if (field === 9) texts.push(wire.text(value));
    else if (field === 20) type = wire.integer(value);
  });
  const values: readonly StoredAttribute[] = [
    ...[undefined, float, integer, text, tensor, undefined, floats, integers, texts],
  ];
  return [name, values[type]];
}

/** The decimal that a setting was before it was rounded to single precision: an ε of 0.001, say. */
function decimalOf(float: number): number {
  const decimal = Number(float.toPrecision(7));
  return Math.fround(decimal) === float ? decimal : float;
}

function addFloats(wire: WireReader, value: WireValue, into: number[]): void {
  const bytes = wire.bytes(value);
  for (let at = 0; at < bytes.length; at += 4) into.push(wire.float(bytes.subarray(at, at + 4)));
}

/** What is said of a tensor apart from its values. */
function readTensorHead(wire: WireReader, message: Uint8Array): StoredTensor {
  let [name, type, elsewhere] = ["", 0, false];
  const dims: number[] = [];
  const entries = new Map<string, string>();
  wire.fields(message, (field, value) => {
    if (field === 1) wire.integers(value, dims);
    else if (field === 2) type = wire.integer(value);
    else if (field === 8) name = wire.text(value);
    else if (field === 13) entries.set(...readPair(wire, value));
    else if (field === 14) elsewhere = wire.integer(value) === 1;
  });
  if (dims.length > 8 || !dims.every((dim) => dim >= 0 && dim < 2 ** 31)) {
    throw new MobileNetError("invalid-model", "an impossible shape", {
      node: name,
      expected: "up to 8 dimensions of at least 0",
      received: quote(dims.slice(0, 9)),
    });
  }
  return {
    name,
    dims,
    type,
    message,
    external: elsewhere ? readExternal(name, entries) : undefined,
  };
}

function readExternal(name: string, entries: ReadonlyMap<string, string>): ExternalValues {
  const [offset, length] = ["offset", "length"].map((key) => {
    const text = entries.get(key);
    return text === undefined ? undefined : Number(text);
  });
  const sound = [offset, length].every((count) => {
    return count === undefined || (Number.isSafeInteger(count) && count >= 0);
  });
  // Some writers begin with the folder itself.
  const location = entries.get("location")?.replace(/^(\.\/+)+/, "");
  if (location !== undefined && sound) return { location, offset: offset ?? 0, length };
  throw new MobileNetError("invalid-model", "a tensor's values are nowhere", {
    node: name,
    expected: "the location, offset and length of its values",
    received: quote([...entries.values()]),
  });
}

function readEnd(wire: WireReader, bytes: Uint8Array): StoredEnd {
  let [name, type] = ["", 0];
  let dims: (number | undefined)[] | undefined;
  const onnxShape = (shape: Uint8Array): void => {
    const found: (number | undefined)[] = [];
    dims = found;
    wire.fields(shape, (field, value) => {
      if (field !== 1) return;
      let dim: number | undefined;
      wire.fields(wire.bytes(value), (part, size) => {
        if (part === 1) dim = wire.integer(size);
      });
      found.push(dim !== undefined && dim > 0 ? dim : undefined);
    });
  };
  wire.fields(bytes, (field, value) => {
    if (field === 1) name = wire.text(value);
    if (field !== 2) return;
    wire.fields(wire.bytes(value), (kind, tensor) => {
      if (kind !== 1) return;
      wire.fields(wire.bytes(tensor), (part, inner) => {
        if (part === 1) type = wire.integer(inner);
        else if (part === 2) onnxShape(wire.bytes(inner));
      });
    });
  });
  return { name, type, dims };
}
