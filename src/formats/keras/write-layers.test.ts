/** Layers that are written compute what their graph does, and are listed as Keras lists them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../../test/conformance/random.ts";
import { randomGraph } from "../../../test/conformance/random-graphs.ts";
import { referenceBackend } from "../../backends/reference/reference.ts";
import { compile } from "../../compile/compile.ts";
import { MobileNetError } from "../../errors.ts";
import type { Graph, Node } from "../../graph/ir.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { required } from "../../required.ts";
import { elementCount } from "../../tensor.ts";
import { plainOperations } from "../plain-operations.ts";
import { readKeras } from "./keras.ts";
import { kerasOrder } from "./layer-order.ts";
import { NamedWeights } from "./weights.ts";
import { modelConfig } from "./write-config.ts";
import { writeLayers } from "./write-layers.ts";

/** A written model, read again. */
function readBack(graph: Graph): Graph {
  const written = writeLayers(graph);
  const tensors = written.layers.flatMap(({ name, weights }) =>
    weights.map(({ role, tensor }) => [`${name}/${role}`, tensor] as const),
  );
  const model = JSON.parse(JSON.stringify(modelConfig("small", written, "Functional")));
  const { graph: read } = readKeras({
    ...{ model, place: "small", bytes: 1e6, framework: "Keras", dialect: "keras2" },
    ...{ statesRange: false, resolution: undefined },
    weights: ({ layers }) => new NamedWeights(tensors, layers),
  });
  return read;
}

/** A graph's outputs for seeded input, by the reference backend. */
async function outputsOf(graph: Graph): Promise<readonly (readonly number[])[]> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const input = executable.inputTensor(0).data;
  input.set(normalValues(input.length, seededRandom(7)));
  executable.run();
  const outputs = graph.outputs.map((_, i) => Array.from(executable.outputTensor(i).data));
  executable.dispose();
  return outputs;
}

/** What no layer says is refused by name; anything else that is thrown is a fault. */
function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof MobileNetError && error.code === "unsupported") return undefined;
    throw error;
  }
}

const picture = randomGraph
  .map((graph) => withBatch(graph, 1))
  .filter(({ nodes }) =>
    nodes.some((node) => node.op === "input" && [1, 3].includes(node.shape[3])),
  );

describe("random graphs", () => {
  it("are read back with the same bits", async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(picture, async (graph) => {
        const read = unlessRefused(() => readBack(graph));
        if (read === undefined) return;
        written++;
        expect(await outputsOf(read)).toEqual(await outputsOf(graph));
      }),
      { numRuns: process.env["LONG"] ? 2000 : 60 },
    );
    expect(written).toBeGreaterThan(15);
  });
});

describe("the order of layers", () => {
  /** Keras's own algorithm as it is published: recursive, and over nodes. */
  function publishedOrder(
    layers: readonly { readonly name: string; readonly inputs: readonly string[] }[],
    outputs: readonly string[],
  ): readonly string[] {
    const byName = new Map(layers.map((layer) => [layer.name, layer]));
    const indices = new Map<string, number>();
    const finished: string[] = [];
    const visit = (name: string): void => {
      if (finished.includes(name)) return;
      if (!indices.has(name)) indices.set(name, indices.size);
      for (const input of required(byName, name).inputs) visit(input);
      finished.push(name);
    };
    for (const output of outputs) visit(output);
    const depths = new Map<string, number>();
    for (const name of finished.toReversed()) {
      const depth = depths.get(name) ?? 0;
      depths.set(name, depth);
      for (const input of required(byName, name).inputs) {
        depths.set(input, Math.max(depth + 1, depths.get(input) ?? 0));
      }
    }
    return finished.toSorted(
      (a, b) =>
        required(depths, b) - required(depths, a) || required(indices, a) - required(indices, b),
    );
  }

  it("is Keras's, whatever reads what", () => {
    const graphs = fc
      .array(fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 12,
      })
      .map((read) => [
        { name: "0", inputs: [] },
        ...read.map((from, i) => ({
          name: `${i + 1}`,
          inputs: from.map((at) => `${at % (i + 1)}`),
        })),
      ]);
    fc.assert(
      fc.property(graphs, fc.nat(1000), (layers, other) => {
        const outputs = [`${layers.length - 1}`, `${other % layers.length}`];
        const order = kerasOrder(layers, outputs).map(({ name }) => name);
        expect(order).toEqual(publishedOrder(layers, outputs));
      }),
      { numRuns: 300 },
    );
  });
});

