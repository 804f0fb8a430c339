/** Convolutions and dense layers in the forms that converters give them. */
import { describe, expect, it } from "vitest";
import { float, ints, run, upTo } from "../../../test/tflite/operands.ts";
import { runGraph } from "../../../test/tflite/run-file.ts";
import { code, oneOperatorModel, tinyModelSpec } from "../../../test/tflite/tiny-model.ts";
import { type TensorSpec, writeModel } from "../../../test/tflite/write-model.ts";
import { readTflite, readTfliteGraph } from "./tflite.ts";

describe.each(["reference", "wasm"] as const)("a depthwise convolution on %s", (backend) => {
  const options = { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } };
  const weights = Float32Array.of(1, 2, 3, 4, 5, 6, -1, 1, 0.5, -2, 0, 3);

  it("of one channel has a filter for each output", async () => {
    const tensors = [
      float("x", [1, 1, 2, 1]),
      { ...float("w", [1, 1, 2, 6]), data: weights },
      float("b", [6], [0, 0, 0, 0, 0, 1]),
      float("y", [1, 1, 1, 6]),
    ] as const;
    const bytes = oneOperatorModel({ code: code.depthwiseConv2d, options }, tensors);
    const [result] = await runGraph(readTflite(bytes), Float32Array.of(2, 10), backend);
    expect([...result!]).toEqual([-8, 14, 11, -12, 10, 43]);
  });

  it.each(["float32", "int8"] as const)("has several filters per channel in %s", async (type) => {
    const quantized = type === "int8";
    const map = (name: string, shape: readonly number[]): TensorSpec =>
      quantized ? { name, shape, type, scales: [0.5], zeroPoints: [3] } : { name, shape, type };
    const bytes8 = Int8Array.from(weights, (w) => 2 * w);
    const w: TensorSpec = quantized
      ? {
          ...{ name: "w", shape: [1, 1, 2, 6], type, data: bytes8, dimension: 3 },
          ...{ scales: Array(6).fill(0.5), zeroPoints: Array(6).fill(0) },
        }
      : { name: "w", shape: [1, 1, 2, 6], type, data: weights };
    const tensors = [map("x", [1, 1, 2, 2]), w, map("y", [1, 1, 1, 6])] as const;
    const bytes = oneOperatorModel({ code: code.depthwiseConv2d, options }, tensors);
    const [result] = await runGraph(readTflite(bytes), Float32Array.of(1, 2, 3, 4), backend);
    // Filters 0 to 2 read channel 0 (1, then 3), filters 3 to 5 channel 1 (2, then 4).
    expect([...result!]).toEqual([-2, 5, 4.5, 0, 10, 24]);
  });

  it("refuses as many filters as would swell with zeros", () => {
    const tensors = [
      float("x", [1, 1, 1, 256]),
      float("w", [1, 1, 1, 512], Array(512).fill(1)),
      float("y", [1, 1, 1, 512]),
    ] as const;
    const bytes = oneOperatorModel({ code: code.depthwiseConv2d, options }, tensors);
    expect(() => readTflite(bytes)).toThrow(/2 filters per channel of 256 channels/);
  });
});

describe("a dilated convolution", () => {
  const spread = (crops: readonly number[]): Uint8Array =>
    writeModel({
      tensors: [
        float("x", [1, 5, 5, 1]),
        ints([2, 2]),
        ints([2, 3, 2, 3], [2, 2]),
        float("dealt", [4, 5, 5, 1]),
        float("w", [1, 3, 3, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        float("filtered", [4, 3, 3, 1]),
        ints(crops, [2, 2]),
        float("y", [1, 5, 5, 1]),
      ],
      operators: [
        { code: code.spaceToBatch, inputs: [0, 1, 2], outputs: [3] },
        {
          ...{ code: code.depthwiseConv2d, inputs: [3, 4], outputs: [5] },
          options: { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } },
        },
        { code: code.batchToSpace, inputs: [5, 1, 6], outputs: [7] },
      ],
      inputs: [0],
      outputs: [7],
    });

  it("may be written as pixels dealt out to images", async () => {
    const x = upTo([25]);
    const at = (row: number, column: number): number =>
      row < 0 || column < 0 || row > 4 || column > 4 ? 0 : x[row * 5 + column]!;
    const expected = Array.from(x, (_, i) => {
      const [row, column] = [Math.floor(i / 5), i % 5];
      return at(row - 2, column - 2) + at(row, column) + at(row + 2, column + 2);
    });
    expect(await run(spread([0, 1, 0, 1]), x)).toEqual(expected);
  });

  it("crops no more than it padded", () => {
    expect(() => readTflite(spread([3, 0, 3, 0]))).toThrow(/cropping more than was padded/);
  });
});

describe("a convolution", () => {
  it("in groups is refused by its name", () => {
    const tensors = [
      float("x", [1, 1, 1, 4]),
      float("w", [2, 1, 1, 2], [1, 1, 1, 1]),
      float("y", [1, 1, 1, 2]),
    ] as const;
    const options = { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } };
    expect(() => readTflite(oneOperatorModel({ code: code.conv2d, options }, tensors))).toThrow(
      /^y: TensorFlow Lite operator 0, CONV_2D: 2 groups of channels/,
    );
  });
});

