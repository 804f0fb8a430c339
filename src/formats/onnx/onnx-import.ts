/**
 * An ONNX model's tensors while its graph grows: which are constants, which node has the values of the
 * others and how they lie there. Operators (read-*.ts) add nodes through it, by way of an operation
 * (operation.ts) that knows its inputs and settings.
 */
import { MobileNetError } from "../../errors.ts";
import type { Graph, Quantization } from "../../graph/ir.ts";
import { elementCount, type Shape, sameShape } from "../../tensor.ts";
import { type Constant, GraphImport, type NodeBody } from "../graph-import.ts";
import {
  type OnnxValueRead,
  type Place,
  type QuantizedConstant,
  realAt,
  type ScaleAndShift,
} from "./onnx-values.ts";
import type { OnnxFile, StoredNode } from "./schema.ts";
import { readStoredTensor, storedBytes } from "./stored-tensors.ts";
import {
  blocksOf,
  channelsFirstGroups,
  channelsLastGroups,
  type Groups,
  isInOrder,
  orderOf,
  shapeOf,
  type View,
  viewOf,
} from "./view.ts";

/** What of a file's place errors name, and how much it may take. */
export interface ImportSource {
  readonly place: string;
  /** Of the file and those beside it. */
  readonly bytes: number;
  /** Files beside the model's that hold values. */
  readonly external: ReadonlyMap<string, Uint8Array>;
}

/** Looks up tensors by name, adds nodes and moves values to where an operation wants them. */
export class OnnxImport {
  readonly graph: GraphImport<string>;
  readonly file: OnnxFile;
  /** Scales and shifts of whole maps, by node. */
  readonly affines: Map<string, ScaleAndShift> = new Map();
  /** What is unusual and good to know. */
  readonly notes: Set<string> = new Set();
  /** Nodes whose values are whole numbers. */
  readonly whole: Set<string> = new Set();
  /** Operators that an earlier one has taken along. */
  readonly done: Set<StoredNode> = new Set();
  readonly #source: ImportSource;
  readonly #values = new Map<string, OnnxValueRead>();
  readonly #quantized = new Map<string, QuantizedConstant>();
  readonly #readers = new Map<string, StoredNode[]>();
  readonly #outputs: ReadonlySet<string>;
  /** What was moved already, by node and how. */
  readonly #moved = new Map<string, Place>();
  #allowance: number;

  constructor(file: OnnxFile, source: ImportSource) {
    this.file = file;
    this.#source = source;
    const maker = file.producer === "" ? "" : ` by ${file.producer}`;
    this.graph = new GraphImport(`${source.place}${maker}`, source.bytes);
    this.#allowance = 8 * source.bytes + 262_144;
    this.#outputs = new Set(file.outputs.map(({ name }) => name));
    for (const node of file.nodes) {
      for (const name of node.inputs) {
        const readers = this.#readers.get(name);
        if (readers === undefined) this.#readers.set(name, [node]);
        else readers.push(node);
      }
    }
  }

