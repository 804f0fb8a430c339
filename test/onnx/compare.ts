/**
 * What the ONNX file of a graph computes, on any engine that runs such files, beside the graph itself:
 * real numbers within the bounds of float32's error analysis, 8 bits within a step for each node.
 */
import type { Backend, SynchronousExecutable } from "../../src/backends/backend.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { compile, optimize } from "../../src/compile/compile.ts";
import { type OnnxSettings, usualOnnxSettings } from "../../src/formats/onnx/write-settings.ts";
import { writeOnnx, writeOnnxAs } from "../../src/formats/onnx/writer.ts";
import type { FeatureShape, Graph, InputNode, Node, Op, Quantization } from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { elementCount } from "../../src/tensor.ts";
import { firstViolation } from "../conformance/backends.ts";
import { evaluate } from "../conformance/error-bound.ts";
import { normalValues, seededRandom } from "../conformance/random.ts";
import type { OnnxTensor } from "./read-model.ts";

/** Runs a file on inputs by name. */
export type Engine = (
  file: Uint8Array,
  inputs: ReadonlyMap<string, OnnxTensor>,
) => ReadonlyMap<string, OnnxTensor> | Promise<ReadonlyMap<string, OnnxTensor>>;

/** `[outer, a, b]` → `[outer, b, a]`. */
function swapped(data: ArrayLike<number>, a: number, b: number): number[] {
  return Array.from({ length: data.length }, (_, index) => {
    const [inner, outer] = [index % (a * b), index - (index % (a * b))];
    return data[outer + (inner % a) * b + Math.floor(inner / a)]!;
  });
}

/** A map as files have it: `[n, channels, rows, columns]`; 8 bits are unsigned. */
export function toFile(
  data: ArrayLike<number>,
  shape: FeatureShape,
  as: Quantization | undefined,
): OnnxTensor {
  const [n, rows, columns, channels] = shape;
  const shift = as?.dtype === "int8" ? 128 : 0;
  const values = swapped(data, rows * columns, channels).map((value) => value + shift);
  const dims = [n, channels, rows, columns];
  return as === undefined
    ? { element: "float32", dims, data: Float32Array.from(values) }
    : { element: "uint8", dims, data: Uint8Array.from(values) };
}

/** A file's output in the graph's order: only what has four dimensions has its channels first. */
export function fromFile({ dims, data }: OnnxTensor, as: Quantization | undefined): number[] {
  const [, channels, ...plane] = dims;
  const values = dims.length < 4 ? Array.from(data) : swapped(data, channels!, elementCount(plane));
  const shift = as?.dtype === "int8" ? 128 : 0;
  return values.map((value) => value - shift);
}

/**
 * The first value of a float32 graph that leaves its bounds, as a sentence. An engine may fold batch
 * norms, so both ways of computing them count.
 */
export async function realDifference(
  graph: Graph,
  inputs: readonly Float32Array[],
  {
    engine,
    settings = usualOnnxSettings,
  }: { readonly engine: Engine; readonly settings?: OnnxSettings },
): Promise<string | undefined> {
  const isLast = settings.layout === "nhwc";
  const nodes = graph.nodes.filter((node): node is InputNode => node.op === "input");
  const given = new Map(
    nodes.map(({ name, shape }, i): [string, OnnxTensor] => {
      const last: OnnxTensor = { element: "float32", dims: shape, data: inputs[i]! };
      return [name, isLast ? last : toFile(inputs[i]!, shape, undefined)];
    }),
  );
  const received = await engine(writeOnnxAs(graph, settings), given);
  const [plain, folded] = [graph, optimize(graph, { fuseBlocks: false })].map((each) =>
    evaluate(each, inputs),
  );
  for (const name of graph.outputs) {
    const { value, bound } = plain!.get(name)!;
    const other = folded!.get(name)!.bound.data;
    const wider = { shape: bound.shape, data: bound.data.map((b, i) => b + other[i]!) };
    const given = received.get(name)!;
    const values = Float32Array.from(isLast ? given.data : fromFile(given, undefined));
    const found = firstViolation({ value, bound: wider }, values);
    if (found !== undefined) return `${name}: ${found}`;
  }
  return undefined;
}

