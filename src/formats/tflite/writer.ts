/**
 * Writes a graph as a TensorFlow Lite model: the reader's counterpart (tflite.ts). The operators
 * carry the versions that TensorFlow's own converter gives them, so that any runtime of the last
 * years takes the file. Tensors are named after nodes and parameters.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph, Node, Parameter, Quantization } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Shape, TensorData } from "../../tensor.ts";
import { type Table, writeFlatBuffer } from "./flatbuffer-writer.ts";
import { operatorNames } from "./operator-names.ts";
import { elementTypes, type TensorQuantization } from "./schema.ts";
import { writeNode } from "./write-operators.ts";

/** Facts that a file carries beside its graph: bytes by name. */
export type TfliteMetadata = ReadonlyMap<string, Uint8Array>;

/** A tensor to be written; a constant where it has data. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: "float32" | "int32" | "uint8" | "int8";
  readonly quantization?: TensorQuantization | undefined;
  readonly data?: TensorData;
}

/** An operator to be written. */
export interface WrittenOperator {
  readonly kind: string;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly output: number;
  /** The option table and its number in the schema's union. */
  readonly options?: { readonly type: number; readonly fields: Table };
}

/** Collects tensors and operators while the nodes are walked in order. */
export class ModelDraft {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, FeatureShape>;
  readonly tensors: WrittenTensor[] = [];
  readonly operators: WrittenOperator[] = [];
  readonly #values = new Map<string, number>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.shapes = inferShapes(graph);
  }

  /** Adds a tensor and gives its index. */
  tensor(tensor: WrittenTensor): number {
    return this.tensors.push(tensor) - 1;
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

  shape(name: string): FeatureShape {
    return this.shapes.get(name) as FeatureShape;
  }

  /** A parameter with its values. */
  parameter(name: string): Parameter & { readonly data: TensorData } {
    const parameter = this.graph.parameters.get(name);
    if (parameter?.data === undefined) {
      throw new MobileNetError("invalid-argument", "a parameter has no values", {
        node: name,
        remedy: "Bind weights to the graph before writing it.",
      });
    }
    return { ...parameter, data: parameter.data };
  }
}

function elementsOf(
  quantization: Quantization | undefined,
): Pick<WrittenTensor, "type" | "quantization"> {
  if (quantization === undefined) return { type: "float32" };
  const { dtype, scale, zeroPoint } = quantization;
  return { type: dtype, quantization: { scales: [scale], zeroPoints: [zeroPoint], dimension: 0 } };
}

/**
 * The bytes of a `.tflite` file that computes the graph, float32 or 8-bit.
 *
 * @param graph - With values for its parameters; batch norms folded, nothing fused but activations.
 * @throws MobileNetError `unsupported` naming the node that the format has no operator for.
 */
export function writeTflite(graph: Graph, metadata: TfliteMetadata = new Map()): Uint8Array {
  const draft = new ModelDraft(graph);
  const inputs = graph.nodes.filter(({ op }) => op === "input");
  for (const node of inputs) draft.output(node);
  for (const node of graph.nodes) if (node.op !== "input") writeNode(draft, node);
  return serialize(draft, {
    inputs: inputs.map(({ name }) => draft.value(name)),
    outputs: graph.outputs.map((name) => draft.value(name)),
    metadata,
  });
}

function serialize(
  { graph, tensors, operators }: ModelDraft,
  ends: {
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    readonly metadata: TfliteMetadata;
  },
): Uint8Array {
  const { inputs, outputs, metadata } = ends;
  const key = ({ kind, version }: WrittenOperator): string => `${kind} ${version}`;
  const codes = new Map(operators.map((operator) => [key(operator), operator]));
  const codeIndexes = [...codes.keys()];
  // Buffer 0 is by convention the empty one of tensors that the graph computes.
  const buffers: Uint8Array[] = [];
  const buffer = (bytes: Uint8Array): number => buffers.push(bytes);
  const subgraph: Table = {
    0: { tables: tensors.map((tensor) => tensorTable(tensor, buffer)) },
    1: { i32s: inputs },
    2: { i32s: outputs },
    3: {
      tables: operators.map((operator) => ({
        0: { i32: codeIndexes.indexOf(key(operator)) },
        1: { i32s: operator.inputs },
        2: { i32s: [operator.output] },
        ...(operator.options === undefined
          ? {}
          : { 3: { u8: operator.options.type }, 4: { table: operator.options.fields } }),
      })),
    },
    4: { text: graph.name },
  };
  const notes = [...metadata].map(
    ([name, bytes]): Table => ({ 0: { text: name }, 1: { i32: buffer(bytes) } }),
  );
  const root: Table = {
    0: { i32: 3 },
    1: { tables: [...codes.values()].map(codeTable) },
    2: { tables: [subgraph] },
    3: { text: "mobilenetv2" },
    4: { tables: [{}, ...buffers.map((bytes) => ({ 0: { bytes } }))] },
    ...(notes.length === 0 ? {} : { 6: { tables: notes } }),
  };
  return writeFlatBuffer(root, "TFL3");
}

/** The older field holds a code of up to 127, the newer one any. */
function codeTable({ kind, version }: WrittenOperator): Table {
  const code = operatorNames.indexOf(kind);
  return { 0: { u8: Math.min(code, 127) }, 2: { i32: version }, 3: { i32: code } };
}

function tensorTable(
  { name, shape, type, quantization, data }: WrittenTensor,
  buffer: (bytes: Uint8Array) => number,
): Table {
  const bytes = data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    0: { i32s: shape },
    1: { u8: elementTypes.indexOf(type) },
    2: { i32: bytes === undefined ? 0 : buffer(bytes) },
    3: { text: name },
    ...(quantization === undefined ? {} : { 4: { table: quantizationTable(quantization) } }),
  };
}

function quantizationTable({ scales, zeroPoints, dimension }: TensorQuantization): Table {
  return { 2: { f32s: scales }, 3: { i64s: zeroPoints }, 6: { i32: dimension } };
}