  /** Counts numbers before they are allocated or walked. */
  reserve(count: number): void {
    this.#allowance -= count;
    if (this.#allowance >= 0) return;
    throw new MobileNetError("invalid-model", "constants take far more than the file holds", {
      node: this.#source.place,
      expected: "constants that are used about once",
      received: "sizes that grow far beyond the file's",
    });
  }

  /** Another import, of some of the operators, that knows the constants which they read, but for one. */
  apart(nodes: readonly StoredNode[], but: string): OnnxImport {
    const other = new OnnxImport({ ...this.file, nodes }, this.#source);
    for (const name of new Set(nodes.flatMap(({ inputs }) => inputs))) {
      const known = name === but || other.isConstant(name) ? undefined : this.constant(name);
      if (known !== undefined) other.defineConstant(name, known);
    }
    return other;
  }

  /** The operators that read a tensor. */
  readers(name: string): readonly StoredNode[] {
    return this.#readers.get(name) ?? [];
  }

  /** The one operator that reads a tensor, where nothing else does and it does not leave the graph. */
  onlyReader(name: string): StoredNode | undefined {
    const [reader, ...others] = this.readers(name);
    return others.length === 0 && !this.#outputs.has(name) ? reader : undefined;
  }

  leaves(name: string): boolean {
    return this.#outputs.has(name);
  }

  value(name: string): OnnxValueRead | undefined {
    return this.#values.get(name);
  }

  isConstant(name: string): boolean {
    return (
      this.file.constants.has(name) ||
      this.graph.constant(name) !== undefined ||
      this.#quantized.has(name)
    );
  }

  /** A constant's values; real ones where its integers stand for such. */
  constant(name: string): Constant | undefined {
    const stored = this.file.constants.get(name);
    if (stored !== undefined) {
      const read = (): Constant => {
        const { external } = stored;
        const beside = external && this.#source.external.get(external.location);
        return readStoredTensor(this.file.wire, stored, beside);
      };
      return this.graph.readConstant(name, storedBytes(stored), read);
    }
    const known = this.graph.constant(name);
    const integers = this.#quantized.get(name);
    if (known !== undefined || integers === undefined) return known;
    this.reserve(integers.data.length);
    const at = realAt(integers);
    const real = { shape: integers.shape, data: Float32Array.from(integers.data, (_, i) => at(i)) };
    this.graph.defineConstant(name, real);
    return real;
  }

  /** A constant whose integers stand for real numbers. */
  quantizedConstant(name: string): QuantizedConstant | undefined {
    return this.#quantized.get(name);
  }

  defineConstant(name: string, constant: Constant | QuantizedConstant): void {
    this.#requireNew(name);
    if ("scales" in constant) this.#quantized.set(name, constant);
    else this.graph.defineConstant(name, constant);
  }

  /** Says what a tensor is. */
  define(name: string, value: OnnxValueRead): void {
    this.#requireNew(name);
    this.#values.set(name, value);
    const { node, shape, quantization } = value;
    this.graph.alias(name, name, { node, shape, quantization });
  }

  /** Adds a node. */
  add(name: string, body: NodeBody, quantization?: Quantization): string {
    return this.graph.add(name, body, quantization);
  }

  /** The same tensor as real numbers of a node. */
  float(value: OnnxValueRead): OnnxValueRead {
    const { node, shape, quantization } = value;
    if (quantization === undefined) return value;
    const made = this.#once(`real ${node}`, () => ({
      node: this.add(`${node}/real`, { op: "dequantize", inputs: [node] }),
      ...{ shape, quantization: undefined },
    }));
    return { ...value, ...made };
  }

  /**
   * The values of a tensor where rows, columns and channels are the given dimensions.
   *
   * @returns Undefined where that takes more than one transposition.
   */
  arrange(value: OnnxValueRead, groups: Groups): Place | undefined {
    const { view } = value;
    const order = orderOf(view, groups);
    const wanted = shapeOf(view, groups);
    if (order.length !== view.factors.length) return undefined;
    if (isInOrder(order)) return this.#reshaped(value, wanted);
    const blocks = blocksOf(view, order);
    if (blocks.sizes.length > 3) return undefined;
    const [a = 1, b = 1, c = 1] = blocks.sizes;
    const [rows, columns, channels] = value.shape.slice(1);
    const own = [rows, columns, channels].flatMap((size, i) => (size === 1 ? [] : [i]));
    // Where the node's own dimensions are the blocks, they can be moved as they are.
    const fits = sameShape(
      own.map((i) => value.shape[i + 1] ?? 1),
      blocks.sizes,
    );
    const from = fits ? value : this.#reshaped(value, [value.shape[0], a, b, c]);
    const places = fits ? own : [0, 1, 2];
    const moves = blocks.order.map((block) => (places[block] ?? 0) + 1);
    return this.#reshaped(this.#transposed(from, moves, wanted), wanted);
  }

  /** An image's values in the tensor's own order, as one list. */
  asList(value: OnnxValueRead): OnnxValueRead | undefined {
    const { view } = value;
    const all = view.dims.map((_, axis) => axis).slice(view.batch > 1 ? 1 : 0);
    const place = this.arrange(value, [[], [], all]);
    if (place === undefined) return undefined;
    const inner = elementCount(all.map((axis) => view.dims[axis] ?? 1));
    const list = viewOf([view.batch, inner], [[], [], [1]], view.batch);
    return { ...value, ...place, view: list };
  }

  /** The graph with the file's outputs, or with others in their place. */
  finish(ends: readonly Place[] = this.#ends()): Graph {
    const outputs = ends.map((place) => {
      const { node: name } = place;
      const key = `\0${name}`;
      if (this.graph.value(key) === undefined) this.graph.alias(key, name, place);
      return { key, name };
    });
    return this.graph.finish(this.file.name, outputs);
  }

  #ends(): readonly Place[] {
    return this.file.outputs.map(({ name }) => {
      const value = this.#values.get(name);
      if (value !== undefined) return this.#leaving(name, value);
      const summary = "nothing gives an output of the graph";
      throw new MobileNetError("invalid-model", summary, { node: name });
    });
  }

  /** What leaves the graph: maps as they lie, lists and vectors in their own order. */
  #leaving(name: string, value: OnnxValueRead): Place {
    const real = value.integers ? value : this.float(value);
    const { view } = real;
    const usual = leavingGroups(view);
    const lies = usual.find((groups) => {
      return isInOrder(orderOf(view, groups)) && sameShape(shapeOf(view, groups), real.shape);
    });
    if (lies !== undefined) return real;
    const [first] = usual;
    const place = first && this.arrange(real, first);
    if (place !== undefined) return place;
    throw new MobileNetError("unsupported", "an output of this many dimensions", {
      node: name,
      expected: "up to 4 dimensions",
      received: view.dims.join("×"),
    });
  }

  #reshaped({ node, shape, quantization }: Place, to: Place["shape"]): Place {
    if (sameShape(shape, to)) return { node, shape, quantization };
    const [, rows, columns, channels] = to;
    return this.#once(`shape ${node} ${to.join()}`, () => ({
      node: this.add(
        `${node}/${rows}x${columns}x${channels}`,
        { op: "reshape", inputs: [node], shape: [rows, columns, channels] },
        quantization,
      ),
      ...{ shape: to, quantization },
    }));
  }

  /** @param moves - The axes of the node that are not 1, in the order that they get. */
  #transposed({ node, shape, quantization }: Place, moves: readonly number[], to: Shape): Place {
    const shapeBy = (order: readonly number[]): Place["shape"] => {
      const [a, b, c] = order.map((axis) => shape[axis] ?? 1);
      return [shape[0], a ?? 1, b ?? 1, c ?? 1];
    };
    const fitting = orders.filter((order) => {
      const moved = order.filter((axis) => moves.includes(axis));
      return sameShape(moved, moves);
    });
    const best = fitting.find((order) => sameShape(shapeBy(order), to)) ?? fitting[0] ?? orders[0];
    return this.#once(`order ${node} ${best.join()}`, () => ({
      node: this.add(
        `${node}/${best.join("")}`,
        { op: "transpose", inputs: [node], order: best },
        quantization,
      ),
      ...{ shape: shapeBy(best), quantization },
    }));
  }

  #once(key: string, make: () => Place): Place {
    const known = this.#moved.get(key) ?? make();
    this.#moved.set(key, known);
    return known;
  }

  #requireNew(name: string): void {
    if (!this.#values.has(name) && !this.isConstant(name)) return;
    throw new MobileNetError("invalid-model", "a tensor is computed twice", { node: name });
  }
}

/** Where the dimensions of what leaves the graph may lie, the usual place first. */
function leavingGroups({ dims, batch }: View): readonly Groups[] {
  const lists: readonly Groups[] = [
    [[], [], []],
    [[], [], [0]],
    [[0], [], [1]],
    [[0, 1], [], [2]],
  ];
  const list = lists[dims.length];
  if (list === undefined) return dims.length === 4 ? [channelsFirstGroups, channelsLastGroups] : [];
  const [rows, columns, channels] = list;
  // A dimension of images is none of rows.
  const inner = (axes: readonly number[]): readonly number[] =>
    batch > 1 ? axes.filter((axis) => axis > 0) : axes;
  return [[inner(rows), columns, inner(channels)]];
}

type Order = readonly [1 | 2 | 3, 1 | 2 | 3, 1 | 2 | 3];
const orders: readonly [Order, ...Order[]] = [
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
];
