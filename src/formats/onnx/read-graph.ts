/**
 * Reads an ONNX model as a graph with its weights: float32, float16 weights, or 8 bits. A file may come
 * from anywhere, so nothing that it says is believed before it is checked, and what it says and the graph
 * has not is refused by name.
 */
import type { Graph } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import type { Assumption } from "../../models/model.ts";
import { foldPads } from "../fold-pads.ts";
import { expandQuantized } from "./expand-quantized.ts";
import { type OpenSize, readInput } from "./inputs.ts";
import { OnnxImport } from "./onnx-import.ts";
import type { ScaleAndShift } from "./onnx-values.ts";
import { OnnxOperation } from "./operation.ts";
import { readOnnxOperator } from "./operators.ts";
import type { OnnxFile, StoredEnd, StoredNode } from "./schema.ts";

/** A file's graph, and what was seen on the way. */
export interface OnnxGraph {
  readonly graph: Graph;
  /** The graph before anything was joined, for what stands behind its input. */
  readonly read: Graph;
  readonly affines: Map<string, ScaleAndShift>;
  readonly operations: ReadonlyMap<string, number>;
  readonly assumptions: readonly Assumption[];
  readonly notes: readonly string[];
  /** Whether the input's size was open. */
  readonly open: boolean;
  /** Whether the input takes a picture's bytes as they are. */
  readonly bytes: boolean;
}

/**
 * The graph of an ONNX file, its parameters bound. Nodes are named after the file's tensors; maps are
 * `[n, rows, columns, channels]`, vectors `[n, 1, 1, c]`, lists `[n, rows, 1, c]`.
 *
 * @param file - As readOnnxFile gives it.
 * @param source - Its place for errors, its size, and files beside it that hold values.
 * @throws MobileNetError `invalid-model` where the file is damaged or its operators do not fit together;
 *   `unsupported` naming producer, operator and node where it is none of this family.
 */
export function readOnnxGraph(
  file: OnnxFile,
  source: {
    readonly place: string;
    readonly bytes: number;
    readonly external?: ReadonlyMap<string, Uint8Array>;
    readonly size?: OpenSize;
  },
): OnnxGraph {
  const { external = new Map(), size = { given: undefined, stated: undefined }, ...rest } = source;
  const nodes = expandQuantized(file.nodes);
  const importer = new OnnxImport({ ...file, nodes }, { ...rest, external });
  // What nothing reads, as a switch for training, is no input of the graph.
  const inputs = file.inputs
    .filter(({ name }) => importer.readers(name).length > 0 || importer.leaves(name))
    .map((end) => readInput(importer, end, size));
  const readAll = (which: (node: StoredNode) => boolean): void => {
    for (const node of nodes) {
      if (importer.done.has(node) || !which(node)) continue;
      importer.done.add(node);
      readOnnxOperator(new OnnxOperation(importer, node));
    }
  };
  // Constants first: an operator looks at those of its readers too.
  readAll(({ inputs: names }) => names.every((name) => name === "" || importer.isConstant(name)));
  readAll(() => true);
  const operations = new Map<string, number>();
  for (const { kind } of file.nodes) operations.set(kind, (operations.get(kind) ?? 0) + 1);
  const read = importer.finish();
  const open = inputs.some((input) => input.open);
  // Exporters leave other sizes than the input's own at an output where that is open.
  const notes = [...importer.notes, ...(open ? [] : file.outputs.flatMap(otherShape(importer)))];
  return {
    graph: pruneGraph(foldPads(read)),
    read,
    affines: importer.affines,
    operations,
    assumptions: inputs.flatMap(({ assumptions }) => assumptions),
    notes,
    open,
    bytes: inputs.some(({ bytes }) => bytes),
  };
}

/** A note where a file says that an output has other dimensions than its operators give. */
function otherShape(importer: OnnxImport): (output: StoredEnd) => readonly string[] {
  return ({ name, dims = [] }) => {
    const given = importer.value(name)?.view.dims ?? [];
    // Tools that change how many images there are leave the first one as it was.
    const same = dims.every((size, i) => i === 0 || size === undefined || size === given[i]);
    if (dims.length === 0 || (same && dims.length === given.length)) return [];
    const said = dims.map((size) => size ?? "?").join("×");
    return [`${name} is ${given.join("×")} by its operators, which count, and ${said} by the file`];
  };
}
