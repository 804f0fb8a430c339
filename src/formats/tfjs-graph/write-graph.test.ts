/** A TensorFlow graph that is written computes what its graph does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../../test/conformance/random.ts";
import { randomGraph } from "../../../test/conformance/random-graphs.ts";
import { importGraph } from "../../../test/tfjs/import-graph.ts";
import { referenceBackend } from "../../backends/reference/reference.ts";
import { compile } from "../../compile/compile.ts";
import { MobileNetError } from "../../errors.ts";
import type { Graph, Node } from "../../graph/ir.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { writeTfjsFiles } from "../write-tfjs.ts";
import { writeGraphDef } from "./write-graph.ts";

/** A written graph, read again. */
function readBack(graph: Graph): Graph {
  const { topology, signature, weights } = writeGraphDef(graph);
  const files = writeTfjsFiles({ modelTopology: topology, signature }, weights, "f32");
  const input = graph.nodes.find((node) => node.op === "input");
  return importGraph(files, input?.op === "input" ? input.shape.slice(1) : []);
}

/** A graph's outputs for seeded input, by the reference backend. */
async function outputsOf(graph: Graph): Promise<readonly Float32Array[]> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const input = executable.inputTensor(0).data;
  input.set(normalValues(input.length, seededRandom(7)));
  executable.run();
  const outputs = graph.outputs.map((_, i) => Float32Array.from(executable.outputTensor(i).data));
  executable.dispose();
  return outputs;
}

const picture = randomGraph
  .map((graph) => withBatch(graph, 1))
  .filter(({ nodes }) =>
    nodes.some((node) => node.op === "input" && [1, 3].includes(node.shape[3])),
  );

describe("random graphs", () => {
  it("are read back and compute the same, but for a rounding of each norm", async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(picture, async (graph) => {
        let read: Graph;
        try {
          read = readBack(graph);
        } catch (error) {
          if (!(error instanceof MobileNetError) || error.code !== "unsupported") throw error;
          return;
        }
        written++;
        const [own, other] = [await outputsOf(graph), await outputsOf(read)];
        const norms = graph.nodes.filter(({ op }) => op === "batchNorm").length;
        expect(other.map(({ length }) => length)).toEqual(own.map(({ length }) => length));
        for (const [i, map] of own.entries()) {
          const largest = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const apart = map.reduce(
            (most, value, at) => Math.max(most, Math.abs(value - other[i]![at]!)),
            0,
          );
          // Factor and summand of a norm are rounded once more: half a unit each, enlarged by later layers.
          expect(apart).toBeLessThanOrEqual(norms === 0 ? 0 : norms * 2 ** -20 * (1 + largest));
        }
      }),
      process.env["LONG"] ? { numRuns: 2000 } : { numRuns: 60, seed: 21 },
    );
    expect(written).toBeGreaterThan(15);
  });
});

it("reads a convolution once, whatever shapes its values are given under", () => {
  const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" } as const;
  const weights = { ...window, weights: "w", bias: "b", activation: "none" } as const;
  const read = readBack({
    name: "viewed",
    nodes: [
      { op: "input", name: "x", inputs: [], shape: [1, 3, 2, 1] },
      { op: "conv2d", name: "c", inputs: ["x"], ...weights },
      { op: "reshape", name: "flat", inputs: ["c"], shape: [1, 1, 6] },
      { op: "sigmoid", name: "s", inputs: ["flat"] },
      { op: "add", name: "sum", inputs: ["x", "c"] },
    ],
    outputs: ["s", "sum", "c"],
    parameters: new Map([
      ["w", { shape: [1, 1, 1, 1], data: Float32Array.of(2) }],
      ["b", { shape: [1], data: Float32Array.of(-1) }],
    ]),
  });
  expect(read.nodes.filter(({ op }) => op === "conv2d")).toHaveLength(1);
  expect(read.parameters.size).toBe(2);
});

describe("what TensorFlow.js cannot say", () => {
  const input: Node = { op: "input", name: "image", inputs: [], shape: [1, 4, 6, 3] };
  const written = (node: Node) => () =>
    writeGraphDef({ name: "", nodes: [input, node], outputs: [node.name], parameters: new Map() });
  const base = { name: "odd", inputs: ["image"] } as const;
  it.each<readonly [what: string, node: Node]>([
    ["swish", { ...base, op: "elementwise", function: { kind: "swish" } }],
    ["elu with an alpha of 2", { ...base, op: "elementwise", function: { kind: "elu", alpha: 2 } }],
    ["the best class", { ...base, op: "argMax" }],
    [
      "8-bit values",
      { ...base, op: "quantize", quantization: { dtype: "int8", scale: 1, zeroPoint: 0 } },
    ],
  ])("is named, with the node: %s", (what, node) => {
    expect(written(node)).toThrow(
      new RegExp(`^odd: TensorFlow.js has no operation for ${what}.*Convert to onnx`),
    );
  });

  it("is said in its own words where there are some", () => {
    const nodes: readonly Node[] = [
      { ...base, name: "cut", op: "elementwise", function: { kind: "clip", low: -1, high: 1 } },
      { op: "slice", name: "part", inputs: ["cut"], start: [1, 0, 1], size: [2, 6, 2] },
      { op: "transpose", name: "turned", inputs: ["part"], order: [3, 1, 2] },
      { op: "elementwise", name: "bent", inputs: ["turned"], function: { kind: "tanh" } },
    ];
    const graph = { name: "", nodes: [input, ...nodes], outputs: ["bent"], parameters: new Map() };
    expect(readBack(graph).nodes.map(({ op }) => op)).toEqual([
      ...["input", "elementwise", "slice", "transpose", "elementwise"],
    ]);
  });
});

describe("names", () => {
  it("are those that TensorFlow allows, and outputs stay in their order", async () => {
    const nodes: readonly Node[] = [
      { op: "input", name: "a:0", inputs: [], shape: [1, 2, 2, 3] },
      { op: "activation", name: "7", inputs: ["a:0"], activation: "relu" },
      { op: "sigmoid", name: "3", inputs: ["7"] },
      { op: "sigmoid", name: "^a b", inputs: ["a:0"] },
    ];
    const graph = { name: "", nodes, outputs: ["7", "3", "^a b"], parameters: new Map() };
    const { topology, signature, isRenamed } = writeGraphDef(graph);
    const names = (topology["node"] as { name: string }[]).map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/);
    expect(isRenamed).toBe(true);
    expect(Object.keys(JSON.parse(JSON.stringify(signature["outputs"])))).toHaveLength(3);
    expect(await outputsOf(readBack(graph))).toEqual(await outputsOf(graph));
  });
});
