import { describe, expect, it } from "vitest";
import { randomWeights } from "../../../test/conformance/random.ts";
import { Sketch } from "../../../test/conformance/sketch.ts";
import { type OnnxModel, type OnnxOperator, readModel } from "../../../test/onnx/read-model.ts";
import { optimize } from "../../compile/compile.ts";
import { withRandomInt8Weights } from "../../compile/random-int8-weights.ts";
import { bindWeights } from "../../graph/bind.ts";
import type { Graph, Node, Parameter, Quantization } from "../../graph/ir.ts";
import { selectOutputs } from "../../graph/rewrite.ts";
import { deeplabV3 } from "../../models/deeplab.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { ssdlite } from "../../models/ssdlite.ts";
import { writeOnnx } from "./writer.ts";

const bound = (graph: Graph): Graph => bindWeights(graph, randomWeights(graph, 5));
const optimized = (graph: Graph): Graph => optimize(bound(graph), { fuseBlocks: false });
const written = (graph: Graph): OnnxModel => readModel(writeOnnx(graph));

function operatorFor({ operators }: OnnxModel, output: string): OnnxOperator {
  return operators.find(({ outputs }) => outputs.includes(output))!;
}

/** A graph of one input and some nodes, all of them outputs. */
function graphOf(
  nodes: readonly Node[],
  parameters: Readonly<Record<string, Parameter>> = {},
  quantization?: Quantization,
): Graph {
  const input: Node = {
    op: "input",
    name: "image",
    inputs: [],
    shape: [1, 4, 6, 2],
    ...(quantization && { quantization }),
  };
  return {
    name: "small",
    nodes: [input, ...nodes],
    outputs: nodes.map(({ name }) => name),
    parameters: new Map(Object.entries(parameters)),
  };
}

const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" } as const;

