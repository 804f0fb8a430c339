/** Models whose files are bytes: opened as any loader opens them, and made of a graph. */
import type { ModelFiles } from "../src/formats/files.ts";
import type { ModelOptions } from "../src/formats/model-options.ts";
import { openModel } from "../src/formats/open-model.ts";
import { bytesSource } from "../src/formats/sources.ts";
import type { Graph } from "../src/graph/ir.ts";
import type { Model } from "../src/models/model.ts";
import { elementCount } from "../src/tensor.ts";

/** The model in files. */
export function openBytes(
  files: ModelFiles,
  name: string,
  options: ModelOptions = {},
): Promise<Model> {
  return openModel(bytesSource(files), { name, options });
}

/** A TensorFlow.js model with a graph's parameters under this library's names, all zeros. */
export function zeroFiles(graph: Graph, extra: Record<string, string> = {}): ModelFiles {
  const weights = [...graph.parameters].map(([name, { shape }]) => ({
    name,
    shape,
    dtype: "float32",
    quantization: { dtype: "uint8", scale: 1, min: 0 },
  }));
  const bytes = weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return new Map([
    ["model.json", encode(JSON.stringify({ weightsManifest: [{ paths: ["w"], weights }] }))],
    ["w", new Uint8Array(bytes)],
    ...Object.entries(extra).map(([path, text]) => [path, encode(text)] as const),
  ]);
}
