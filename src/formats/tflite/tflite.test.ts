import { describe, expect, it } from "vitest";
import {
  code,
  oneOperatorModel,
  tinyModel,
  tinyModelSpec,
} from "../../../test/tflite/tiny-model.ts";
import {
  type OperatorSpec,
  type TensorSpec,
  writeModel,
} from "../../../test/tflite/write-model.ts";
import type { NodeOf, Op } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { readTflite } from "./tflite.ts";

function nodeOf<O extends Op>(bytes: Uint8Array, op: O): NodeOf<O> {
  return readTflite(bytes).nodes.find((node): node is NodeOf<O> => node.op === op)!;
}

const float = (name: string, shape: readonly number[], values?: readonly number[]): TensorSpec => ({
  name,
  shape,
  type: "float32",
  ...(values === undefined ? {} : { data: Float32Array.from(values) }),
});

const ints = (name: string, values: readonly number[], shape = [values.length]): TensorSpec => ({
  name,
  shape,
  type: "int32",
  data: Int32Array.from(values),
});

/** CONV_2D options: padding, strides. */
const window = (padding: 0 | 1, stride: number): NonNullable<OperatorSpec["options"]> => ({
  0: { u8: padding },
  1: { i32: stride },
  2: { i32: stride },
});

describe("an 8-bit model", () => {
  it.each(["uint8", "int8"] as const)(
    "of %s becomes a graph with one node per operator",
    (type) => {
      const graph = readTflite(tinyModel(type));
      expect(graph.nodes.map(({ op }) => op)).toEqual([
        "input",
        "conv2d",
        "conv2d",
        "depthwiseConv2d",
        "conv2d",
        "add",
        "globalAveragePool",
        "conv2d",
        "softmax",
      ]);
      expect(graph.outputs).toEqual(["probabilities"]);
      expect(inferShapes(graph).get("probabilities")).toEqual([1, 1, 1, 6]);
    },
  );

  it("keeps the scale and zero point of every value", () => {
    const graph = readTflite(tinyModel("uint8"));
    const add = graph.nodes.find(({ op }) => op === "add");
    expect(add?.quantization).toEqual({ dtype: "uint8", scale: Math.fround(0.09), zeroPoint: 125 });
    expect(graph.nodes.every((node) => node.quantization?.dtype === "uint8")).toBe(true);
  });

  it("has one scale per tensor in uint8, one per output channel in int8", () => {
    const [perTensor, perChannel] = (["uint8", "int8"] as const).map(
      (type) => readTflite(tinyModel(type)).parameters.get("depthwise/weights")!.quantization!,
    );
    expect(perTensor!.scales).toEqual([Math.fround(0.012)]);
    expect(perTensor!.zeroPoints).toEqual([117]);
    expect(perChannel!.scales).toHaveLength(8);
    expect(perChannel!.zeroPoints).toEqual(Array(8).fill(0));
  });

  it("turns weights so that the output channel is innermost", () => {
    const spec = tinyModelSpec("uint8");
    const stored = spec.tensors.find(({ name }) => name === "stem/weights")!.data as Uint8Array;
    const { shape, data } = readTflite(writeModel(spec)).parameters.get("stem/weights")!;
    expect(shape).toEqual([3, 3, 3, 4]);
    // Output 2, row 1, column 0, input 1.
    const [o, y, x, i] = [2, 1, 0, 1];
    expect(data![((y * 3 + x) * 3 + i) * 4 + o]).toBe(stored[((o * 3 + y) * 3 + x) * 3 + i]);
  });

  it("gives class indices as bytes", () => {
    const graph = readTflite(
      oneOperatorModel({ code: code.argMax }, [
        { name: "logits", shape: [1, 2, 2, 21], type: "uint8", scales: [0.1], zeroPoints: [3] },
        ints("axis", [3], []),
        { name: "classes", shape: [1, 2, 2], type: "int64" },
      ]),
    );
    const node = graph.nodes.at(-1)!;
    expect(node.quantization).toEqual({ dtype: "uint8", scale: 1, zeroPoint: 0 });
    expect(inferShapes(graph).get("classes")).toEqual([1, 2, 2, 1]);
  });
});

