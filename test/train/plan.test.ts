/** Which networks training takes, as they are written, and which it refuses. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { type Graph, type Node, parametersOf } from "../../src/graph/ir.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { initialize } from "../../src/train/initialize.ts";
import type { TrainingNetwork } from "../../src/train/network.ts";
import { type PlannedOperation, planTraining, type TrainingPlan } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { Sketch } from "../conformance/sketch.ts";
import { smallGraph } from "./networks.ts";

/** A graph over a 6² × 3 picture and its convolution with 8 channels. */
function over(body: (s: Sketch, convolution: string) => string | readonly string[]): Graph {
  const s = new Sketch(1);
  const made = body(s, s.conv2d(s.input([1, 6, 6, 3]), 8, { bias: false }));
  return s.graph(typeof made === "string" ? [made] : made);
}

/** One more convolution. */
function convolution(s: Sketch, input: string): string {
  return s.conv2d(input, 8, { bias: false });
}

/** Operations with the numbers of those that they read. */
function written({ operations }: TrainingPlan): readonly string[] {
  return operations.map(({ node, sources }: PlannedOperation) => `${node.op} ${sources.join(" ")}`);
}

describe("planning a training", () => {
  it("takes what a node does at once apart", () => {
    const graph = over((s, c) => s.conv2d(c, 8, { activation: "relu6", shortcut: c }));
    expect(written(planTraining(graph))).toEqual([
      "conv2d -1",
      "conv2d 0",
      "add 1 0",
      "activation 2",
    ]);
  });

  it("leaves softmax and sigmoid at the end to the objective", () => {
    for (const op of ["softmax", "sigmoid"] as const) {
      const { operations, outputs } = planTraining(over((s, c) => s.unary(op, c)));
      expect(operations).toHaveLength(1);
      expect(outputs).toEqual([{ name: "conv2d_1", source: 0, shape: [1, 6, 6, 8] }]);
    }
  });

  it("computes a softmax that something reads", () => {
    const graph = over((s, c) => convolution(s, s.unary("softmax", c)));
    expect(written(planTraining(graph))).toEqual(["conv2d -1", "softmax 0", "conv2d 1"]);
  });

  it("has an output but once, be it also there with its softmax", () => {
    const graph = over((s, c) => [c, s.unary("softmax", c), s.unary("sigmoid", c), c]);
    const { outputs } = planTraining(graph);
    expect(outputs.map(({ name }) => name)).toEqual(["conv2d_1"]);
  });

  it("drops values before a classifier, and in no pool of another kind", () => {
    const { operations } = planTraining(mobilenetV2());
    const dropped = operations.findIndex(({ node }) => node.op === "dropout");
    expect(operations.slice(dropped - 1).map(({ node }) => node.op)).toEqual([
      "globalAveragePool",
      "dropout",
      "conv2d",
    ]);
    const squeezed = new GraphBuilder("squeezed");
    const image = squeezed.input("image", [1, 6, 6, 3]);
    const pool = squeezed.unary("globalAveragePool", "pool", image);
    const across = { alignCorners: true, halfPixelCenters: false };
    const wide = planTraining(
      over((s, c) => s.add(c, s.resize(s.unary("globalAveragePool", c), [6, 6], across))),
    );
    expect(wide.operations.some(({ node }) => node.op === "dropout")).toBe(false);
    expect(written(planTraining(squeezed.build([pool])))).toContain("dropout 0");
  });

  it.each<[string, Graph, readonly string[]]>([
    [
      "ReLU6 after the sum",
      over((s, c) => s.activation(s.add(s.batchNorm(convolution(s, c)), c), "relu6")),
      ["conv2d -1", "conv2d 0", "batchNorm 1", "add 2 0", "activation 3"],
    ],
    [
      "ReLU6 before the batch norm",
      over((s, c) => s.batchNorm(s.activation(c, "relu6"))),
      ["conv2d -1", "activation 0", "batchNorm 1"],
    ],
    [
      "two batch norms",
      over((s, c) => s.batchNorm(s.batchNorm(c))),
      ["conv2d -1", "batchNorm 0", "batchNorm 1"],
    ],
    [
      "two ReLU6",
      over((s, c) => s.activation(s.activation(c, "relu6"), "relu6")),
      ["conv2d -1", "activation 0", "activation 1"],
    ],
    [
      "a sum before the batch norm",
      over((s, c) => s.batchNorm(s.add(convolution(s, c), c))),
      ["conv2d -1", "conv2d 0", "add 1 0", "batchNorm 2"],
    ],
    [
      "a shortcut from before ReLU6",
      over((s, c) => s.add(convolution(s, s.activation(c, "relu6")), c)),
      ["conv2d -1", "activation 0", "conv2d 1", "add 2 0"],
    ],
    [
      "a layer that reads the values before ReLU6",
      over((s, c) => {
        const active = s.activation(c, "relu6");
        return s.add(active, convolution(s, c));
      }),
      ["conv2d -1", "activation 0", "conv2d 0", "add 1 2"],
    ],
    [
      "several pools of one map",
      over((s, c) => {
        const [one, other] = [c, s.batchNorm(c)].map((x) => s.unary("globalAveragePool", x));
        return [s.conv2d(one!, 2), s.conv2d(other!, 3)];
      }),
      [
        ...["conv2d -1", "batchNorm 0", "globalAveragePool 0", "dropout 2"],
        ...["globalAveragePool 1", "dropout 4", "conv2d 3", "conv2d 5"],
      ],
    ],
    [
      "outputs in the middle",
      over((s, c) => [c, convolution(s, s.batchNorm(c))]),
      ["conv2d -1", "batchNorm 0", "conv2d 1"],
    ],
  ])("takes %s as it is written", (_, graph, operations) => {
    expect(written(planTraining(graph))).toEqual(operations);
  });

  it("leaves out what no output needs, be it nothing that can be trained", () => {
    const graph = over((s, c) => {
      s.unary("softmax", s.batchNorm(c));
      s.input([1, 2, 2, 1]);
      return c;
    });
    const argMax: Node = { op: "argMax", name: "best", inputs: ["conv2d_1"] };
    const plan = planTraining({ ...graph, nodes: [...graph.nodes, argMax] });
    expect(written(plan)).toEqual(["conv2d -1"]);
    // The weights are still a whole model's.
    expect(plan.graph.parameters.size).toBe(5);
  });

  const graph = smallGraph();
  const changed = (name: string, change: object): Graph => ({
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.name === name ? ({ ...node, ...change } as Node) : node,
    ),
  });
  const ended = (node: Node): Graph => ({
    ...graph,
    nodes: [...graph.nodes, node],
    outputs: [node.name],
  });
  const quantization = { dtype: "uint8", scale: 0.1, zeroPoint: 3 } as const;

  it.each<[string, Graph, RegExp]>([
    [
      "8-bit values",
      changed("head/relu6", { quantization }),
      /head\/relu6: .*expected float32 values, received 8-bit ones/,
    ],
    [
      "values that are made 8-bit ones",
      ended({ op: "quantize", name: "small", inputs: ["classifier"], quantization }),
      /small: .*8-bit/,
    ],
    [
      "the number of the largest channel",
      ended({ op: "argMax", name: "best", inputs: ["classifier"] }),
      /best: .*expected an operation that has a gradient, received argMax/,
    ],
    [
      "parameters that two layers share",
      changed("block_0/project/batch_norm", { gamma: "stem/batch_norm/gamma" }),
      /block_0\/project\/batch_norm: .*weights of its own, received those of stem\/batch_norm/,
    ],
    [
      "two inputs",
      over((s, c) => s.add(c, s.conv2d(s.input([1, 6, 6, 3]), 8))),
      /input_\d: .*expected one input/,
    ],
  ])("refuses %s", (_, other, message) => {
    expect(() => planTraining(other)).toThrow(
      expect.objectContaining({ code: "unsupported", message: expect.stringMatching(message) }),
    );
  });
});

