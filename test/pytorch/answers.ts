/** What a classifier of a file answers to the picture that `make.py` computes too: its logits. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import type { ModelFiles } from "../../src/formats/files.ts";
import type { ModelOptions } from "../../src/formats/model-options.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import type { Model } from "../../src/models/model.ts";
import type { Tensor } from "../../src/tensor.ts";
import { openBytes } from "../open-bytes.ts";

/** A file that `make.py` wrote. */
export function madeFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`files/${name}`, import.meta.url))));
}

/** What PyTorch answers. */
export const expected: Readonly<Record<string, { size: number; logits: number[] }>> = JSON.parse(
  new TextDecoder().decode(madeFile("expected.json")),
);

/** Channel k of row r and column c: sin(0.37 r + 0.23 c + k). */
export function picture(size: number): Float32Array {
  const values = new Float32Array(size * size * 3);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let k = 0; k < 3; k++) values[at++] = Math.sin(0.37 * row + 0.23 * column + k);
    }
  }
  return values;
}

/** The model of some files. */
export function open(
  files: Readonly<Record<string, Uint8Array>>,
  options: ModelOptions,
): Promise<Model> {
  const map: ModelFiles = new Map(Object.entries(files));
  return openBytes(map, "made", options);
}

/** The values of a node, by default the logits. */
export async function valuesOf(
  { graph }: Model,
  input: Float32Array,
  node: string | undefined = graph.nodes.find(
    ({ name }) => name === "classifier" || name === "logits",
  )?.name,
): Promise<Float32Array> {
  const outputs = node === undefined ? graph.outputs : [node];
  const program = compile(selectOutputs(graph, outputs), wasmBackend.target);
  const executable = await wasmBackend.prepare(program);
  try {
    const [values] = await executable.infer([input]);
    return (values as Tensor<"float32">).data;
  } finally {
    executable.dispose();
  }
}
