/** Operations and idioms of TensorFlow's graphs give what TensorFlow.js gives for them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runGraph } from "../tflite/run-file.ts";
import { graphCases } from "./graph-cases.ts";
import { importGraph } from "./import-graph.ts";
import { pictureOf } from "./picture.ts";

interface Golden {
  readonly [name: string]: {
    readonly shape: readonly number[];
    readonly values: readonly number[];
  };
}

const path = new URL("../golden/tfjs-graphs.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

describe("a TensorFlow.js graph", () => {
  it.each(graphCases)("gives TensorFlow.js's values: $name", async ({ name, size, file }) => {
    const graph = importGraph(file.files(), size);
    const expected = golden[name]!.values;
    for (const backend of ["reference", "wasm"] as const) {
      const [values] = await runGraph(graph, pictureOf(size), backend);
      expect(values).toHaveLength(expected.length);
      // Sums of a hundred products of numbers about 1, rounded to float32 in another order.
      for (const [i, value] of expected.entries()) expect(values![i]).toBeCloseTo(value, 4);
    }
  });
});
