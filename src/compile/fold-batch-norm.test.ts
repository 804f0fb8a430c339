import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";

describe("foldBatchNorm", () => {
  it("scales the weights and moves the offset into the bias, by hand", () => {
    const name = "c";
    const parameter = (...values: readonly number[]) => ({
      shape: [values.length],
      data: Float32Array.from(values),
    });
    const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" } as const;
    const graph = foldBatchNorm({
      name: "g",
      outputs: ["n"],
      nodes: [
        { op: "input", name: "x", inputs: [], shape: [1, 1, 1, 1] },
        {
          op: "conv2d",
          name,
          inputs: ["x"],
          weights: "w",
          bias: "b",
          activation: "none",
          ...window,
        },
        {
          op: "batchNorm",
          name: "n",
          inputs: [name],
          gamma: "gamma",
          beta: "beta",
          mean: "mean",
          variance: "variance",
          epsilon: 0,
        },
      ],
      parameters: new Map([
        ["w", { shape: [1, 1, 1, 2], data: Float32Array.of(2, -4) }],
        ["b", parameter(1, 10)],
        ["gamma", parameter(3, 0.5)],
        ["beta", parameter(5, -1)],
        ["mean", parameter(7, 2)],
        ["variance", parameter(4, 16)],
      ]),
    });
    // Scales 3/2 and 0.5/4; offsets 5 + (1 − 7) · 1.5 and −1 + (10 − 2) · 0.125.
    const conv = graph.nodes[1]!;
    expect(conv).toMatchObject({ op: "conv2d", name: "n" });
    const [weights, bias] = [...graph.parameters.values()];
    expect(weights!.data).toEqual(Float32Array.of(3, -0.5));
    expect(bias!.data).toEqual(Float32Array.of(-4, 0));
    expect(graph.parameters.size).toBe(2);
  });

  it.each([
    {
      title: "where the convolution's own value is read too",
      build: (s: Sketch, x: string) => {
        const conv = s.conv2d(x, 3);
        return [s.add(s.batchNorm(conv), conv)];
      },
    },
    {
      title: "where the convolution's own value leaves the graph",
      build: (s: Sketch, x: string) => {
        const conv = s.conv2d(x, 3);
        return [s.batchNorm(conv), conv];
      },
    },
    {
      title: "after an activation, which is not linear",
      build: (s: Sketch, x: string) => [s.batchNorm(s.conv2d(x, 3, { activation: "relu" }))],
    },
    {
      title: "after a shortcut, which would have to be scaled too",
      build: (s: Sketch, x: string) => [s.batchNorm(s.conv2d(x, 3, { shortcut: x }))],
    },
    {
      title: "where no convolution comes before it",
      build: (s: Sketch, x: string) => [s.batchNorm(s.unary("globalAveragePool", x))],
    },
  ])("keeps a batch norm $title", ({ build }) => {
    const sketch = new Sketch(1);
    const outputs = build(sketch, sketch.input([1, 4, 4, 3]));
    expect(foldBatchNorm(sketch.graph(outputs)).nodes).toEqual(sketch.graph(outputs).nodes);
  });

  it("folds one batch norm after the other into the same convolution", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const last = sketch.batchNorm(sketch.batchNorm(sketch.conv2d(x, 5)));
    const graph = foldBatchNorm(sketch.graph());
    expect(graph.nodes.map(({ op, name }) => [op, name])).toEqual([
      ["input", x],
      ["conv2d", last],
    ]);
    expect(graph.parameters.size).toBe(2);
  });

  it("takes no name that a parameter of the graph has", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const norm = sketch.batchNorm(sketch.conv2d(x, 5));
    const { parameters, ...given } = sketch.graph();
    const data = Float32Array.of(1, 2, 3);
    const taken = new Map(parameters).set(`${norm}/weights`, { shape: [3], data });
    const reader = { op: "batchNorm", name: "reader", inputs: [x], epsilon: 0 } as const;
    const own = `${norm}/weights`;
    const graph = foldBatchNorm({
      ...given,
      nodes: [...given.nodes, { ...reader, gamma: own, beta: own, mean: own, variance: own }],
      outputs: [norm, "reader"],
      parameters: taken,
    });
    expect(graph.parameters.get(own)).toEqual({ shape: [3], data });
    expect(graph.nodes[1]).toMatchObject({ weights: `${norm}/weights/folded` });
  });

  it("works on shapes alone, so that a network without weights can be compiled", () => {
    const graph = foldBatchNorm(mobilenetV2({ width: 0.35, resolution: 32 }));
    expect(graph.nodes.some(({ op }) => op === "batchNorm")).toBe(false);
    for (const { data } of graph.parameters.values()) expect(data).toBeUndefined();
    expect(graph.outputs).toEqual(["probabilities"]);
  });
});
