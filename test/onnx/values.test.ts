/**
 * What is written as ONNX computes what the graph does: random graphs of any operations, and whole
 * networks, on the operators' definitions (run-model.ts). `bench/check-onnx.ts` asks onnxruntime the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optimize } from "../../src/compile/compile.ts";
import { usualOnnxSettings } from "../../src/formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../../src/formats/onnx/writer.ts";
import type { FeatureShape, Graph, Op } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { assemble } from "../conformance/assemble.ts";
import { randomInputs } from "../conformance/backends.ts";
import { evaluate } from "../conformance/error-bound.ts";
import { anyFloatRecipes, byteRecipes } from "../conformance/recipes.ts";
import { compareBytes, realDifference } from "./compare.ts";
import { runModel } from "./run-model.ts";
import { readBytes, runRead } from "./run-read.ts";

const runs = (count: number): number => (process.env["LONG"] ? count * 50 : count);
const patience = process.env["LONG"] ? 3_600_000 : 120_000;

/** What has 8 bits on one side at least. */
const byteOperations: readonly Op[] = [
  ...(["conv2d", "depthwiseConv2d", "activation", "add", "sigmoid", "softmax", "argMax"] as const),
  ...(["globalAveragePool", "averagePool2d", "resizeBilinear", "concat", "reshape"] as const),
  ...(["pad", "quantize", "dequantize", "elementwise", "multiply", "maxPool2d"] as const),
  ...(["resizeNearest", "slice", "transpose"] as const),
];
const seeds = fc.integer({ min: 1, max: 2 ** 30 });

/** What a graph gives, channels last, node by node; inputs are those of another by name. */
function outputsOf(
  graph: Graph,
  { nodes }: Graph,
  inputs: readonly Float32Array[],
): readonly (readonly number[])[] {
  const names = nodes.filter(({ op }) => op === "input").map(({ name }) => name);
  const own = graph.nodes.filter(({ op }) => op === "input");
  const values = evaluate(
    graph,
    own.map(({ name }) => inputs[names.indexOf(name)]!),
  );
  return graph.outputs.map((name) => Array.from(values.get(name)!.value.data));
}

describe("a graph as ONNX", () => {
  it(
    "computes the same real numbers, whatever its operations",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyFloatRecipes.map(assemble), seeds, async (graph, seed) => {
          const inputs = randomInputs(graph, seed);
          expect(await realDifference(graph, inputs, { engine: runModel })).toBeUndefined();
        }),
        { numRuns: runs(40), seed: 13 },
      );
    },
    patience,
  );

  it(
    "computes the same bytes within a step, node by node",
    async () => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(byteRecipes.map(assemble), seeds, async (graph, seed) => {
          const { differences, compared } = await compareBytes(graph, seed, runModel);
          expect(differences).toEqual([]);
          for (const op of compared.keys()) seen.add(op);
        }),
        { numRuns: runs(60), seed: 14 },
      );
      expect([...seen].sort()).toEqual([...byteOperations].sort());
    },
    patience,
  );
});

function shapesOfEnds(graph: Graph): Readonly<Record<string, string>> {
  const shapes = inferShapes(graph);
  const inputs = graph.nodes.filter(({ op }) => op === "input").map(({ name }) => name);
  return Object.fromEntries([
    ...inputs.map((name) => [name, shapes.get(name)!.join()]),
    ...graph.outputs.map((name, i) => [`output ${i}`, shapes.get(name)!.join()]),
  ]);
}

/** A map whose sides are all alike has the same shape however it lies. */
const isCube = ([, rows, columns, channels]: FeatureShape): boolean =>
  channels > 1 && rows === channels && columns === channels;

/** Whether what goes in or comes out may be taken for a map that lies otherwise without its shape telling. */
function isAmbiguous(graph: Graph): boolean {
  const shapes = inferShapes(graph);
  const inputs = graph.nodes.filter(({ op }) => op === "input").map(({ name }) => name);
  return [...inputs, ...graph.outputs].some((name) => isCube(shapes.get(name)!));
}