/** What comparing the nodes of an 8-bit graph found. */
export interface ByteComparison {
  /** Nodes that are further away than they may be. */
  readonly differences: readonly string[];
  /** How many nodes were compared, by operation. */
  readonly compared: ReadonlyMap<string, number>;
}

/**
 * Each node of a graph by itself, on random integers. Both round the same real value by rules of their
 * own, so that they may differ by one step; what only selects or converts does not differ.
 */
export async function compareBytes(
  graph: Graph,
  seed: number,
  engine: Engine,
  backend: Backend<SynchronousExecutable> = referenceBackend,
): Promise<ByteComparison> {
  const differences: string[] = [];
  const compared = new Map<string, number>();
  for (const [i, node] of graph.nodes.entries()) {
    if (node.op === "input") continue;
    const single = alone(graph, node);
    if (single === undefined) continue;
    const random = seededRandom(seed + i);
    const inputs = single.nodes.filter((each): each is InputNode => each.op === "input");
    const given = inputs.map(({ shape, quantization: as }) =>
      as === undefined
        ? normalValues(elementCount(shape), random)
        : Float32Array.from({ length: elementCount(shape) }, () => {
            return Math.floor(random() * 256) - (as.dtype === "int8" ? 128 : 0);
          }),
    );
    const executable = await backend.prepare(compile(single, backend.target));
    for (const [at, values] of given.entries()) executable.inputTensor(at).data.set(values);
    executable.run();
    const expected = executable.outputTensor();
    const tensors = inputs.map(({ name, shape, quantization: as }, at) => {
      return [name, toFile(given[at]!, shape, as)] as const;
    });
    const outputs = await engine(writeOnnx(single), new Map(tensors));
    const received = fromFile(outputs.get(node.name)!, node.quantization);
    const most = mostSteps(node, inputs[0]!.quantization);
    const far = received.findIndex((value, at) => !(Math.abs(value - expected.data[at]!) <= most));
    if (far >= 0 || received.length !== expected.data.length) {
      const found = `expected ${expected.data[far]}, received ${received[far]}`;
      differences.push(`${JSON.stringify(node)}: element ${far}: ${found}`);
    }
    compared.set(node.op, (compared.get(node.op) ?? 0) + 1);
    executable.dispose();
  }
  return { differences, compared };
}

/** What takes values elsewhere and changes none. */
const moves: ReadonlySet<Op> = new Set<Op>([
  ...(["reshape", "pad", "slice", "transpose", "maxPool2d", "resizeNearest"] as const),
]);

/** How many steps of a node's 8 bits two engines may lie apart. */
function mostSteps({ op, quantization }: Node, source: Quantization | undefined): number {
  if (op === "argMax" || op === "dequantize") return 0;
  if (source === undefined || quantization === undefined) return 1;
  const ratio = source.scale / quantization.scale;
  const same = ratio === 1 && quantization.zeroPoint === source.zeroPoint;
  if (same && moves.has(op)) return 0;
  // What is between two pixels may become a step of the input first, rounded here and cut off there.
  return op === "resizeBilinear" && ratio !== 1 ? Math.floor(1.5 * ratio + 1.5) : 1;
}

/** A graph of one node; undefined where its operands are real numbers or of both kinds. */
function alone(graph: Graph, node: Exclude<Node, InputNode>): Graph | undefined {
  const shapes = inferShapes(graph);
  const sources = [...new Set(node.inputs)].map((name): InputNode => {
    const { quantization } = graph.nodes.find((other) => other.name === name)!;
    const shape = shapes.get(name)!;
    return { op: "input", name, inputs: [], shape, ...(quantization && { quantization }) };
  });
  const operands = [node, ...sources];
  const converts = ["quantize", "dequantize", "argMax"].includes(node.op);
  if (!operands[converts ? "some" : "every"](({ quantization }) => quantization !== undefined)) {
    return undefined;
  }
  const { name, parameters } = graph;
  return { name, nodes: [...sources, node], outputs: [node.name], parameters };
}
