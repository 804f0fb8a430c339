/**
 * What the operations of a graph become, one after another: constants are computed, the rest is read by
 * a function per kind from the tables. What cannot be read is an error that only those get who need it.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import type { Tensor } from "../../tensor.ts";
import { kindOf, type NumberKind, typeOf } from "./attributes.ts";
import type { Constant } from "./constants.ts";
import { foldNode } from "./fold-node.ts";
import type { GraphDef, GraphNode } from "./graph-def.ts";
import { type ImportedFile, Importer } from "./importer.ts";
import { activations } from "./read-activations.ts";
import { arithmetic } from "./read-arithmetic.ts";
import { control, passesOn } from "./read-control.ts";
import { convolutions } from "./read-convolutions.ts";
import { maps } from "./read-maps.ts";
import { moves } from "./read-moves.ts";
import { type ReaderTable, Reading } from "./reading.ts";
import { known, type Value } from "./values.ts";

const readers: ReaderTable = {
  ...control,
  ...moves,
  ...maps,
  ...arithmetic,
  ...activations,
  ...convolutions,
};

/** Operations on each value or channel: on smaller planes they are done once the whole is there. */
const onBlocks: ReaderTable = { ...arithmetic, ...activations };

/** A graph to read, with its weights. */
export interface GraphFile extends ImportedFile {
  readonly graph: GraphDef;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The picture that a graph takes. */
export interface PictureInput {
  readonly name: string;
  readonly shape: FeatureShape;
  readonly kind: NumberKind;
}

/** Everything that some nodes, each after what it needs, make of a picture. */
export function importNodes(
  file: GraphFile,
  order: readonly GraphNode[],
  input: PictureInput,
): Importer {
  const importer = new Importer(file.graph, file);
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
  importer: Importer,
  node: GraphNode,
  { tensors }: Pick<GraphFile, "tensors">,
): readonly Value[] {
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
  importer: Importer,
  node: GraphNode,
  inputs: readonly Value[],
): readonly Value[] {
  const constants = inputs.flatMap((input) => (input.type === "constant" ? [input.value] : []));
  if (constants.length === inputs.length && inputs.length > 0) {
    const folded = foldNode(importer, node, constants);
    if (folded !== undefined) return folded.map(known);
  }
  const read = Object.hasOwn(readers, node.op) ? readers[node.op] : undefined;
  if (read === undefined) throw importer.fault("unsupported", node, "no such operation here");
  const [first, ...others] = inputs;
  if (first?.type === "blocks" && Object.hasOwn(onBlocks, node.op)) {
    const step = (map: Value): never =>
      read(new Reading(importer, node, [map, ...others])) as never;
    return [{ ...first, steps: [...first.steps, step] }];
  }
  const outputs = read(new Reading(importer, node, inputs));
  return Array.isArray(outputs) ? (outputs as readonly Value[]) : [outputs as Value];
}

function unread(error: MobileNetError): Value {
  return { type: "unread", error };
}

function constantFrom(node: GraphNode, { dtype, shape, data }: Tensor): Constant {
  const stored = dtype === "float32" ? "float" : "int";
  const stated = kindOf(typeOf(node, "dtype"));
  const kind = stated === "bool" && stored === "int" ? "bool" : stored;
  return { kind, shape, data };
}