/** What the file says by two operators rounds once more in between. */
const isJoined = ({ nodes }: Graph): boolean =>
  nodes.some(
    (node) =>
      (node.op === "elementwise" && node.function.kind === "swish") ||
      (node.op === "conv2d" && node.inputs.length > 1),
  );

describe("what is written and read again", () => {
  it.each(process.env["LONG"] ? [16, 1, 2, 3, 4] : [16])(
    "is the same graph to the last bit in single precision (seed %i)",
    async (seed) => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(anyFloatRecipes.map(assemble), seeds, async (drawn, values) => {
          if (isJoined(drawn) || isAmbiguous(drawn)) return;
          // An output that is named twice leaves a file once.
          const graph = { ...drawn, outputs: [...new Set(drawn.outputs)] };
          const inputs = randomInputs(graph, values);
          const again = readBytes(writeOnnxAs(graph, { ...usualOnnxSettings, opset: 17 })).graph;
          // A map of one column or of one channel may be taken for one with its channels last.
          const [wanted, found] = [graph, again].map(shapesOfEnds);
          if (Object.entries(found!).some(([name, shape]) => wanted![name] !== shape)) return;
          // Unfused: which sums the compiler joins depends on how maps lie.
          const [own, read] = [graph, again].map((each) => outputsOf(each, graph, inputs));
          expect(read).toEqual(own);
          compared++;
        }),
        { numRuns: runs(40), seed },
      );
      expect(compared).toBeGreaterThan(20);
    },
    patience,
  );

  it(
    "computes the same in every operator set that has words for it",
    async () => {
      let compared = 0;
      const opsets = fc.constantFrom(9, 10, 11, 12, 14, 17, 18, 21);
      await fc.assert(
        fc.asyncProperty(anyFloatRecipes.map(assemble), opsets, async (graph, opset) => {
          const settings = { ...usualOnnxSettings, opset };
          const found = await realDifference(graph, randomInputs(graph, 3), {
            ...{ engine: runRead, settings },
          }).catch((error: unknown) => {
            // A set says which later one has the words.
            expect(error).toMatchObject({ code: "unsupported" });
            expect((error as Error).message).toMatch(/Write the file with operator set 1[01]\./);
            compared--;
            return undefined;
          });
          compared++;
          expect(found).toBeUndefined();
        }),
        { numRuns: runs(24), seed: 15 },
      );
      expect(compared).toBeGreaterThan(12);
    },
    patience,
  );

  it(
    "computes the same real numbers, whatever its operations",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyFloatRecipes.map(assemble), seeds, async (graph, seed) => {
          const inputs = randomInputs(graph, seed);
          expect(await realDifference(graph, inputs, { engine: runRead })).toBeUndefined();
        }),
        { numRuns: runs(40), seed: 13 },
      );
    },
    patience,
  );

  it(
    "computes the same bytes within a step, node by node",
    async () => {
      await fc.assert(
        fc.asyncProperty(byteRecipes.map(assemble), seeds, async (graph, seed) => {
          const { differences } = await compareBytes(graph, seed, runRead);
          expect(differences).toEqual([]);
        }),
        { numRuns: runs(60), seed: 14 },
      );
    },
    patience,
  );
});

describe("a network as ONNX", () => {
  it.each([
    ["a classifier", mobilenetV2({ width: 0.35, resolution: 32, classes: 7 })],
    ["a detector", ssdlite({ width: 0.35, resolution: 32, classes: 3 })],
    ["a segmenter", deeplabV3({ width: 0.35, resolution: 33, classes: 5, aspp: true })],
  ])("is %s of the same values", async (_, network: Graph) => {
    const graph = withRandomWeights(network);
    const given = randomInputs(graph, 1);
    expect(await realDifference(graph, given, { engine: runModel })).toBeUndefined();
    const folded = optimize(graph, { fuseBlocks: false });
    expect(await realDifference(folded, given, { engine: runModel })).toBeUndefined();
    expect(await realDifference(graph, given, { engine: runRead })).toBeUndefined();
    expect(await realDifference(folded, given, { engine: runRead })).toBeUndefined();
  });
});
