/**
 * Writes a graph as a TensorFlow Lite model: the reader's counterpart (tflite.ts). The operators
 * carry the versions that TensorFlow's own converter gives them, so that any runtime of the last
 * years takes the file.
 */
import type { Graph } from "../../graph/ir.ts";
import type { DetectorEnd } from "../detector-end.ts";
import { ModelDraft, type WrittenOperator, type WrittenTensor } from "./draft.ts";
import { type Table, writeFlatBuffer } from "./flatbuffer-writer.ts";
import { operatorNames } from "./operator-names.ts";
import { elementTypes, type TensorQuantization } from "./schema.ts";
import { writeDetection } from "./write-detection.ts";
import { writeNode } from "./write-operators.ts";

/** Facts that a file carries beside its graph: bytes by name. */
export type TfliteMetadata = ReadonlyMap<string, Uint8Array>;

/** What a file may be told. */
export interface TfliteOptions {
  readonly metadata?: TfliteMetadata;
  /** Whether float weights are stored in half precision, each with an operator that widens it. */
  readonly half?: boolean;
  /** Of a detector whose objects leave the file: what it suppresses boxes by. */
  readonly detection?: DetectorEnd | undefined;
}

/**
 * The bytes of a `.tflite` file that computes the graph, float32 or 8-bit.
 *
 * @param graph - With values for its parameters; batch norms folded, nothing fused but activations.
 * @throws MobileNetError `unsupported` naming the node that the format has no operator for.
 */
export function writeTflite(
  graph: Graph,
  { metadata = new Map(), half = false, detection }: TfliteOptions = {},
): Uint8Array {
  const draft = new ModelDraft(graph, { half });
  const inputs = graph.nodes.filter(({ op }) => op === "input");
  for (const node of inputs) draft.output(node);
  for (const node of graph.nodes) if (node.op !== "input") writeNode(draft, node);
  return serialize(draft, {
    inputs: inputs.map(({ name }) => draft.value(name)),
    outputs:
      detection === undefined
        ? graph.outputs.map((name) => draft.value(name))
        : writeDetection(draft, detection),
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
        2: { i32s: operator.outputs },
        ...(operator.options === undefined
          ? {}
          : { 3: { u8: operator.options.type }, 4: { table: operator.options.fields } }),
        ...(operator.custom === undefined ? {} : { 5: { bytes: operator.custom } }),
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
function codeTable({ kind, version, custom }: WrittenOperator): Table {
  const code = operatorNames.indexOf(custom === undefined ? kind : "CUSTOM");
  return {
    0: { u8: Math.min(code, 127) },
    ...(custom === undefined ? {} : { 1: { text: kind } }),
    ...{ 2: { i32: version }, 3: { i32: code } },
  };
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
