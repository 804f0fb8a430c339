import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scramble, tinyModel } from "../../../test/tflite/tiny-model.ts";
import { compile } from "../../compile/compile.ts";
import { readTflite } from "../../formats/tflite/tflite.ts";
import type {
  FeatureShape,
  Graph,
  InputNode,
  Node,
  Parameter,
  Quantization,
} from "../../graph/ir.ts";
import { selectOutputs } from "../../graph/rewrite.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { FeatureTensor, SynchronousExecutable } from "../backend.ts";
import { dequantizeValues } from "../dequantize.ts";
import { quantizeValue, typeRange } from "./quantized-arithmetic.ts";
import { createReferenceBackend, referenceBackend } from "./reference.ts";

const prepare = (graph: Graph): Promise<SynchronousExecutable> =>
  referenceBackend.prepare(compile(graph, referenceBackend.target));

/** A graph of inputs and one node over them. */
function single(node: Node, inputs: readonly Omit<InputNode, "op" | "inputs">[]): Graph {
  const sources = inputs.map((input): InputNode => ({ op: "input", inputs: [], ...input }));
  return {
    name: "single",
    nodes: [...sources, node],
    outputs: [node.name],
    parameters: new Map(),
  };
}

async function run(graph: Graph, inputs: readonly ArrayLike<number>[]): Promise<FeatureTensor> {
  const executable = await prepare(graph);
  for (const [i, values] of inputs.entries()) executable.inputTensor(i).data.set(values);
  executable.run();
  return executable.outputTensor();
}

const uint8 = (scale: number, zeroPoint: number): Quantization => ({
  dtype: "uint8",
  scale: Math.fround(scale),
  zeroPoint,
});

/** The parameters as real numbers. */
function realParameters(graph: Graph, node: Node, input: Quantization): Graph["parameters"] {
  if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return new Map();
  const weights = graph.parameters.get(node.weights)!;
  const { scales, zeroPoints } = weights.quantization!;
  const channels = weights.shape.at(-1)!;
  const pick = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c]!;
  const real = (parameter: Parameter, of: (value: number, c: number) => number): Parameter => ({
    shape: parameter.shape,
    data: Float32Array.from(parameter.data!, (value, i) => of(value, i % channels)),
  });
  return new Map([
    [node.weights, real(weights, (w, c) => (w - pick(zeroPoints, c)) * pick(scales, c))],
    [
      node.bias!,
      real(graph.parameters.get(node.bias!)!, (b, c) => b * input.scale * pick(scales, c)),
    ],
  ]);
}

describe("a whole 8-bit network", () => {
  it.each([
    ["uint8", "float"],
    ["int8", "float"],
    ["uint8", "fixed-point-31"],
    ["int8", "fixed-point-31"],
  ] as const)(
    "of %s by the %s rule has every value within one step of real arithmetic",
    async (type, rule) => {
      const graph = readTflite(tinyModel(type));
      const shapes = inferShapes(graph);
      const backend = createReferenceBackend({ requantization: rule });
      const names = graph.nodes.map(({ name }) => name);
      const program = compile(selectOutputs(graph, names), backend.target);
      const executable = await backend.prepare(program);
      const { least } = typeRange(type);
      executable.inputTensor().data.set(scramble(75, 5).map((value) => value + least));
      executable.run();
      const values = new Map(names.map((name, i) => [name, executable.outputTensor(i).data]));
      const reals = new Map(names.map((name, i) => [name, executable.output(i)]));
      for (const node of graph.nodes.slice(1)) {
        const { quantization, ...floatNode } = node;
        const sources = node.inputs.map((name) => ({ name, shape: shapes.get(name)! }));
        const before = graph.nodes.find(({ name }) => name === node.inputs[0])!.quantization!;
        const parameters = realParameters(graph, node, before);
        const float = await run(
          { ...single(floatNode as Node, sources), parameters },
          node.inputs.map((name) => reals.get(name)!),
        );
        const expected = Array.from(float.data, (value) => quantizeValue(value, quantization!));
        const received = values.get(node.name)!;
        const steps = expected.map((value, i) => Math.abs(value - received[i]!));
        expect(Math.max(...steps), node.name).toBeLessThanOrEqual(1);
        // A network whose values all hit the ends of their range would prove nothing.
        expect(new Set(received).size, node.name).toBeGreaterThan(2);
      }
    },
  );
});

