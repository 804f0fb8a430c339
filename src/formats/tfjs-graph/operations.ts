/**
 * What the operations of a graph become, one after another: constants are computed, the rest is read by
 * a function per kind from the tables. What cannot be read is an error that only those get who need it.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import type { Tensor } from "../../tensor.ts";
import { type NumberKind, numberKindOf, typeOf } from "./attributes.ts";
import type { GraphConstant } from "./constants.ts";
import { foldNode } from "./fold-operation.ts";
import type { GraphDef, GraphNode } from "./graph-def.ts";
import { GraphDefImport, type ImportedFile } from "./importer.ts";
import { activationReaders } from "./read-activations.ts";
import { arithmeticReaders } from "./read-arithmetic.ts";
import { controlReaders, passesOn } from "./read-control.ts";
import { convolutionReaders } from "./read-convolutions.ts";
import { mapReaders } from "./read-maps.ts";
import { moveReaders } from "./read-moves.ts";
import { type ReaderTable, Reading } from "./reading.ts";
import { known, type TensorValue } from "./values.ts";

const readers: ReaderTable = {
  ...controlReaders,
  ...moveReaders,
  ...mapReaders,
  ...arithmeticReaders,
  ...activationReaders,
  ...convolutionReaders,
};

/** Operations on each value or channel: on smaller planes they are done once the whole is there. */
const onBlocks: ReaderTable = { ...arithmeticReaders, ...activationReaders };

/** A graph to read, with its weights. */
export interface GraphFile extends ImportedFile {
  readonly graph: GraphDef;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The picture that a graph takes. */
export interface GraphPicture {
  readonly name: string;
  readonly shape: FeatureShape;
  readonly kind: NumberKind;
}

/** Everything that some nodes, each after what it needs, make of a picture. */
export function importNodes(
  file: GraphFile,
  order: readonly GraphNode[],
  input: GraphPicture,
): GraphDefImport {
  const importer = new GraphDefImport(file.graph, file);
  for (const node of order) {
    if (node.name === input.name) {
      const body = { op: "input", inputs: [], shape: input.shape } as const;
      const of = { body, feature: input.shape };
      importer.set(node.name, [importer.map(node, of, { kind: input.kind, front: true })]);
    } else importer.set(node.name, readNode(importer, node, file));
  }
  return importer;
}

function readNode(
  importer: GraphDefImport,
  node: GraphNode,
  { tensors }: Pick<GraphFile, "tensors">,
): readonly TensorValue[] {
  if (node.op === "Const") {
    const tensor = tensors.get(node.name);
    if (tensor !== undefined) return [known(constantFrom(node, tensor))];
    return [unread(importer.fault("unsupported", node, "its value is not among the weights"))];
  }
  const inputs = node.inputs.map((source) => importer.value(source));
  const missing = inputs.find((input) => input.type === "unread");
  if (missing !== undefined && !passesOn.has(node.op)) return [missing];
  try {
    return readOperation(importer, node, inputs);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    return [unread(error)];
  }
}

function readOperation(
  importer: GraphDefImport,
  node: GraphNode,
  inputs: readonly TensorValue[],
): readonly TensorValue[] {
  const constants = inputs.flatMap((input) => (input.type === "constant" ? [input.value] : []));
  if (constants.length === inputs.length && inputs.length > 0) {
    const folded = foldNode(importer, node, constants);
    if (folded !== undefined) return folded.map(known);
  }
  const read = Object.hasOwn(readers, node.op) ? readers[node.op] : undefined;
  if (read === undefined) throw importer.fault("unsupported", node, "no such operation here");
  const [first, ...others] = inputs;
  if (first?.type === "blocks" && Object.hasOwn(onBlocks, node.op)) {
    const step = (map: TensorValue): never =>
      read(new Reading(importer, node, [map, ...others])) as never;
    return [{ ...first, steps: [...first.steps, step] }];
  }
  const outputs = read(new Reading(importer, node, inputs));
  return Array.isArray(outputs) ? (outputs as readonly TensorValue[]) : [outputs as TensorValue];
}

function unread(error: MobileNetError): TensorValue {
  return { type: "unread", error };
}

function constantFrom(node: GraphNode, { dtype, shape, data }: Tensor): GraphConstant {
  const stored = dtype === "float32" ? "float" : "int";
  const stated = numberKindOf(typeOf(node, "dtype"));
  const kind = stated === "bool" && stored === "int" ? "bool" : stored;
  return { kind, shape, data };
}