describe("a written file", () => {
  it("says what it is, what goes in and what comes out", () => {
    const network = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });
    const ends = ["probabilities", "classifier", network.landmarks.stem];
    const graph = optimized({ ...network, outputs: ends });
    const model = written(graph);
    const { formatVersion, operatorSet, producer, name, inputs, outputs } = model;
    expect({ formatVersion, operatorSet, producer, name, inputs, outputs }).toEqual({
      formatVersion: 7,
      operatorSet: 13,
      producer: "mobilenetv2",
      name: graph.name,
      inputs: [{ name: "image", element: "float32", dims: [1, 3, 32, 32] }],
      outputs: [
        { name: "probabilities", element: "float32", dims: [1, 7] },
        { name: "classifier", element: "float32", dims: [1, 7] },
        { name: ends[2], element: "float32", dims: [1, 16, 16, 16] },
      ],
    });
  });

  it("says what a network was built from, and of other graphs nothing", () => {
    const network = mobilenetV2({ width: 0.35, resolution: 32, block: { nonlinear: true } });
    const said = written(optimized(network)).metadata.get("mobilenetv2") ?? "";
    expect(JSON.parse(said)).toEqual({ version: 1, architecture: network.architecture });
    const part = optimized(selectOutputs(network, [network.landmarks.stem]));
    expect(written(part).metadata.size).toBe(0);
  });

  it("is a classifier as exporters write it", () => {
    const { operators } = written(optimized(mobilenetV2({ width: 0.35, resolution: 32 })));
    const kinds = operators.map(({ kind }) => kind);
    const count = (kind: string): number => kinds.filter((other) => other === kind).length;
    expect([count("Conv"), count("Clip"), count("Add")]).toEqual([52, 35, 10]);
    expect(kinds.slice(-4)).toEqual(["GlobalAveragePool", "Flatten", "Gemm", "Softmax"]);
    expect(new Set(kinds).size).toBe(7);
  });

  it("has the convolutions of table 2's networks whether norms are folded or not", () => {
    const { operators } = written(bound(mobilenetV2({ width: 0.35, resolution: 32 })));
    const norms = operators.filter(({ kind }) => kind === "BatchNormalization");
    expect(norms.map(({ attributes }) => attributes["epsilon"])).toEqual(
      Array.from({ length: 52 }, () => Math.fround(1e-3)),
    );
  });

  it("gives lists with their values last, and maps with their channels first", () => {
    const detector = optimized(ssdlite({ width: 0.35, resolution: 96, classes: 3 }));
    const shapes = (graph: Graph): unknown => written(graph).outputs.map(({ dims }) => dims);
    // The anchors of maps of 6, 3, 2, 1, 1 and 1 positions a side: 3 for each of the first, then 6.
    const anchors = 36 * 3 + (9 + 4 + 1 + 1 + 1) * 6;
    expect(shapes(detector)).toEqual([
      [1, anchors, 4],
      [1, anchors, 4],
    ]);
    const segmenter = optimized(deeplabV3({ width: 0.35, resolution: 33, classes: 5 }));
    expect(shapes(segmenter)).toEqual([[1, 5, 3, 3]]);
  });

  it("turns a detector's maps once each, and then keeps them as they are", () => {
    const { operators } = written(optimized(ssdlite({ width: 0.35, resolution: 96, classes: 3 })));
    const turned = operators.filter(({ kind }) => kind === "Transpose");
    // Boxes and classes of the three maps that have more than one pixel.
    expect(turned.map(({ attributes }) => attributes["perm"])).toEqual(
      Array.from({ length: 6 }, () => [0, 2, 3, 1]),
    );
  });

  it("places windows by numbers, whatever the rule, and weights outputs first", () => {
    const weights = { shape: [1, 2, 2, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) };
    const model = written(
      graphOf(
        [
          {
            ...{ op: "conv2d", name: "conv", inputs: ["image"], ...window },
            ...{ kernel: [1, 2], stride: 2, dilation: 3, activation: "none", weights: "w" },
            padding: { top: 1, left: 2, bottom: 3, right: 4 },
          },
          {
            ...{ op: "depthwiseConv2d", name: "filtered", inputs: ["image"], ...window },
            ...{ kernel: [3, 3], stride: 2, activation: "none", weights: "d" },
          },
          {
            ...{ op: "averagePool2d", name: "pool", inputs: ["image"], ...window },
            ...{ kernel: [3, 3], padding: "symmetric" },
          },
        ],
        { w: weights, d: { shape: [3, 3, 2], data: new Float32Array(18) } },
      ),
    );
    expect(operatorFor(model, "conv").attributes).toEqual({
      kernel_shape: [1, 2],
      strides: [2, 2],
      dilations: [3, 3],
      pads: [1, 2, 3, 4],
      group: 1,
    });
    // [row, column, input, output] became [output, input, row, column].
    expect(model.constants.get("w")).toMatchObject({ element: "float32", dims: [3, 2, 1, 2] });
    expect(Array.from(model.constants.get("w")!.data)).toEqual([
      ...[0, 6, 3, 9],
      ...[1, 7, 4, 10],
      ...[2, 8, 5, 11],
    ]);
    // TensorFlow puts what is odd at the bottom and right.
    expect(operatorFor(model, "filtered").attributes).toMatchObject({
      pads: [0, 0, 1, 1],
      group: 2,
    });
    expect(model.constants.get("d")!.dims).toEqual([2, 1, 3, 3]);
    expect(operatorFor(model, "pool").attributes).toMatchObject({
      pads: [1, 1, 1, 1],
      count_include_pad: 0,
    });
  });

  it("has weights that nodes share once, and names that are free", () => {
    const conv = { op: "conv2d", activation: "relu6", weights: "bound_0", ...window } as const;
    const { operators, constants } = written(
      graphOf(
        [
          { ...conv, name: "a", inputs: ["image"] },
          { ...conv, name: "bound_6", inputs: ["a"] },
        ],
        { bound_0: { shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } },
      ),
    );
    const outputs = operators.flatMap((operator) => operator.outputs);
    const names = [...constants.keys(), ...outputs, "image"];
    expect(new Set(names).size).toBe(names.length);
    expect(constants.size).toBe(3);
    const clips = operators.filter(({ kind }) => kind === "Clip");
    expect(
      clips.map(({ inputs }) => inputs.slice(1).map((n) => constants.get(n)!.data[0])),
    ).toEqual([
      [0, 6],
      [0, 6],
    ]);
  });

  it("gives an output that is named twice once, and an input as it came", () => {
    const sketch = new Sketch(1);
    const input = sketch.input([2, 1, 1, 3]);
    const relu = sketch.activation(input, "relu");
    const { outputs } = written(sketch.graph([relu, input, relu]));
    expect(outputs.map(({ name, dims }) => [name, dims])).toEqual([
      [relu, [2, 3]],
      [input, [2, 3, 1, 1]],
    ]);
  });
});

const as = (scale: number, zeroPoint: number, dtype: "int8" | "uint8" = "int8"): Quantization => ({
  dtype,
  scale,
  zeroPoint,
});