describe("a float model", () => {
  it("reads half-precision weights as float32", () => {
    const graph = readTflite(
      writeModel({
        tensors: [
          float("x", [1, 1, 1, 2]),
          {
            name: "half",
            shape: [1, 1, 1, 2],
            type: "float16",
            data: Uint16Array.of(0x3c00, 0xc100),
          },
          float("weights", [1, 1, 1, 2]),
          float("y", [1, 1, 1, 1]),
        ],
        operators: [
          { code: code.dequantize, inputs: [1], outputs: [2] },
          { code: code.conv2d, inputs: [0, 2], outputs: [3], options: window(0, 1) },
        ],
        inputs: [0],
        outputs: [3],
      }),
    );
    expect(graph.parameters.get("weights")!.data).toEqual(Float32Array.of(1, -2.5));
    expect(graph.nodes.map(({ op }) => op)).toEqual(["input", "conv2d"]);
  });

  it("reads 8-bit weights under float32 values as float32", () => {
    const weights: TensorSpec = {
      name: "weights",
      shape: [2, 1, 1, 1],
      type: "int8",
      data: Int8Array.of(4, -3),
      scales: [0.5, 2],
      zeroPoints: [0, 0],
    };
    const bytes = oneOperatorModel({ code: code.conv2d, options: window(0, 1) }, [
      float("x", [1, 1, 1, 1]),
      weights,
      float("bias", [2], [0, 1]),
      float("y", [1, 1, 1, 2]),
    ]);
    expect(readTflite(bytes).parameters.get("weights")!.data).toEqual(Float32Array.of(2, -6));
  });

  it("gives a linear node and an activation where ADD has one fused", () => {
    const bytes = writeModel({
      tensors: [float("a", [1, 2, 2, 1]), float("b", [1, 2, 2, 1]), float("sum", [1, 2, 2, 1])],
      operators: [{ code: code.add, inputs: [0, 1], outputs: [2], options: { 0: { u8: 1 } } }],
      inputs: [0, 1],
      outputs: [2],
    });
    const graph = readTflite(bytes);
    expect(graph.nodes.slice(-2).map(({ op, name }) => [op, name])).toEqual([
      ["add", "sum/linear"],
      ["activation", "sum"],
    ]);
  });

  it("takes a mean over rows and columns as global average pooling", () => {
    const mean = (axes: readonly number[]) =>
      oneOperatorModel({ code: code.mean, options: { 0: { u8: 1 } } }, [
        float("x", [1, 3, 3, 2]),
        ints("axes", axes),
        float("y", [1, 1, 1, 2]),
      ]);
    expect(nodeOf(mean([1, -2]), "globalAveragePool").name).toBe("y");
    expect(() => readTflite(mean([1, 3]))).toThrow(/operator 0, MEAN: a mean over anything but/);
  });

  it("keeps a pool whose window is smaller than its input", () => {
    const bytes = oneOperatorModel(
      { code: code.averagePool, options: { ...window(1, 2), 3: { i32: 2 }, 4: { i32: 2 } } },
      [float("x", [1, 4, 4, 2]), float("y", [1, 2, 2, 2])],
    );
    expect(nodeOf(bytes, "averagePool2d")).toMatchObject({ kernel: [2, 2], stride: 2 });
  });

  it("has bilinear resizing in the file's convention", () => {
    const bytes = oneOperatorModel({ code: code.resizeBilinear, options: { 3: { u8: 1 } } }, [
      float("x", [1, 2, 2, 1]),
      ints("size", [4, 6]),
      float("y", [1, 4, 6, 1]),
    ]);
    const expected = { size: [4, 6], alignCorners: false, halfPixelCenters: true };
    expect(nodeOf(bytes, "resizeBilinear")).toMatchObject(expected);
  });
});