describe("8-bit padding", () => {
  it("stands for zero: a map of zeros stays one under any window", async () => {
    const quantization = uint8(0.1, 77);
    const node: Node = {
      op: "conv2d",
      name: "y",
      inputs: ["x"],
      weights: "w",
      kernel: [3, 3],
      stride: 2,
      dilation: 1,
      padding: { top: 2, left: 0, bottom: 1, right: 3 },
      activation: "none",
      quantization: uint8(0.3, 9),
    };
    const data = Uint8Array.from(scramble(18, 1));
    const weights = { scales: [0.5], zeroPoints: [128] };
    const graph = {
      ...single(node, [{ name: "x", shape: [1, 4, 4, 1], quantization }]),
      parameters: new Map([["w", { shape: [3, 3, 1, 2], data, quantization: weights }]]),
    };
    const { data: output } = await run(graph, [new Uint8Array(16).fill(77)]);
    expect(new Set(output)).toEqual(new Set([9]));
  });

  it("holds the zero point where it is an operation of its own", async () => {
    const quantization = uint8(0.1, 77);
    const pads = { top: 1, left: 0, bottom: 0, right: 1 };
    const node: Node = { op: "pad", name: "y", inputs: ["x"], pads, quantization };
    const graph = single(node, [{ name: "x", shape: [1, 1, 2, 1], quantization }]);
    expect(await run(graph, [[5, 6]])).toMatchObject({ data: Uint8Array.of(77, 77, 77, 5, 6, 77) });
  });
});

