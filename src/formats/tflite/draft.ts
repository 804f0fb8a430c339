/**
 * A TensorFlow Lite model in the making: tensors and operators, collected while the nodes of a graph
 * are walked in order. Tensors are named after nodes and parameters.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph, Node, Quantization } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { required } from "../../required.ts";
import type { Shape, TensorData } from "../../tensor.ts";
import { type BoundParameter, boundParameter } from "../bound-parameter.ts";
import { toHalves } from "../half.ts";
import type { Table } from "./flatbuffer-writer.ts";
import type { TensorQuantization } from "./schema.ts";

/** A tensor to be written; a constant where it has data. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: "float32" | "float16" | "int32" | "uint8" | "int8";
  readonly quantization?: TensorQuantization | undefined;
  readonly data?: TensorData | Uint16Array;
}

/** An operator to be written. */
export interface WrittenOperator {
  readonly kind: string;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The option table and its number in the schema's union. */
  readonly options?: { readonly type: number; readonly fields: Table };
  /** Of a custom operator, whose kind is its name: its options as bytes. */
  readonly custom?: Uint8Array;
}

/** Collects tensors and operators while the nodes are walked in order. */
export class ModelDraft {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, FeatureShape>;
  readonly tensors: WrittenTensor[] = [];
  readonly operators: WrittenOperator[] = [];
  readonly #values = new Map<string, number>();
  readonly #half: boolean;

  constructor(graph: Graph, { half }: { readonly half: boolean }) {
    this.graph = graph;
    this.#half = half;
    this.shapes = inferShapes(graph);
  }

  /** Adds a tensor and gives its index. */
  tensor(tensor: WrittenTensor): number {
    return this.tensors.push(tensor) - 1;
  }

  /** Adds weights of the network, in the file's precision. */
  weights(tensor: WrittenTensor & { readonly data: TensorData }): number {
    if (!this.#half || tensor.type !== "float32") return this.tensor(tensor);
    const { name, shape } = tensor;
    const halves = this.tensor({ name, shape, type: "float16", data: toHalves(tensor.data) });
    const output = this.tensor({ name: `${name}_dequantize`, shape, type: "float32" });
    this.operators.push({ kind: "DEQUANTIZE", version: 3, inputs: [halves], outputs: [output] });
    return output;
  }

  /** Adds the tensor of a node's output, in 8 bits where the node is. */
  output(node: Node, shape: Shape = this.shape(node.name)): number {
    const index = this.tensor({ name: node.name, shape, ...elementsOf(node.quantization) });
    this.#values.set(node.name, index);
    return index;
  }

  /** Adds a tensor between two operators of one node. */
  between(node: Node, suffix: string, shape: Shape): number {
    const name = `${node.name}/${suffix}`;
    return this.tensor({ name, shape, ...elementsOf(node.quantization) });
  }

  /** Adds a constant list of int32. */
  integers(name: string, values: readonly number[], shape: Shape = [values.length]): number {
    return this.tensor({ name, shape, type: "int32", data: Int32Array.from(values) });
  }

  /** The index of the tensor that a node gave. */
  value(name: string): number {
    const index = this.#values.get(name);
    if (index === undefined) {
      throw new MobileNetError("internal", "no operator gives this tensor", { node: name });
    }
    return index;
  }

  /** The node that gives a value. */
  node(name: string): Node {
    const node = this.graph.nodes.find((other) => other.name === name);
    if (node === undefined) throw new MobileNetError("internal", "no such node", { node: name });
    return node;
  }

  shape(name: string): FeatureShape {
    return required(this.shapes, name);
  }

  /** A parameter with its values. */
  parameter(name: string): BoundParameter {
    return boundParameter(this.graph, name);
  }
}

function elementsOf(
  quantization: Quantization | undefined,
): Pick<WrittenTensor, "type" | "quantization"> {
  if (quantization === undefined) return { type: "float32" };
  const { dtype, scale, zeroPoint } = quantization;
  return { type: dtype, quantization: { scales: [scale], zeroPoints: [zeroPoint], dimension: 0 } };
}