describe("a written file of 8 bits", () => {
  const weights = {
    shape: [1, 1, 2, 2],
    data: Int8Array.of(1, 2, 3, 4),
    quantization: { scales: [0.25, 0.5], zeroPoints: [0, 0] },
  };
  const parameters = { w: weights, b: { shape: [2], data: Int32Array.of(5, -6) } };
  const conv = (quantization: Quantization, activation: "none" | "relu" | "relu6"): Node => ({
    ...{ op: "conv2d", name: "conv", inputs: ["image"], weights: "w", bias: "b", ...window },
    ...{ activation, quantization },
  });

  it("computes real numbers between integers, unsigned ones for maps", () => {
    const model = written(graphOf([conv(as(0.125, -3), "none")], parameters, as(0.5, 7)));
    const { operators, constants, inputs, outputs } = model;
    expect([...inputs, ...outputs].map(({ element }) => element)).toEqual(["uint8", "uint8"]);
    expect(operators.map(({ kind }) => kind)).toEqual([
      ...["DequantizeLinear", "DequantizeLinear", "DequantizeLinear"],
      ...["Conv", "QuantizeLinear"],
    ]);
    const ends = (kind: string): unknown =>
      operators
        .filter((operator) => operator.kind === kind)
        .map(({ inputs: [, ...names] }) => names.map((n) => Array.from(constants.get(n)!.data)));
    expect(ends("QuantizeLinear")).toEqual([[[0.125], [125]]]);
    expect(ends("DequantizeLinear")).toEqual([
      [[0.5], [135]],
      [
        [0.25, 0.5],
        [0, 0],
      ],
      // A sum's unit is the product of its operands'.
      [
        [0.125, 0.25],
        [0, 0],
      ],
    ]);
    expect(operatorFor(model, "w/real").attributes).toEqual({ axis: 0 });
    expect(constants.get("w")).toMatchObject({ element: "int8", dims: [2, 2, 1, 1] });
    expect(constants.get("b")).toMatchObject({ element: "int32", dims: [2] });
  });

  it.each([
    ["ReLU6 within its range", "relu6", as(6 / 255, -128), []],
    ["ReLU6 within a range that ends lower", "relu6", as(1 / 255, -128), []],
    ["ReLU6 within a range that ends higher", "relu6", as(8 / 255, -128), ["Clip"]],
    ["ReLU6 within a range that begins lower", "relu6", as(6 / 255, -100), ["Clip"]],
    ["ReLU within a range from 0", "relu", as(8 / 255, 0, "uint8"), []],
    ["ReLU within a range that begins lower", "relu", as(8 / 255, 0), ["Relu"]],
  ] as const)("cuts off %s where rounding does not", (_, activation, quantization, expected) => {
    const { operators } = written(
      graphOf([conv(quantization, activation)], parameters, as(0.5, 0)),
    );
    const kinds = operators.map(({ kind }) => kind);
    expect(kinds.filter((kind) => /Relu|Clip/.test(kind))).toEqual(expected);
  });

  it("takes TensorFlow 1's weights: unsigned, with one scale and a zero point", () => {
    const unsigned = {
      shape: [1, 1, 2, 2],
      data: Uint8Array.of(1, 2, 3, 4),
      quantization: { scales: [0.25], zeroPoints: [130] },
    };
    const { constants } = written(
      graphOf([conv(as(0.5, 0), "none")], { ...parameters, w: unsigned }, as(0.5, 0)),
    );
    expect(constants.get("w/scale")).toMatchObject({ dims: [], data: Float32Array.of(0.25) });
    expect(constants.get("w/zero")).toMatchObject({ element: "uint8", data: Uint8Array.of(130) });
    expect(constants.get("b/scale")).toMatchObject({ dims: [], data: Float32Array.of(0.125) });
  });

  it("has nothing to do where only the type changes", () => {
    const to = (quantization: Quantization): Node => {
      return { op: "quantize", name: "to", inputs: ["image"], quantization };
    };
    const kinds = (node: Node): unknown =>
      written(graphOf([node], {}, as(0.5, 130, "uint8"))).operators.map(({ kind }) => kind);
    expect(kinds(to(as(0.5, 2)))).toEqual(["Identity"]);
    expect(kinds(to(as(0.5, 3)))).toEqual(["DequantizeLinear", "QuantizeLinear"]);
    expect(kinds(to(as(0.25, 2)))).toEqual(["DequantizeLinear", "QuantizeLinear"]);
  });

  it("is a whole classifier in one piece: every real value comes from integers and becomes such", () => {
    const network = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });
    const { operators } = written(withRandomInt8Weights(network));
    const maker = new Map(operators.map(({ kind, outputs: [name] }) => [name, kind]));
    for (const { kind, inputs } of operators) {
      if (!["Conv", "Add", "GlobalAveragePool"].includes(kind)) continue;
      for (const name of inputs)
        expect(maker.get(name), `${kind} ${name}`).toBe("DequantizeLinear");
    }
    expect(operators.filter(({ kind }) => kind === "Clip")).toEqual([]);
  });
});

describe("what cannot be written is refused by operation and node", () => {
  const network = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });

  it("blocks that the compiler joined", () => {
    expect(() => writeOnnx(optimize(bound(network), { fuseBlocks: true }))).toThrow(
      /^block_\S+: invertedResidual: a whole block has no operator in this format/,
    );
  });

  it("weights without values", () => {
    expect(() => writeOnnx(network)).toThrow(/^stem\/weights: a parameter has no values/);
  });

  it("nodes of both kinds at once, and 8-bit sums of three", () => {
    const relu = { op: "activation", name: "relu", activation: "relu" } as const;
    const mixed: Node = { ...relu, inputs: ["image"], quantization: as(0.5, 0) };
    expect(() => writeOnnx(graphOf([mixed]))).toThrow(
      /^relu: activation: its operands differ in type/,
    );
    const sum: Node = {
      ...{ op: "conv2d", name: "sum", inputs: ["image", "image"], weights: "w", ...window },
      ...{ activation: "none", quantization: as(0.5, 0) },
    };
    const parameters = {
      w: {
        shape: [1, 1, 2, 2],
        data: Int8Array.of(1, 2, 3, 4),
        quantization: { scales: [1], zeroPoints: [0] },
      },
    };
    expect(() => writeOnnx(graphOf([sum], parameters, as(0.5, 0)))).toThrow(
      /^sum: conv2d: an 8-bit convolution with a shortcut has no operator/,
    );
  });
});
