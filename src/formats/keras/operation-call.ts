/**
 * A function as a model calls it: its arguments by place or by name, those that Keras 3 keeps in the
 * config, and those that TensorFlow keeps in a node. An argument that nobody asks for is one that nobody
 * honours, so it is refused.
 */
import { quote } from "../../untrusted.ts";
import { isRecord, parseJson } from "../files.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport } from "./layer-import.ts";
import type { Operand } from "./network.ts";
import { Config } from "./values.ts";

/** What a function's first argument is called. */
const firstNames = ["x", "input", "features", "logits", "input_tensor", "tensor", "value"];

/** Attributes of TensorFlow's nodes that say of which types and how many their inputs are. */
const ofTypes = /^(?:T|Tidx|Tshape|Tdim|SrcT|N|_.*)$/;

/** A call and what was asked of it. */
export class OperationCall {
  readonly layer: LayerImport;
  readonly places: readonly Operand[];
  readonly #named: ReadonlyMap<string, Operand>;
  readonly #asked = new Set<number | string>();

  /** @param node - TensorFlow's node, where the layer holds one. */
  constructor(layer: LayerImport, node?: unknown) {
    const { config, operands, named, isOperation } = layer.layer;
    this.layer = layer;
    this.places = withConstants(operands, config["constants"]);
    const asValues = ([name, value]: readonly [string, unknown]): readonly [string, Operand] => [
      name,
      { value },
    ];
    const { name: _, trainable: __, ...settings } = isOperation ? config : {};
    this.#named = new Map([
      ...Object.entries(settings).map(asValues),
      ...attributesOf(node).map(asValues),
      ...named,
    ]);
  }

  /** An argument by its place or one of its names. */
  argument(place: number, names: readonly string[]): Operand | undefined {
    const name = names.find((candidate) => this.#named.has(candidate));
    this.#asked.add(place);
    if (this.places[place] !== undefined) return this.places[place];
    if (name === undefined) return undefined;
    this.#asked.add(name);
    return this.#named.get(name);
  }

  /** The value of an argument that is no tensor. */
  valueAt(place: number, names: readonly string[]): unknown {
    const operand = this.argument(place, names);
    if (operand === undefined || "value" in operand) return operand?.value ?? undefined;
    throw this.layer.fault("unsupported", "it reads a tensor where numbers are", names[0]);
  }

  /** The value of an argument that has a name alone. */
  named(name: string): unknown {
    this.#asked.add(name);
    const operand = this.#named.get(name);
    return operand !== undefined && "value" in operand ? (operand.value ?? undefined) : undefined;
  }

  /** The first tensor that it reads. */
  first(): KerasTensor {
    const tensor = this.layer.tensorOf(this.argument(0, firstNames));
    if (tensor !== undefined) return tensor;
    throw this.layer.fault("unsupported", "it reads a constant where tensors are");
  }

  /** Its named arguments as settings; each counts as asked for when it is read. */
  settings(): Config {
    const values = [...this.#named].flatMap(([name, one]) =>
      "value" in one ? [[name, one.value] as const] : [],
    );
    return new Config(Object.fromEntries(values), this.layer.place, (key) => {
      this.#asked.add(key);
    });
  }

  /** Refuses arguments that nobody asked for. */
  finish(): void {
    const all = [...this.places.entries(), ...this.#named];
    const other = all.find(([key, one]) => !this.#asked.has(key) && !isHarmless(key, one));
    if (other === undefined) return;
    const [key, one] = other;
    const name = typeof key === "number" ? `argument ${key + 1}` : quote(key);
    const received = "value" in one ? quote(one.value) : "a tensor";
    throw this.layer.fault("unsupported", `its ${name} is not read`, "its default", received);
  }
}

/** Whether a type is one of real numbers: values stay what they are. */
export function isRealType(type: unknown): boolean {
  const real = /^(?:b?float(?:16|32|64)|DT_(?:FLOAT|HALF|DOUBLE|BFLOAT16))$/;
  return typeof type === "string" && real.test(type);
}

function isHarmless(key: number | string, operand: Operand): boolean {
  if (!("value" in operand)) return false;
  const { value } = operand;
  if (value === null || value === undefined || key === "name") return true;
  // The type in which Keras computes, as a name or as a policy.
  if (key === "dtype") return isRealType(value) || isRecord(value);
  if (key === "beta") return value === 1;
  return (key === "training" || key === "Truncate") && value === false;
}

/** The operands with the constants that stand between them, by their places. */
function withConstants(operands: readonly Operand[], constants: unknown): readonly Operand[] {
  if (!isRecord(constants)) return operands;
  const tensors = [...operands];
  const places: Operand[] = [];
  const count = operands.length + Math.min(Object.keys(constants).length, 16);
  for (let place = 0; place < count; place++) {
    const isConstant = Object.hasOwn(constants, `${place}`);
    const next = isConstant ? { value: constants[`${place}`] } : tensors.shift();
    if (next !== undefined) places.push(next);
  }
  return places;
}

/** A node of TensorFlow's, which may be JSON within a text. */
export function nodeOf(layer: LayerImport): Readonly<Record<string, unknown>> {
  const given = layer.config.value("node_def");
  const node =
    typeof given === "string"
      ? parseJson(new TextEncoder().encode(given), `${layer.place}: node_def`)
      : given;
  if (isRecord(node)) return node;
  throw layer.config.fault("node_def", "a node of TensorFlow's", given);
}

function attributesOf(node: unknown): readonly (readonly [string, unknown])[] {
  const { attr } = isRecord(node) ? node : {};
  const entries = Object.entries(isRecord(attr) ? attr : {});
  return entries.filter(([name]) => !ofTypes.test(name)).map(([name, one]) => [name, plain(one)]);
}

/** `{"f": 0.5}` is 0.5; texts are base64. */
function plain(attribute: unknown): unknown {
  const { f, b, i, s, type } = isRecord(attribute) ? attribute : {};
  if (typeof s !== "string") return f ?? b ?? i ?? type ?? attribute;
  try {
    return atob(s);
  } catch {
    return s;
  }
}