describe("what a parameter is", () => {
  it("is what its layer uses it for, whatever it is called", async () => {
    const graph = smallGraph();
    // Each has a name that says that it is something else.
    const wrong = ["w", "0/gamma", "1/variance", "2/mean", "weights", "bias", "beta"];
    const names = new Map(
      [...graph.parameters.keys()].map((name, i) => [name, `${i}/${wrong[i % wrong.length]}`]),
    );
    const foreign = renameParameters(graph, names);
    const [own, others] = [planTraining(graph), planTraining(foreign)];
    expect([...others.roles.values()]).toEqual([...own.roles.values()]);
    expect(own.roles.get("stem/batch_norm/variance")).toBe("variance");
    const networks = [own, others].flatMap((plan) => [
      createReferenceNetwork(plan, { batch: 1 }),
      createWasmNetwork(plan, { batch: 1 }),
    ]);
    const [first, ...rest] = await Promise.all(networks);
    for (const network of [first!, ...rest]) initialize(network, { seed: 1 });
    const written = (network: TrainingNetwork) =>
      [...network.parameters.values()].map(({ role, gradient, values }) => {
        return { role, trained: gradient !== undefined, values: Float32Array.from(values) };
      });
    for (const network of rest) {
      expect(written(network)).toEqual(written(first!));
      network.dispose();
    }
  });

  it("is nothing where no layer reads it", () => {
    const graph = smallGraph();
    const parameters = new Map(graph.parameters).set("left/over", { shape: [1] });
    expect(() => planTraining({ ...graph, parameters })).toThrow(
      /belongs to no layer.*left\/over/s,
    );
  });
});

/** The same graph with its parameters called otherwise. */
function renameParameters(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const renamed = (node: Node): Node => {
    const read = new Set(parametersOf(node));
    const fields = Object.entries(node).map(([field, value]) => [
      field,
      typeof value === "string" && read.has(value) && field !== "name" ? names.get(value) : value,
    ]);
    return Object.fromEntries(fields) as Node;
  };
  const parameters = new Map(
    [...graph.parameters].map(([name, parameter]) => [names.get(name)!, parameter]),
  );
  return { ...graph, nodes: graph.nodes.map(renamed), parameters };
}
