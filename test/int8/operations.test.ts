/** The other 8-bit kernels against the reference on random shapes and values: the same bits. */
import "./joined-vectors.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { prepareInt8 } from "../../src/backends/wasm/int8/executable.ts";
import type { Variant } from "../../src/backends/wasm/int8/variant.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { profile } from "../../src/compile/profile.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import type { FeatureShape, Graph, Node, Quantization } from "../../src/graph/ir.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import { elementCount } from "../../src/tensor.ts";
import { tinyModel } from "../tflite/tiny-model.ts";
import { convolution, parametersOf } from "./convolution-graphs.ts";
import { expectSameBits, patience, runs, variantNames } from "./expect-same-bits.ts";
import {
  compareBits,
  generator,
  graphOf,
  input,
  quantization,
  seed,
  shape,
} from "./random-graphs.ts";
import { variants } from "./variants.ts";

describe(`8-bit operations have the reference's bits (${variantNames})`, patience, () => {
  /** A graph with one node over one input. */
  function unary(node: (as: Quantization) => Node, of: FeatureShape): (a: Pair) => Graph {
    return ([from, to]) => graphOf([input("x", of, from), node(to)]);
  }
  type Pair = readonly [Quantization, Quantization];
  // Equal scales take other ways through some kernels.
  const pair: fc.Arbitrary<Pair> = fc.oneof(
    fc.tuple(quantization, quantization),
    quantization.map((one) => [one, one] as const),
  );
  const base = { name: "y", inputs: ["x"] } as const;
  const resize = { op: "resizeBilinear", ...base, alignCorners: false } as const;
  const cases: [string, (as: Quantization) => Node][] = [
    ["ReLU", (as) => ({ op: "activation", ...base, activation: "relu", quantization: as })],
    ["ReLU6", (as) => ({ op: "activation", ...base, activation: "relu6", quantization: as })],
    ["sigmoid", (as) => ({ op: "sigmoid", ...base, quantization: as })],
    ["requantising", (as) => ({ op: "quantize", ...base, quantization: as })],
    ["dequantising", () => ({ op: "dequantize", ...base })],
    ["softmax", (as) => ({ op: "softmax", ...base, quantization: as })],
    ["class indices", (as) => ({ op: "argMax", ...base, quantization: { ...as, scale: 1 } })],
    ["class indices as real numbers", () => ({ op: "argMax", ...base })],
    ["the mean of a map", (as) => ({ op: "globalAveragePool", ...base, quantization: as })],
    [
      "means under a window",
      (as) => ({
        op: "averagePool2d",
        ...base,
        kernel: [2, 3],
        stride: 2,
        dilation: 1,
        padding: "same",
        quantization: as,
      }),
    ],
    [
      "padding",
      (as) => ({
        op: "pad",
        ...base,
        pads: { top: 1, left: 2, bottom: 0, right: 1 },
        quantization: as,
      }),
    ],
    [
      "resizing with aligned corners",
      (as) => ({
        ...resize,
        size: [7, 9],
        alignCorners: true,
        halfPixelCenters: false,
        quantization: as,
      }),
    ],
    [
      "resizing by pixels' centres",
      (as) => ({ ...resize, size: [7, 3], halfPixelCenters: true, quantization: as }),
    ],
  ];

  it.each(cases)("%s", async (_, node) => {
    await fc.assert(
      fc.asyncProperty(pair, shape(6, 20), seed, async (scales, of, random) => {
        await expectSameBits(unary(node, of)(scales), random);
      }),
      runs(25),
    );
  });

  it("quantising real numbers", async () => {
    await fc.assert(
      fc.asyncProperty(quantization, shape(6, 20), seed, async (as, of, random) => {
        const node: Node = { op: "quantize", ...base, quantization: as };
        await expectSameBits(graphOf([input("x", of), node]), random);
      }),
      runs(25),
    );
  });

  it("softmax of real numbers behind an 8-bit map", async () => {
    await fc.assert(
      fc.asyncProperty(quantization, shape(6, 20), seed, async (from, of, random) => {
        const real: Node = { op: "dequantize", name: "real", inputs: ["x"] };
        const softmax: Node = { op: "softmax", name: "y", inputs: ["real"] };
        const graph = graphOf([input("x", of, from), real, softmax]);
        // Exponents span up to 255 steps and are rounded twice; 16 roundings cover exp and the sum.
        const relative = 2 ** -24 * (2 * 255 * from.scale + 16);
        await expectSameBits(graph, random, { relative });
      }),
      runs(25),
    );
  });

  it("other operations on real numbers beside 8-bit maps, outside WebAssembly", async () => {
    const as: Quantization = { dtype: "uint8", scale: 0.1, zeroPoint: 3 };
    const graph = graphOf([
      input("x", [1, 2, 2, 3], as),
      { op: "dequantize", name: "real", inputs: ["x"] },
      { op: "sigmoid", name: "y", inputs: ["real"] },
    ]);
    const { differences, descriptions } = await compareBits(graph, 1);
    expect(differences).toEqual([]);
    for (const each of descriptions) expect(each).toMatch(/; sigmoid in JavaScript/);
  });

  it("a table of a map beside whose channels lies what others left there", async () => {
    const bytes = (zeroPoint: number): Quantization => ({ dtype: "int8", scale: 1, zeroPoint });
    // The upper halves of such real numbers, as entries of a table, lie 64 KB behind it.
    const huge: Quantization = { ...bytes(-128), scale: Math.fround(1e36) };
    const graph = graphOf([
      input("x", [1, 5, 64, 1], huge),
      { op: "dequantize", name: "real", inputs: ["x"] },
      { op: "quantize", name: "bytes", inputs: ["real"], quantization: huge },
      { op: "softmax", name: "ones", inputs: ["bytes"], quantization: bytes(-3) },
      { op: "activation", name: "y", inputs: ["ones"], activation: "relu", quantization: bytes(5) },
      { op: "activation", name: "z", inputs: ["y"], activation: "relu", quantization: bytes(9) },
    ]);
    await expectSameBits(graph, 1);
  });

  it("reshaping", async () => {
    await fc.assert(
      fc.asyncProperty(pair, shape(6, 20), seed, async ([from, as], of, random) => {
        const to = [of[3], of[1], of[2]] as const;
        const node: Node = { op: "reshape", ...base, shape: to, quantization: as };
        await expectSameBits(graphOf([input("x", of, from), node]), random);
      }),
      runs(25),
    );
  });

  it("reshaping what is another map by name only, whose channels are padded", async () => {
    const as: Quantization = { dtype: "int8", scale: 1, zeroPoint: 0 };
    const graph = graphOf([
      input("x", [1, 2, 5, 3], as),
      { op: "activation", name: "padded", inputs: ["x"], activation: "relu", quantization: as },
      { op: "quantize", name: "same", inputs: ["padded"], quantization: as },
      { op: "reshape", name: "y", inputs: ["same"], shape: [5, 2, 3], quantization: as },
    ]);
    await expectSameBits(graph, 1);
  });

  it("addition", async () => {
    await fc.assert(
      fc.asyncProperty(pair, quantization, shape(6, 20), seed, async ([a, b], as, of, random) => {
        const node: Node = { op: "add", name: "y", inputs: ["a", "b"], quantization: as };
        await expectSameBits(graphOf([input("a", of, a), input("b", of, b), node]), random);
      }),
      runs(60),
    );
  });

  it.each([1, 2, 3] as const)("joining along axis %i", async (axis) => {
    await fc.assert(
      fc.asyncProperty(pair, shape(5, 20), shape(5, 20), seed, async ([a, as], of, by, random) => {
        const other = of.map((size, i) => (i === axis ? by[i]! : size)) as unknown as FeatureShape;
        const node: Node = { op: "concat", name: "y", inputs: ["a", "b"], axis, quantization: as };
        await expectSameBits(graphOf([input("a", of, a), input("b", other, as), node]), random);
      }),
      runs(25),
    );
  });
});

