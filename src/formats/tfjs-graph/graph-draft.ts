/**
 * A TensorFlow graph in the making, as `model.json` holds one: nodes with their operations and
 * attributes, and the constants that they read, whose values go into the shards.
 */
import { MobileNetError } from "../../errors.ts";
import type { Graph, Node } from "../../graph/ir.ts";
import type { Shape } from "../../tensor.ts";
import { AllowedNames } from "../allowed-names.ts";
import { boundParameter } from "../bound-parameter.ts";
import { type ShapedValue, ShapedValues } from "../shaped-values.ts";
import type { WrittenWeight } from "../write-tfjs.ts";

/** A value of a node's attribute, as it stands in the JSON. */
export type WrittenAttribute = Readonly<Record<string, unknown>>;

/** Attributes by what they hold. */
export const attribute = {
  type: (name: "DT_FLOAT" | "DT_INT32"): WrittenAttribute => ({ type: name }),
  text: (value: string): WrittenAttribute => ({ s: btoa(value) }),
  texts: (values: readonly string[]): WrittenAttribute => ({
    list: { s: values.map((value) => btoa(value)) },
  }),
  integer: (value: number): WrittenAttribute => ({ i: `${value}` }),
  integers: (values: readonly number[]): WrittenAttribute => ({
    list: { i: values.map((value) => `${value}`) },
  }),
  number: (value: number): WrittenAttribute => ({ f: value }),
  truth: (value: boolean): WrittenAttribute => ({ b: value }),
} as const;

/** The JSON of a shape; −1 is any size. */
export function shapeJson(dims: Shape): WrittenAttribute {
  return { dim: dims.map((size) => ({ size: `${size}` })) };
}

const float = attribute.type("DT_FLOAT");

/** Collects nodes and constants while the nodes of a graph of ours are walked in order. */
export class GraphDefDraft {
  readonly graph: Graph;
  readonly values: ShapedValues;
  readonly nodes: WrittenAttribute[] = [];
  readonly weights: WrittenWeight[] = [];
  /** A colon would be an output's number. */
  readonly names: AllowedNames = new AllowedNames(/[^A-Za-z0-9_./>-]/g);
  readonly #shared = new Map<string, string>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.values = new ShapedValues(graph, (name, from, dims) =>
      this.#reshape(`${name}/reshape`, from, dims),
    );
  }

  /** Adds an operation and gives its name. */
  operation(
    like: string,
    op: string,
    inputs: readonly string[],
    attr: Readonly<Record<string, WrittenAttribute>> = {},
  ): string {
    const name = this.names.fresh(like);
    this.nodes.push({ name, op, input: inputs, attr: { T: float, ...attr } });
    return name;
  }

  /** Adds what goes into the graph. */
  input({ name, shape: [, ...dims] }: Extract<Node, { op: "input" }>): ShapedValue {
    const tensor = this.names.fresh(name);
    const attr = { dtype: float, shape: { shape: shapeJson([-1, ...dims]) } };
    this.nodes.push({ name: tensor, op: "Placeholder", attr });
    return this.values.set(name, { tensor, dims });
  }

  /** Adds the operation that gives a node's values. */
  give(
    { name }: Pick<Node, "name">,
    inputs: readonly string[],
    dims: Shape,
    [op, attr]: readonly [op: string, attr?: Readonly<Record<string, WrittenAttribute>>],
  ): ShapedValue {
    return this.values.set(name, { tensor: this.operation(name, op, inputs, attr), dims });
  }

  /** Adds the same values in other dimensions, as the values of a node. */
  giveReshaped({ name }: Pick<Node, "name">, from: ShapedValue, dims: Shape): ShapedValue {
    return this.values.set(name, { tensor: this.#reshape(name, from, dims), dims });
  }

  /** A constant of whole numbers, made once. */
  integers(like: string, values: readonly number[], shape: Shape = [values.length]): string {
    return this.#constant(`${shape.join()}: ${values.join()}`, like, {
      shape,
      data: Int32Array.from(values),
    });
  }

  /** A number as a constant, made once. */
  scalar(value: number): string {
    return this.#constant(`float ${value}`, "number", { shape: [], data: Float32Array.of(value) });
  }

  /** A parameter of the graph, under another shape where one is given; made once. */
  weight(name: string, shape?: Shape): string {
    const parameter = boundParameter(this.graph, name);
    const { data } = parameter;
    if (!(data instanceof Float32Array)) throw noOperation({ name }, "weights of 8 bits");
    const dims = shape ?? parameter.shape;
    return this.#constant(`${dims.join()} ${name}`, name, { shape: dims, data });
  }

  #constant(key: string, like: string, weight: Omit<WrittenWeight, "name">): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.names.fresh(like);
    this.#shared.set(key, name);
    this.weights.push({ name, ...weight });
    const dtype = weight.data instanceof Float32Array ? "DT_FLOAT" : "DT_INT32";
    const tensor = { dtype, tensorShape: shapeJson(weight.shape) };
    const attr = { dtype: attribute.type(dtype), value: { tensor } };
    this.nodes.push({ name, op: "Const", attr });
    return name;
  }

  /** The first dimension stays the batch's, of any size. */
  #reshape(like: string, from: ShapedValue, dims: Shape): string {
    const shape = this.integers(`shape_${dims.join("x")}`, [-1, ...dims]);
    const attr = { Tshape: attribute.type("DT_INT32") };
    return this.operation(like, "Reshape", [from.tensor, shape], attr);
  }
}

/** The error of what TensorFlow.js has no operation for. */
export function noOperation({ name }: Pick<Node, "name">, what: string): MobileNetError {
  return new MobileNetError("unsupported", `TensorFlow.js has no operation for ${what}`, {
    node: name,
    expected: "what one of its operations does",
    remedy: "Convert to onnx, which has an operator for every operation.",
  });
}
