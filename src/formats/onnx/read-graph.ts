/**
 * Reads an ONNX model as a graph with its weights: float32, float16 weights, or 8 bits. A file may come
 * from anywhere, so nothing that it says is believed before it is checked, and what it says and the graph
 * has not is refused by name.
 */

import { MobileNetError } from "../../errors.ts";
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
import { mayBeLeft, mayEndInBoxes, type OnnxDetector, readOnnxDetector } from "./read-detector.ts";
import type { OnnxFile, StoredEnd, StoredNode } from "./schema.ts";

/** A file's graph, and what was seen on the way. */
export interface OnnxGraph {
  readonly graph: Graph;
  /** The graph before anything was joined, for what stands behind its input. */
  readonly read: Graph;
  readonly affines: Map<string, ScaleAndShift>;
  readonly operations: ReadonlyMap<string, number>;
  readonly assumptions: readonly Assumption[];
  /** Of a detector whose graph ends in encodings and scores, what the file does with them. */
  readonly detector?: OnnxDetector;
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
  const unread = new UnreadTensors(mayEndInBoxes(nodes));
  const readAll = (which: (node: StoredNode) => boolean): void => {
    for (const node of nodes) {
      if (importer.done.has(node) || !which(node)) continue;
      importer.done.add(node);
      unread.unless(node, () => readOnnxOperator(new OnnxOperation(importer, node)));
    }
  };
  // Constants first: an operator looks at those of its readers too.
  readAll(({ inputs: names }) => names.every((name) => name === "" || importer.isConstant(name)));
  readAll(() => true);
  const operations = new Map<string, number>();
  for (const { kind } of file.nodes) operations.set(kind, (operations.get(kind) ?? 0) + 1);
  const isWhole = file.outputs.every(({ name }) => unread.first(name) === undefined);
  const detector = isWhole ? undefined : readOnnxDetector(importer, nodes);
  if (!isWhole && detector === undefined) throw unread.error;
  const read = importer.finish(detector?.outputs);
  const open = inputs.some((input) => input.open);
  // Exporters leave other sizes than the input's own at an output where that is open.
  const others = open || detector !== undefined ? [] : file.outputs.flatMap(otherShape(importer));
  const notes = [...importer.notes, ...others];
  return {
    graph: pruneGraph(foldPads(read)),
    read,
    affines: importer.affines,
    operations,
    ...(detector && { detector }),
    assumptions: inputs.flatMap(({ assumptions }) => assumptions),
    notes,
    open,
    bytes: inputs.some(({ bytes }) => bytes),
  };
}

/**
 * Tensors that no operation here gives. Where a file may end in boxes, which are a task's work, what
 * cannot be read is left, and everything behind it.
 */
class UnreadTensors {
  readonly #isLenient: boolean;
  readonly #errors = new Map<string, MobileNetError>();

  constructor(isLenient: boolean) {
    this.#isLenient = isLenient;
  }

  /** Reads an operator, or notes why that cannot be. */
  unless(node: StoredNode, read: () => void): void {
    const { inputs, outputs } = node;
    try {
      const cause = inputs.map((name) => this.first(name)).find((error) => error !== undefined);
      if (cause !== undefined && mayBeLeft(node)) throw cause;
      read();
    } catch (error) {
      const isUnread = error instanceof MobileNetError && error.code === "unsupported";
      if (!this.#isLenient || !isUnread || !mayBeLeft(node)) throw error;
      for (const name of outputs) this.#errors.set(name, error);
    }
  }

  /** Why a tensor is not there. */
  first(name: string): MobileNetError | undefined {
    return this.#errors.get(name);
  }

  /** What was wrong first. */
  get error(): MobileNetError | undefined {
    return [...this.#errors.values()][0];
  }
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
