/** Writes small TensorFlow.js graph models, in either dialect of their JSON. */
import type { ModelFiles } from "../../src/formats/files.ts";

/** Values of a node's attribute. */
export type AttributeValue =
  | string
  | boolean
  | { readonly float: number }
  | { readonly int: number }
  | { readonly type: string }
  | { readonly texts: readonly string[] }
  | readonly number[];

/** Numbers of a constant. */
type Numbers = ArrayLike<number>;

const typeNumbers: Readonly<Record<string, number>> = {
  DT_FLOAT: 1,
  DT_INT32: 3,
  DT_UINT8: 4,
  DT_INT64: 9,
  DT_BOOL: 10,
};

/** A graph while it is written. */
export class GraphFile {
  readonly nodes: Record<string, unknown>[] = [];
  readonly #weights: { name: string; shape: readonly number[]; dtype: string; data: Numbers }[] =
    [];
  readonly #old: boolean;
  #random = 1;

  /** @param dialect - `old` is that of converters before 1.3. */
  constructor(dialect: "new" | "old" = "new") {
    this.#old = dialect === "old";
  }

  /** The picture; −1 where a size is open. */
  input(shape: readonly number[], type = "DT_FLOAT", name = "image"): string {
    const dim = shape.map((size) => ({ size: String(size) }));
    this.nodes.push({
      name,
      op: "Placeholder",
      attr: { shape: { shape: { dim } }, dtype: { type: this.#type(type) } },
    });
    return name;
  }

  /** A constant with these numbers. */
  constant(name: string, shape: readonly number[], data: Numbers, dtype = "float32"): string {
    const type = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" }[dtype] ?? dtype;
    this.nodes.push({ name, op: "Const", attr: { dtype: { type: this.#type(type) } } });
    this.#weights.push({ name, shape, dtype, data });
    return name;
  }

  /** A constant of whole numbers: a vector, or one number. */
  integers(name: string, values: readonly number[] | number): string {
    const list = typeof values === "number" ? [values] : values;
    return this.constant(name, typeof values === "number" ? [] : [list.length], list, "int32");
  }

  /** A constant of seeded numbers about `mean`. */
  seeded(name: string, shape: readonly number[], spread = 0.5, mean = 0): string {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, () => {
      this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
      return mean + spread * (this.#random / 2 ** 31 - 1);
    });
    return this.constant(name, shape, data);
  }

  /** An operation; gives its name. */
  op(
    kind: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const attr = Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, this.#attribute(value)]),
    );
    this.nodes.push({ name, op: kind, input: inputs, attr });
    return name;
  }

  /** The model's files. */
  files(more: Record<string, unknown> = {}): ModelFiles {
    const size = { float32: 4, int32: 4, bool: 1 } as Record<string, number>;
    const parts = this.#weights.map(({ dtype, data }) => {
      if (dtype === "float32") return new Uint8Array(Float32Array.from(data).buffer);
      if (dtype === "int32") return new Uint8Array(Int32Array.from(data).buffer);
      return Uint8Array.from(data);
    });
    const weights = this.#weights.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const [i, part] of parts.entries()) {
      if (size[weights[i]!.dtype] === undefined) throw new Error("no such type");
      bytes.set(part, at);
      at += part.length;
    }
    const model = {
      format: "graph-model",
      generatedBy: "2.15.0",
      convertedBy: "TensorFlow.js Converter v4.22.0",
      modelTopology: { node: this.nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: ["weights.bin"], weights }],
      ...more,
    };
    return new Map([
      ["model.json", new TextEncoder().encode(JSON.stringify(model))],
      ["weights.bin", bytes],
    ]);
  }

  #type(name: string): string | number {
    return this.#old ? (typeNumbers[name] ?? 0) : name;
  }

  #text(value: string): string | readonly number[] {
    return this.#old ? Array.from(value, (c) => c.charCodeAt(0)) : btoa(value);
  }

  #attribute(value: AttributeValue): unknown {
    if (typeof value === "string") return { s: this.#text(value) };
    if (typeof value === "boolean") return { b: value };
    if (Array.isArray(value)) return { list: { i: value.map(String) } };
    if ("float" in value) return { f: value.float };
    if ("int" in value) return { i: String(value.int) };
    if ("type" in value) return { type: this.#type(value.type) };
    if ("texts" in value) return { list: { s: value.texts.map((text) => this.#text(text)) } };
    return {};
  }
}

/** Attributes of a convolution or pool over rows and columns. */
export function window(
  padding: string,
  { stride = 1, dilation = 1 }: { readonly stride?: number; readonly dilation?: number } = {},
): Record<string, AttributeValue> {
  return {
    padding,
    strides: [1, stride, stride, 1],
    dilations: [1, dilation, dilation, 1],
    data_format: "NHWC",
  };
}