describe("padding of its own", () => {
  const padded = (size: number, pads: readonly number[], stride: number) => {
    const [top, bottom, left, right] = pads as [number, number, number, number];
    const [rows, columns] = [size + top + bottom, size + left + right];
    const output = (n: number) => Math.floor((n - 3) / stride) + 1;
    return writeModel({
      tensors: [
        float("x", [1, size, size, 1]),
        ints("pads", [0, 0, ...pads, 0, 0], [4, 2]),
        float("wide", [1, rows, columns, 1]),
        float("weights", [1, 3, 3, 1], Array(9).fill(1)),
        float("y", [1, output(rows), output(columns), 1]),
      ],
      operators: [
        { code: code.pad, inputs: [0, 1], outputs: [2] },
        { code: code.conv2d, inputs: [2, 3], outputs: [4], options: window(1, stride) },
      ],
      inputs: [0],
      outputs: [4],
    });
  };

  it("becomes the convolution's, by TensorFlow's rule where that gives the same", () => {
    expect(nodeOf(padded(6, [0, 1, 0, 1], 2), "conv2d").padding).toBe("same");
  });

  it("becomes the convolution's, by PyTorch's rule where that gives the same", () => {
    expect(nodeOf(padded(6, [1, 1, 1, 1], 2), "conv2d").padding).toBe("symmetric");
  });

  it("becomes the convolution's as it is where no rule gives it", () => {
    const bytes = padded(6, [2, 0, 1, 3], 1);
    expect(nodeOf(bytes, "conv2d").padding).toEqual({ top: 2, bottom: 0, left: 1, right: 3 });
    expect(readTflite(bytes).nodes.map(({ op }) => op)).toEqual(["input", "conv2d"]);
  });
});

describe("what is not read", () => {
  it("is named by operator, index and tensor", () => {
    const bytes = oneOperatorModel({ code: code.gather }, [
      float("x", [1, 2, 2, 1]),
      float("swished", [1, 2, 2, 1]),
    ]);
    expect(() => readTflite(bytes)).toThrow(
      /^swished: TensorFlow Lite operator 0, GATHER: no such/,
    );
  });

  it("includes inputs without a size, but not without a batch", () => {
    const model = (signature: readonly number[]) =>
      oneOperatorModel({ code: code.logistic }, [
        { ...float("x", [1, 1, 1, 3]), signature },
        float("y", [1, 1, 1, 3]),
      ]);
    expect(() => readTflite(model([1, -1, -1, 3]))).toThrow(/^x: the input has no size of its own/);
    expect(readTflite(model([-1, 1, 1, 3])).nodes).toHaveLength(2);
  });

  it("includes weights whose zeros are left out", () => {
    const bytes = oneOperatorModel({ code: code.conv2d, options: window(0, 1) }, [
      float("x", [1, 1, 1, 2]),
      { ...float("weights", [1, 1, 1, 2], [1, 2]), sparse: true },
      float("y", [1, 1, 1, 1]),
    ]);
    expect(() => readTflite(bytes)).toThrow(/^weights: a constant whose zeros are left out/);
  });

  it("includes strides that differ", () => {
    const options = { ...window(0, 1), 2: { i32: 2 } };
    const bytes = oneOperatorModel({ code: code.conv2d, options }, [
      float("x", [1, 4, 4, 1]),
      float("weights", [1, 1, 1, 1], [1]),
      float("y", [1, 2, 4, 1]),
    ]);
    expect(() => readTflite(bytes)).toThrow(/stride 2 of rows differs from 1 of columns/);
  });

  it("includes float32 and 8-bit operands together", () => {
    const bytes = writeModel({
      tensors: [
        float("a", [1, 1, 1, 1]),
        { name: "b", shape: [1, 1, 1, 1], type: "uint8", scales: [1], zeroPoints: [0] },
        float("sum", [1, 1, 1, 1]),
      ],
      operators: [{ code: code.add, inputs: [0, 1], outputs: [2], options: {} }],
      inputs: [0, 1],
      outputs: [2],
    });
    expect(() => readTflite(bytes)).toThrow(/float32 and 8-bit operands together/);
  });
});