describe("a dense layer", () => {
  const dense = (
    shapes: readonly [readonly number[], readonly number[]],
    weights: TensorSpec,
  ): Uint8Array => {
    const tensors = [float("x", shapes[0]), weights, float("y", shapes[1])] as const;
    return oneOperatorModel({ code: code.fullyConnected, options: {} }, tensors);
  };
  const sum = float("w", [1, 2], [1, 10]);

  it("reads every pixel of a map as wide as its weights", async () => {
    for (const shapes of [
      [
        [1, 2, 2, 2],
        [4, 1],
      ],
      [
        [1, 2, 2, 2],
        [1, 2, 2, 1],
      ],
      [
        [1, 4, 2],
        [1, 4, 1],
      ],
    ] as const) {
      expect(await run(dense(shapes, sum), upTo([8]))).toEqual([10, 32, 54, 76]);
    }
  });

  it("reads a whole map, or vectors across it", async () => {
    const whole = float("w", [1, 8], [1, 0, 0, 0, 0, 0, 0, 10]);
    expect(
      await run(
        dense(
          [
            [1, 2, 2, 2],
            [1, 1],
          ],
          whole,
        ),
        upTo([8]),
      ),
    ).toEqual([70]);
    const half = float("w", [1, 4], [1, 0, 0, 10]);
    expect(
      await run(
        dense(
          [
            [1, 2, 2, 2],
            [2, 1],
          ],
          half,
        ),
        upTo([8]),
      ),
    ).toEqual([30, 74]);
  });

  it("may have its weights in 8 bits, which is a note", async () => {
    const weights: TensorSpec = {
      ...{ name: "w", shape: [1, 2], type: "int8", scales: [0.5] },
      data: Int8Array.of(2, 20),
    };
    const bytes = dense(
      [
        [1, 2],
        [1, 1],
      ],
      weights,
    );
    expect(await run(bytes, Float32Array.of(3, 1))).toEqual([13]);
    expect(readTfliteGraph(bytes).facts.notes).toEqual([
      "weights are stored in 8 bits and run as floats",
    ]);
  });

  it("is refused where its weights fit no part of the map", () => {
    expect(() =>
      readTflite(
        dense(
          [
            [1, 5],
            [1, 1],
          ],
          sum,
        ),
      ),
    ).toThrow(/FULLY_CONNECTED: weights of 2 columns for 1×1×5 values/);
  });

  it("goes on in a tensor without a batch", async () => {
    const bytes = writeModel({
      tensors: [
        float("x", [1, 2, 2, 2]),
        float("pixels", [4, 2]),
        sum,
        float("sums", [4, 1]),
        float("y", [1, 4]),
      ],
      operators: [
        { code: code.reshape, inputs: [0], outputs: [1] },
        { code: code.fullyConnected, inputs: [1, 2], outputs: [3], options: {} },
        { code: code.reshape, inputs: [3], outputs: [4] },
      ],
      inputs: [0],
      outputs: [4],
    });
    expect(await run(bytes, upTo([8]))).toEqual([10, 32, 54, 76]);
  });
});

describe("weights whose scale is 0", () => {
  /** The tiny network with some of its projection's channels scaled by 0, or by next to nothing. */
  const scaled = (scale: number, channels: readonly number[]): Uint8Array => {
    const spec = tinyModelSpec("int8");
    return writeModel({
      ...spec,
      tensors: spec.tensors.map((tensor) => {
        if (tensor.name !== "project/weights") return tensor;
        const scales = tensor.scales!.map((own, i) => (channels.includes(i) ? scale : own));
        return { ...tensor, scales };
      }),
    });
  };

  it.each(["reference", "wasm"] as const)("are zeros, biases with them, on %s", async (backend) => {
    const values = Float32Array.from({ length: 75 }, (_, i) => Math.sin(i));
    const outputs = async (bytes: Uint8Array) =>
      (await runGraph(readTflite(bytes), values, backend))[0]!;
    const zero = await outputs(scaled(0, [1, 3]));
    expect(zero).toEqual(await outputs(scaled(1e-20, [1, 3])));
    expect(zero).not.toEqual(await outputs(scaled(0.01, [1, 3])));
  });

  it.each([3e38, Number.POSITIVE_INFINITY, Number.NaN, -1])("may not be %s", (scale) => {
    expect(() => readTflite(scaled(scale, [1]))).toThrow(
      /^project\/weights: malformed quantisation/,
    );
  });
});