describe(`a whole 8-bit network (${variantNames})`, () => {
  it.each(["uint8", "int8"] as const)(
    "of %s has the reference's bits at every node",
    async (type) => {
      const graph = readTflite(tinyModel(type));
      const names = graph.nodes.slice(1).map(({ name }) => name);
      await expectSameBits(graph, 1);
      await expectSameBits(selectOutputs(graph, names), 1);
    },
  );

  it("gives an output as often as it is named, an input too", async () => {
    const graph = readTflite(tinyModel("int8"));
    const [input] = graph.nodes.map(({ name }) => name);
    const outputs = [...graph.outputs, ...graph.outputs, input!];
    await expectSameBits({ ...graph, outputs }, 1);
  });

  it("has the same bits and less memory where its uint8 input becomes int8 by name only", async () => {
    const uint8: Quantization = { dtype: "uint8", scale: 0.05, zeroPoint: 121 };
    const int8: Quantization = { dtype: "int8", scale: 0.05, zeroPoint: -7 };
    const moved: Quantization = { ...int8, zeroPoint: -6 };
    const requantized = (to: Quantization): Graph => {
      const filter = { name: "y", source: "q", kernel: [3, 3], as: int8, stride: 2 } as const;
      const nodes: Node[] = [
        input("x", [1, 40, 40, 3], uint8),
        { op: "quantize", name: "q", inputs: ["x"], quantization: to },
        convolution("conv2d", filter),
      ];
      const options = { perChannel: true, spread: false, random: 5 };
      return graphOf(nodes, parametersOf("y", [3, 3, 3, 8], options));
    };
    const bytesOf = async (graph: Graph, variant: Variant): Promise<number> => {
      const program = compile(graph, wasmBackend.target);
      const executable = await prepareInt8(program, { threads: 1 }, variant);
      executable.dispose();
      return executable.arenaBytes as number;
    };
    for (const to of [int8, moved]) {
      const graph = requantized(to);
      await expectSameBits(graph, 3);
      await expectSameBits(selectOutputs(graph, ["q", "y"]), 3);
    }
    for (const variant of variants) {
      const less = await bytesOf(requantized(int8), variant);
      expect(less, variant.engine).toBeLessThan(await bytesOf(requantized(moved), variant));
    }
  });

  it("takes real values as the reference does, and gives real values", async () => {
    const graph = readTflite(tinyModel("uint8"));
    const program = compile(graph, wasmBackend.target);
    const executables = [
      await referenceBackend.prepare(compile(graph, referenceBackend.target)),
      ...(await Promise.all(variants.map((it) => prepareInt8(program, { threads: 1 }, it)))),
    ];
    const next = generator(4);
    const values = Float32Array.from({ length: 75 }, () => next(2000) / 700 - 1.4);
    const [expected, ...received] = executables.map((executable) => {
      executable.input().set(values);
      executable.run();
      return executable.output();
    });
    expect(received).toEqual(variants.map(() => expected));
  });

  it("is profiled with a byte for each 8-bit value", () => {
    for (const type of ["uint8", "int8"] as const) {
      const { layers } = profile(readTflite(tinyModel(type)), wasmBackend.target);
      expect(layers.length).toBeGreaterThan(3);
      for (const { outputBytes, outputShape } of layers) {
        expect(outputBytes).toBe(elementCount(outputShape));
      }
    }
  });

  it("is gone once disposed of", async () => {
    const executable = await wasmBackend.prepare(
      compile(readTflite(tinyModel("int8")), wasmBackend.target),
    );
    executable.dispose();
    expect(() => executable.run()).toThrow(/disposed/);
    expect(() => executable.output()).toThrow(/disposed/);
  });
});