describe("what layers cannot say", () => {
  const refused = (...nodes: readonly Node[]) => {
    const input: Node = { op: "input", name: "image", inputs: [], shape: [1, 4, 6, 3] };
    const outputs = [nodes.at(-1)?.name ?? ""];
    return () =>
      writeLayers({ name: "", nodes: [input, ...nodes], outputs, parameters: new Map() });
  };
  const base = { name: "odd", inputs: ["image"] } as const;
  const window = { kernel: [3, 3], stride: 2, dilation: 1 } as const;
  it.each<readonly [what: string, node: Node]>([
    [
      "another size",
      { ...base, op: "resizeBilinear", size: [8, 12], alignCorners: true, halfPixelCenters: false },
    ],
    [
      "pool with this padding",
      { ...base, ...window, op: "maxPool2d", padding: { top: 1, left: 1, bottom: 1, right: 1 } },
    ],
    ["part of the channels", { ...base, op: "slice", start: [0, 0, 1], size: [4, 6, 1] }],
    ["hardSwish", { ...base, op: "elementwise", function: { kind: "hardSwish" } }],
    [
      "hardSigmoid",
      { ...base, op: "elementwise", function: { kind: "hardSigmoid", slope: 0.2, offset: 0.5 } },
    ],
    [
      "another number than 0",
      { ...base, op: "elementwise", function: { kind: "clip", low: -1, high: 1 } },
    ],
    ["elu with an alpha of 2", { ...base, op: "elementwise", function: { kind: "elu", alpha: 2 } }],
    ["best class", { ...base, op: "argMax" }],
  ])("is named, with the node: %s", (what, node) => {
    expect(refused(node)).toThrow(
      new RegExp(`^odd: Keras has no layer for .*${what}.*Convert to onnx`),
    );
  });
});

describe("operations that do one thing each", () => {
  it("compute the same, with TensorFlow's paddings alone", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const plain = plainOperations(graph);
        inferShapes(plain);
        for (const node of plain.nodes) {
          if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") continue;
          expect(["same", "valid"]).toContain(node.padding);
          expect(node.inputs).toHaveLength(1);
        }
        expect(await outputsOf(plain)).toEqual(await outputsOf(graph));
      }),
      { numRuns: process.env["LONG"] ? 1000 : 40 },
    );
  });

  it("have a shortcut as an addition", async () => {
    const shape = [1, 5, 5, 3] as const;
    const weights = normalValues(27 * 3, seededRandom(1));
    const graph: Graph = {
      name: "joined",
      nodes: [
        { op: "input", name: "image", inputs: [], shape },
        {
          ...{ op: "conv2d", name: "sum", inputs: ["image", "image"], weights: "w" },
          ...{ kernel: [3, 3], stride: 1, dilation: 1, padding: "symmetric", activation: "relu" },
        },
      ],
      outputs: ["sum"],
      parameters: new Map([["w", { shape: [3, 3, 3, 3], data: weights }]]),
    };
    const plain = plainOperations(graph);
    expect(plain.nodes.map(({ op }) => op)).toEqual(["input", "conv2d", "add"]);
    const [values = []] = await outputsOf(plain);
    expect(values).toHaveLength(elementCount(shape));
    const [joined = []] = await outputsOf(graph);
    // Added in one go, the sum is rounded once less.
    for (const [i, value] of values.entries()) {
      expect(Math.abs(value - joined[i]!)).toBeLessThanOrEqual(2 ** -22 * (1 + Math.abs(value)));
    }
  });
});
