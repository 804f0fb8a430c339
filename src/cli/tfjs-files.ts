/** Weights as files of TensorFlow.js, for tests and measurements of how a model is read. */
import type { ModelFiles } from "../formats/files.ts";
import type { Graph } from "../graph/ir.ts";
import { elementCount } from "../tensor.ts";

/** A graph's weights as a TensorFlow.js model: `model.json` and one shard of float32. */
export function tfjsFiles(graph: Graph): ModelFiles {
  const parameters = [...graph.parameters];
  const weights = parameters.map(([name, { shape }]) => ({ name, shape, dtype: "float32" }));
  const values = new Float32Array(weights.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  let at = 0;
  for (const [, { data, shape }] of parameters) {
    values.set(data as Float32Array, at);
    at += elementCount(shape);
  }
  const manifest = { weightsManifest: [{ paths: ["weights.bin"], weights }] };
  return new Map([
    ["model.json", new TextEncoder().encode(JSON.stringify(manifest))],
    ["weights.bin", new Uint8Array(values.buffer)],
  ]);
}