describe("8-bit addition", () => {
  it("is within half a step, and what the multipliers' rounding adds, of the real sum", async () => {
    const scale = fc.double({ min: 0.02, max: 0.08, noNaN: true });
    const quantization = fc.tuple(scale, fc.nat(255)).map(([s, z]) => uint8(s, z));
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    await fc.assert(
      fc.asyncProperty(quantization, quantization, quantization, async (a, b, to) => {
        const node: Node = { op: "add", name: "y", inputs: ["a", "b"], quantization: to };
        const shape: FeatureShape = [1, 16, 16, 1];
        const graph = single(node, [
          { name: "a", shape, quantization: a },
          { name: "b", shape, quantization: b },
        ]);
        const other = all.map((x) => x * 73 + 19);
        const { data } = await run(graph, [all, other]);
        // Ratios are at most 4 and have 18 or more fractional bits: 2 · 255 · 2⁻¹⁹ < 0.001.
        for (const [i, q] of data.entries()) {
          const sum = a.scale * (all[i]! - a.zeroPoint) + b.scale * (other[i]! - b.zeroPoint);
          const exact = Math.min(Math.max(sum / to.scale + to.zeroPoint, 0), 255);
          expect(Math.abs(q - exact)).toBeLessThan(0.501);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("8-bit resizing", () => {
  const resize = (size: readonly [number, number], quantization: Quantization): Node => ({
    op: "resizeBilinear",
    name: "y",
    inputs: ["x"],
    size,
    alignCorners: true,
    halfPixelCenters: false,
    quantization,
  });

  it("keeps the corners and meets every source pixel on the way", async () => {
    const quantization = uint8(0.1, 3);
    const graph = single(resize([5, 9], quantization), [
      { name: "x", shape: [1, 3, 3, 1], quantization },
    ]);
    const source = [0, 255, 13, 200, 1, 99, 7, 8, 254];
    const { data } = await run(graph, [source]);
    const met = [0, 2, 4].flatMap((y) => [0, 4, 8].map((x) => data[y * 9 + x]));
    expect(met).toEqual(source);
    // Halfway between 0 and 255 the tie goes up.
    expect(data[2]).toBe(128);
  });
});

describe("8-bit pooling", () => {
  it("rounds the mean with ties away from zero", async () => {
    const quantization: Quantization = { dtype: "int8", scale: 1, zeroPoint: 0 };
    const node: Node = { op: "globalAveragePool", name: "y", inputs: ["x"], quantization };
    const graph = single(node, [{ name: "x", shape: [1, 1, 2, 2], quantization }]);
    expect((await run(graph, [[1, -1, 2, -2]])).data).toEqual(Int8Array.of(2, -2));
  });

  it("leaves the padding out of the mean", async () => {
    const quantization = uint8(1, 50);
    const node: Node = {
      op: "averagePool2d",
      name: "y",
      inputs: ["x"],
      kernel: [2, 2],
      stride: 2,
      dilation: 1,
      padding: "same",
      quantization,
    };
    const graph = single(node, [{ name: "x", shape: [1, 3, 3, 1], quantization }]);
    const { data } = await run(graph, [[1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(data).toEqual(Uint8Array.of(3, 5, 8, 9));
  });
});

describe("joining and choosing", () => {
  it("brings joined maps to one scale", async () => {
    const [a, b, to] = [uint8(0.5, 10), uint8(0.25, 0), uint8(0.5, 20)];
    const node: Node = { op: "concat", name: "y", inputs: ["a", "b"], axis: 3, quantization: to };
    const graph = single(node, [
      { name: "a", shape: [1, 1, 1, 1], quantization: a },
      { name: "b", shape: [1, 1, 1, 2], quantization: b },
    ]);
    expect((await run(graph, [[11], [4, 8]])).data).toEqual(Uint8Array.of(21, 22, 24));
  });

  it("takes the lowest of equal channels", async () => {
    const node: Node = { op: "argMax", name: "y", inputs: ["x"], quantization: uint8(1, 0) };
    const shape: FeatureShape = [1, 1, 2, 4];
    const graph = single(node, [{ name: "x", shape, quantization: uint8(0.1, 3) }]);
    expect((await run(graph, [[1, 9, 9, 0, 5, 5, 5, 5]])).data).toEqual(Uint8Array.of(1, 0));
  });

  it("has probabilities that sum to 1 within half a step for each", async () => {
    const node: Node = {
      op: "softmax",
      name: "y",
      inputs: ["x"],
      quantization: uint8(1 / 256, 0),
    };
    const shape: FeatureShape = [1, 1, 1, 10];
    const graph = single(node, [{ name: "x", shape, quantization: uint8(0.05, 128) }]);
    const { data } = await run(graph, [scramble(10, 3)]);
    const sum = Array.from(data).reduce((total, value) => total + value, 0);
    expect(Math.abs(sum - 256)).toBeLessThanOrEqual(5);
  });
});

describe("what a caller sees of an 8-bit network", () => {
  const graph = readTflite(tinyModel("uint8"));

  it("is the same whether it writes real values or bytes", async () => {
    const executable = await prepare(graph);
    const bytes = Uint8Array.from(scramble(75, 9));
    executable.inputTensor().data.set(bytes);
    executable.run();
    const fromBytes = executable.outputTensor();
    dequantizeValues(bytes, graph.nodes[0]!.quantization!, executable.input());
    executable.run();
    expect(executable.outputTensor()).toEqual(fromBytes);
    expect(fromBytes.dtype).toBe("uint8");
  });

  it("is real values from output, a step of 1/256 apart for probabilities", async () => {
    const executable = await prepare(graph);
    executable.inputTensor().data.set(scramble(75, 9));
    executable.run();
    const { data } = executable.outputTensor();
    expect(executable.output()).toEqual(Float32Array.from(data, (value) => value / 256));
  });

  it("is an arena with one byte for each value", () => {
    const { inputs, outputs } = compile(graph, referenceBackend.target);
    expect([...inputs, ...outputs].map(({ dtype }) => dtype)).toEqual(["uint8", "uint8"]);
    const floats = {
      ...graph,
      nodes: graph.nodes.map(({ quantization: _, ...node }) => node as Node),
    };
    const [bytes, words] = [graph, floats].map(
      (g) => compile(g, referenceBackend.target).arenaBytes,
    );
    expect(bytes).toBeLessThan(words! / 2);
  });

  it("is an error where float32 and 8-bit values meet", async () => {
    const node: Node = { op: "add", name: "y", inputs: ["a", "b"], quantization: uint8(1, 0) };
    const shape: FeatureShape = [1, 1, 1, 1];
    const mixed = single(node, [
      { name: "a", shape, quantization: uint8(1, 0) },
      { name: "b", shape },
    ]);
    const executable = await prepare(mixed);
    expect(() => executable.run()).toThrow(/^y: add: its operands differ in type/);
  });
});
