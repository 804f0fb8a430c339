import { describe, expect, it } from "vitest";
import { GraphBuilder } from "./builder.ts";

describe("GraphBuilder", () => {
  const layer = { padding: "same", activation: "none" } as const;

  it("makes a layer of convolution, batch norm and activation, each with its own name", () => {
    const builder = new GraphBuilder("g");
    const input = builder.input("x", [1, 8, 8, 3]);
    const shared = { ...layer, kernel: 3, stride: 2, epsilon: 1e-5 };
    const out = builder.conv2d(6, { ...shared, name: "c", input, activation: "relu6" });
    expect(out).toBe("c/relu6");
    const graph = builder.build([out]);
    const names = graph.nodes.map(({ name }) => name);
    expect(names).toEqual(["x", "c", "c/batch_norm", "c/relu6"]);
    expect(graph.nodes[1]).toMatchObject({ activation: "none", kernel: [3, 3], stride: 2 });
    expect(graph.nodes[1]).not.toHaveProperty("bias");
    expect(graph.nodes[2]).toMatchObject({ epsilon: 1e-5 });
    expect(graph.parameters.get("c/weights")).toEqual({ shape: [3, 3, 3, 6] });
    expect(graph.parameters.get("c/batch_norm/variance")).toEqual({ shape: [6] });
  });

  it("gives a layer without batch norm a bias", () => {
    const builder = new GraphBuilder("g");
    const out = builder.depthwiseConv2d({
      ...layer,
      name: "d",
      input: builder.input("x", [1, 8, 8, 4]),
      kernel: 5,
    });
    const { parameters } = builder.build([out]);
    expect([...parameters]).toEqual([
      ["d/weights", { shape: [5, 5, 4] }],
      ["d/bias", { shape: [4] }],
    ]);
  });

  it("knows the channels of joined maps", () => {
    const builder = new GraphBuilder("g");
    const x = builder.input("x", [1, 8, 8, 4]);
    const y = builder.conv2d(3, { ...layer, name: "y", input: x });
    expect(builder.channels(builder.concat("deep", [x, y, x], 3))).toBe(11);
    expect(builder.channels(builder.concat("tall", [x, x], 1))).toBe(4);
    expect(builder.channels(builder.reshape("flat", x, [1, 1, 256]))).toBe(256);
  });

  it("refuses to read what was not added", () => {
    const builder = new GraphBuilder("g");
    const missing = expect.objectContaining({ code: "invalid-argument", received: "nothing" });
    expect(() => builder.channels("nothing")).toThrow(missing);
    const options = { ...layer, name: "c", input: "nothing" };
    expect(() => builder.conv2d(3, options)).toThrow(missing);
  });

  it("leaves a graph alone that it has built when more is added", () => {
    const builder = new GraphBuilder("g");
    const x = builder.input("x", [1, 8, 8, 4]);
    const graph = builder.build([builder.conv2d(3, { ...layer, name: "first", input: x })]);
    const before = structuredClone(graph);
    builder.build([builder.conv2d(3, { ...layer, name: "second", input: x })]);
    expect(graph).toEqual(before);
  });

  it("refuses to build what does not fit", () => {
    const builder = new GraphBuilder("g");
    const x = builder.input("x", [1, 8, 8, 4]);
    const half = builder.conv2d(4, { ...layer, name: "half", input: x, stride: 2 });
    const sum = builder.add("sum", x, half);
    expect(() => builder.build([sum])).toThrow(/^sum: .*1×8×8×4.*1×4×4×4/);
  });
});
