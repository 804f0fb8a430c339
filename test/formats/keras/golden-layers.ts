/** The small layers models in `test/golden/layers.json`, a line each. */
import { readFileSync } from "node:fs";
import type { Graph } from "../../../src/graph/ir.ts";
import { elementCount } from "../../../src/tensor.ts";

/** A model as saved, and its output for the input that goes with all of them. */
export interface GoldenLayers {
  readonly name: string;
  readonly modelTopology: object;
  readonly weights: readonly object[];
  readonly data: Uint8Array;
  readonly output: readonly number[];
  /** The input for a graph's input node. */
  input(graph: Graph): Float32Array;
}

const path = new URL("../../golden/layers.json", import.meta.url);

export const goldenLayers: readonly GoldenLayers[] = readFileSync(path, "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const { data, bytes, ...rest } = JSON.parse(line);
    return {
      ...rest,
      data: new Uint8Array(Buffer.from(data, "base64")),
      input: (graph: Graph) => {
        const input = graph.nodes.find((node) => node.op === "input");
        const length = input === undefined ? 0 : elementCount(input.shape);
        const at = (i: number): number => (bytes ? (i * 79) % 256 : ((i * 7919) % 1000) / 500 - 1);
        return Float32Array.from({ length }, (_, i) => at(i));
      },
    };
  });
