/**
 * A graph while a file is read into it: which node gives each of the file's tensors, which tensors are
 * constants, the parameters so far, and names that are unique. Operations are added in the order in
 * which the file runs them, so that an input is either there already or an error; errors say which
 * operation of which file they are about.
 */
import { MobileNetError } from "../errors.ts";
import type { FeatureShape, Graph, Node, Parameter, Quantization } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { elementCount, formatShape, type Shape, sameShape, type TensorData } from "../tensor.ts";

/** A tensor that the graph computes. */
export interface Value {
  /** The node that gives it. */
  readonly node: string;
  readonly shape: FeatureShape;
  /** Where it is 8-bit. */
  readonly quantization: Quantization | undefined;
}

/** A tensor that needs no computing: numbers as stored, half floats as float32. */
export interface Constant {
  readonly shape: Shape;
  readonly data: TensorData;
}

/** A node without what its import adds to it. */
export type NodeBody = Node extends infer N
  ? N extends Node
    ? Omit<N, "name" | "quantization">
    : never
  : never;

/** One of the file's operations, as errors name it. */
export interface Operation {
  /** Which and of what kind: `operator 3, CONV_2D`. */
  readonly label: string;
  /** The name of what it computes. */
  readonly output: string | undefined;
}

/** Collects nodes and parameters. `Key` is what the file knows its tensors by: numbers or names. */
export class GraphImport<Key extends string | number> {
  readonly #file: string;
  readonly #nodes: Node[] = [];
  /** The nodes whose outputs are 8-bit. */
  readonly #quantized = new Set<string>();
  readonly #values = new Map<Key, Value>();
  readonly #constants = new Map<Key, Constant>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #parameterNames = new Map<string, string>();
  /** Nodes and parameters have names of their own. */
  readonly #names = { node: new Set<string>(), parameter: new Set<string>() };
  readonly #copies = new Map<string, number>();
  #allowance: number;

  /**
   * @param file - Its place, for errors; nothing where only the model is known.
   * @param bytes - Its size: constants may take a few times as much memory, not more.
   */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#allowance = 4 * bytes + 65_536;
  }

  /** A tensor that a node gives already. */
  value(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  /** A constant, where the tensor is known to be one. */
  constant(key: Key): Constant | undefined {
    return this.#constants.get(key);
  }

  /** A constant of the file, read once; its bytes count against what the file may take. */
  readConstant(key: Key, bytes: number, read: () => Constant): Constant {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    this.spend(bytes);
    const constant = read();
    this.#constants.set(key, constant);
    return constant;
  }

  /** Makes a computed tensor a constant; its values count too. */
  defineConstant(key: Key, constant: Constant): void {
    this.spend(constant.data.length);
    this.#constants.set(key, constant);
  }

  /** Adds the node that gives a tensor. */
  define(key: Key, tensor: Omit<Value, "node"> & { readonly name: string }, body: NodeBody): void {
    const { name, shape, quantization } = tensor;
    const node = this.add(name, body, quantization);
    this.alias(key, name, { node, shape, quantization });
  }

  /** Lets a tensor be what a node gives already. */
  alias(key: Key, name: string, value: Value): void {
    if (this.#values.has(key) || this.#constants.has(key)) {
      throw new MobileNetError("invalid-model", "a tensor is computed twice", { node: name });
    }
    this.#values.set(key, value);
  }

  /** Adds a node and gives its name. */
  add(wanted: string, body: NodeBody, quantization: Quantization | undefined): string {
    const name = this.#unique(wanted, "node");
    const type = quantization === undefined ? {} : { quantization };
    this.#nodes.push({ ...body, name, ...type } as Node);
    if (quantization !== undefined) this.#quantized.add(name);
    return name;
  }

  /** The name of the parameter that a tensor becomes in one use; it is made once. */
  parameter(
    key: Key,
    tensor: { readonly name: string; readonly use: string },
    make: () => Parameter,
  ): string {
    const known = this.#parameterNames.get(`${key} ${tensor.use}`);
    if (known !== undefined) return known;
    const name = this.#unique(tensor.name, "parameter");
    const parameter = make();
    this.spend(elementCount(parameter.shape));
    this.#parameterNames.set(`${key} ${tensor.use}`, name);
    this.#parameters.set(name, parameter);
    return name;
  }

  /** Refuses float32 and 8-bit operands together; only conversions go from one kind to the other. */
  requireOneKind(operation: Operation, { op, inputs }: NodeBody, isQuantized: boolean): void {
    const given = inputs.map((name) => this.#quantized.has(name));
    const fits =
      op === "quantize"
        ? isQuantized
        : given.every((is) => is === (op === "dequantize" ? !isQuantized : isQuantized));
    if (fits && !(op === "dequantize" && isQuantized)) return;
    throw this.fault("unsupported", operation, "float32 and 8-bit operands together");
  }

  /** A parameter that was made. */
  parameterNamed(name: string): Parameter {
    return required(this.#parameters, name);
  }

  /**
   * The graph with these tensors as outputs, its shapes checked against the file's.
   *
   * @throws MobileNetError `invalid-model` where nothing gives an output or shapes do not fit.
   */
  finish(name: string, outputs: readonly { readonly key: Key; readonly name: string }[]): Graph {
    const graph = {
      name,
      nodes: this.#nodes,
      outputs: outputs.map((tensor) => {
        const value = this.#values.get(tensor.key);
        if (value !== undefined) return value.node;
        throw new MobileNetError("invalid-model", "nothing gives an output of the graph", {
          node: tensor.name,
        });
      }),
      parameters: this.#parameters,
    };
    const inferred = inferShapes(graph);
    for (const { node, shape } of this.#values.values()) {
      const received = inferred.get(node);
      if (received === undefined || sameShape(shape, received)) continue;
      throw new MobileNetError("invalid-model", "the file's shape is not what the operators give", {
        node,
        expected: formatShape(received),
        received: formatShape(shape),
      });
    }
    return graph;
  }

  /** An error that names the file, what is computed and the operation. */
  fault(
    code: "invalid-model" | "unsupported",
    { label, output }: Operation,
    summary: string,
    remedy: string | undefined = code === "unsupported"
      ? "docs/formats.md says what is read; mobilenetv2 inspect, what else is in the file."
      : undefined,
  ): MobileNetError {
    const node = [this.#file, output].filter(Boolean).join(", ") || undefined;
    return new MobileNetError(code, `${label}: ${summary}`, { node, remedy });
  }

  /** Counts values copied out of the file, so that tensors sharing a buffer cannot multiply it. */
  spend(values: number): void {
    this.#allowance -= values;
    if (this.#allowance < 0) {
      throw new MobileNetError("invalid-model", "the constants take far more than the file holds", {
        expected: "buffers that are used about once",
        received: "one buffer shared by many tensors",
      });
    }
  }

  #unique(wanted: string, kind: "node" | "parameter"): string {
    const names = this.#names[kind];
    let name = wanted;
    let copy = this.#copies.get(`${kind} ${wanted}`) ?? 1;
    while (names.has(name)) name = `${wanted}#${++copy}`;
    this.#copies.set(`${kind} ${wanted}`, copy);
    names.add(name);
    return name;
  }
}
