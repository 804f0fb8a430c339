/**
 * An engine of ONNX files that reads them with the library's reader and runs what it gives on the
 * reference: what is written, read and computed has to be what the graph computes.
 */
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { compile } from "../../src/compile/compile.ts";
import { type OnnxGraph, readOnnxGraph } from "../../src/formats/onnx/read-graph.ts";
import { readOnnxFile } from "../../src/formats/onnx/schema.ts";
import type { FeatureShape, Graph, InputNode } from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { sameShape } from "../../src/tensor.ts";
import { fromFile, toFile } from "./compare.ts";
import type { OnnxTensor } from "./read-model.ts";

/** What a file's bytes are read as. */
export function readBytes(file: Uint8Array): OnnxGraph {
  return readOnnxGraph(readOnnxFile(file, "model.onnx"), { place: "", bytes: file.length });
}

/** Runs a graph that was read, on inputs as its file has them, and gives each output as the file has it. */
export async function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, OnnxTensor>,
  dims: readonly (readonly number[])[],
): Promise<readonly OnnxTensor[]> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const nodes = graph.nodes.filter((node): node is InputNode => node.op === "input");
  for (const [i, { name, shape }] of nodes.entries()) {
    executable.inputTensor(i).data.set(given(inputs.get(name)!, shape));
  }
  executable.run();
  const shapes = inferShapes(graph);
  const outputs = graph.outputs.map((name, i) => {
    return asFile(executable.outputTensor(i).data, shapes.get(name)!, dims[i]!);
  });
  executable.dispose();
  return outputs;
}

/** The engine for whole files. */
export async function runRead(
  file: Uint8Array,
  inputs: ReadonlyMap<string, OnnxTensor>,
): Promise<ReadonlyMap<string, OnnxTensor>> {
  const { outputs } = readOnnxFile(file, "model.onnx");
  const dims = outputs.map((end) => end.dims as readonly number[]);
  const received = await runGraph(readBytes(file).graph, inputs, dims);
  return new Map(outputs.map(({ name }, i) => [name, received[i]!]));
}

/** An input's values in the order of the node, which may have taken a map as one with channels last. */
function given(tensor: OnnxTensor, shape: FeatureShape): ArrayLike<number> {
  const [n, c, h, w] = tensor.dims;
  return sameShape(shape, [n!, h!, w!, c!]) ? fromFile(tensor, undefined) : tensor.data;
}

function asFile(data: ArrayLike<number>, shape: FeatureShape, dims: readonly number[]): OnnxTensor {
  const element = data instanceof Uint8Array ? "uint8" : "float32";
  const [n, c, h, w] = dims;
  const isMap = dims.length === 4 && sameShape(shape, [n!, h!, w!, c!]);
  const values = isMap ? toFile(data, shape, undefined).data : Array.from(data);
  return { element, dims, data: values };
}
