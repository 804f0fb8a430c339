/**
 * What a graph takes and gives, as far as the file says: its inputs and outputs by the signature or by
 * their places, the picture's size and type, and what wrote the file.
 */
import { MobileNetError } from "../../errors.ts";
import { elide, quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";
import {
  dimensionsOf,
  type NumberKind,
  numberKindOf,
  statedShapeOf,
  typeName,
  typeOf,
} from "./attributes.ts";
import {
  type GraphDef,
  type GraphNode,
  leaves,
  type NodeOutput,
  nodesInOrder,
  parseSource,
} from "./graph-def.ts";

/** The picture that a graph takes, sizes −1 where the file leaves them open. */
export interface StatedInput {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly kind: NumberKind;
  /** Whether it takes a picture's bytes: its type is one of whole numbers. */
  readonly isBytes: boolean;
}

/** A graph's outputs, as its signature names them or as those that nothing reads. */
export function outputsOf(model: unknown, graph: GraphDef): readonly NodeOutput[] {
  const { outputs } = signatureOf(model);
  const named = Object.values(isRecord(outputs) ? outputs : {}).flatMap((output) => {
    const { name } = isRecord(output) ? output : {};
    return typeof name === "string" ? [parseSource(name)] : [];
  });
  const stated = named.filter(({ node }) => graph.has(node));
  if (named.length > 0 && stated.length < named.length) {
    const missing = named.find(({ node }) => !graph.has(node));
    throw new MobileNetError("invalid-model", "the graph lacks an output of its signature", {
      node: quote(missing?.node),
    });
  }
  return named.length > 0 ? stated : leaves(graph).map((node) => ({ node, port: 0 }));
}

/**
 * The one picture that some outputs need.
 *
 * @throws MobileNetError `unsupported` where there is none, or something else besides.
 */
export function pictureInputOf(
  model: unknown,
  order: readonly GraphNode[],
  place: string,
): StatedInput {
  const placeholders = order.filter(({ op }) => op === "Placeholder");
  const [node] = placeholders;
  if (node === undefined || placeholders.length > 1) {
    const names = placeholders.slice(0, 5).map(({ name }) => quote(name));
    throw new MobileNetError("unsupported", "the graph does not take one picture", {
      node: place,
      expected: "one input",
      received: names.join(", ") || "none",
    });
  }
  const stated = statedInput(model, node.name);
  const { tensorShape, dtype } = stated;
  const some = (shape: readonly number[] | undefined) => (shape?.length ? shape : undefined);
  const open4 = [-1, -1, -1, -1];
  const shape = some(statedShapeOf(node, "shape")) ?? some(dimensionsOf(tensorShape)) ?? open4;
  const signed = dimensionsOf(tensorShape) ?? [];
  const [batch = -1, rows = -1, columns = -1, channels = -1] = shape.map((size, axis) =>
    size > 0 ? size : (signed[axis] ?? -1),
  );
  const type = typeOf(node, "dtype") ?? typeName(dtype) ?? "DT_FLOAT";
  const kind = numberKindOf(type);
  const isPicture = shape.length === 4 && batch <= 1 && [1, 3, -1, 0].includes(channels);
  if (!isPicture || kind === undefined || kind === "bool") {
    throw new MobileNetError("unsupported", "the graph's input is no picture", {
      node: `${place}, ${node.name}`,
      expected: "numbers of shape [1, rows, columns, 3 or 1]",
      received: `${type} of shape [${shape.join(", ")}]`,
    });
  }
  const open = (size: number): number => (size > 0 ? size : -1);
  return {
    name: node.name,
    rows: open(rows),
    columns: open(columns),
    channels: channels > 0 ? channels : 3,
    kind,
    isBytes: kind === "int",
  };
}

/** The nodes that outputs need. */
export function neededNodes(graph: GraphDef, outputs: readonly NodeOutput[]): readonly GraphNode[] {
  return nodesInOrder(
    graph,
    outputs.map(({ node }) => node),
  );
}

/** What wrote a `model.json`: `TensorFlow 2.15.0 by TensorFlow.js Converter v4.22.0`. */
export function frameworkOf(model: unknown): string | undefined {
  const { generatedBy, convertedBy } = isRecord(model) ? model : {};
  const text = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" ? elide(value, 60) : undefined;
  const [made, converted] = [text(generatedBy), text(convertedBy)];
  if (made === undefined) return converted;
  const writer = /^v?\d/.test(made) ? `TensorFlow ${made}` : made;
  return converted === undefined ? writer : `${writer} by ${converted}`;
}

function signatureOf(model: unknown): Readonly<Record<string, unknown>> {
  const { signature, userDefinedMetadata } = isRecord(model) ? model : {};
  if (isRecord(signature)) return signature;
  const { signature: older } = isRecord(userDefinedMetadata) ? userDefinedMetadata : {};
  return isRecord(older) ? older : {};
}

function statedInput(model: unknown, node: string): Readonly<Record<string, unknown>> {
  const { inputs } = signatureOf(model);
  const all = Object.values(isRecord(inputs) ? inputs : {}).filter(isRecord);
  const found = all.find(({ name }) => typeof name === "string" && parseSource(name).node === node);
  return found ?? {};
}
