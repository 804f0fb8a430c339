/** What operators compute, against values worked out by hand or by loops of their definition. */
import { describe, expect, it } from "vitest";
import { runGraph } from "../../../test/tflite/run-file.ts";
import { code, oneOperatorModel, tinyModelSpec } from "../../../test/tflite/tiny-model.ts";
import {
  type OperatorSpec,
  type Table,
  type TensorSpec,
  writeModel,
} from "../../../test/tflite/write-model.ts";
import { MobileNetError } from "../../errors.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { readTflite, readTfliteGraph } from "./tflite.ts";

const float = (name: string, shape: readonly number[], values?: readonly number[]): TensorSpec => ({
  name,
  shape,
  type: "float32",
  ...(values === undefined ? {} : { data: Float32Array.from(values) }),
});

const ints = (values: readonly number[], shape = [values.length]): TensorSpec => ({
  name: `ints ${values}`,
  shape,
  type: "int32",
  data: Int32Array.from(values),
});

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** 0, 1, 2 … */
const upTo = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: count(shape) }, (_, i) => i);

const run = async (bytes: Uint8Array, values: Float32Array): Promise<readonly number[]> => [
  ...(await runGraph(readTflite(bytes), values))[0]!,
];

/** One operator over 0, 1, 2 … of a shape, with constants behind it. */
async function move(
  name: keyof typeof code,
  [from, to]: readonly [readonly number[], readonly number[]],
  constants: readonly TensorSpec[],
  options: Table = {},
): Promise<readonly number[]> {
  const tensors = [float("x", from), ...constants, float("y", to)] as const;
  const bytes = oneOperatorModel({ code: code[name], options }, tensors);
  return await run(bytes, upTo(from));
}

describe("operators that move values", () => {
  it("take parts", async () => {
    const shape = [1, 2, 2, 3] as const;
    const slice = [ints([0, 1, 0, 1]), ints([1, 1, -1, 2])];
    expect(await move("slice", [shape, [1, 1, 2, 2]], slice)).toEqual([7, 8, 10, 11]);
    const strided = [ints([0, 0, 1, -2]), ints([0, 2, 2, 0]), ints([1, 1, 1, 1])];
    const masks = { 0: { i32: 1 }, 1: { i32: 0b1001 } };
    expect(await move("stridedSlice", [shape, [1, 2, 1, 2]], strided, masks)).toEqual([
      4, 5, 10, 11,
    ]);
    // An axis that goes has one index.
    const index = [ints([0, 1]), ints([1, 99]), ints([1, 1])];
    expect(await move("stridedSlice", [shape, [1, 2, 3]], index, { 4: { i32: 0b10 } })).toEqual([
      6, 7, 8, 9, 10, 11,
    ]);
  });

  it("refuse parts in steps, and parts of a batch", () => {
    const shape = [1, 2, 2, 3] as const;
    const strided = [ints([0, 0, 0, 2]), ints([1, 2, 2, -4]), ints([1, 1, 1, -1])];
    const read = (tensors: readonly TensorSpec[], options: Table = {}) => {
      const all = [float("x", shape), ...tensors, float("y", shape)] as const;
      return () => readTflite(oneOperatorModel({ code: code.stridedSlice, options }, all));
    };
    expect(read(strided)).toThrow(/STRIDED_SLICE: steps other than 1/);
    const whole = [ints([0]), ints([0]), ints([1])];
    expect(read(whole, { 3: { i32: 1 } })).toThrow(/an ellipsis or a new axis/);
  });

  it("split into equal parts", async () => {
    const bytes = writeModel({
      tensors: [
        ints([3], []),
        float("x", [1, 1, 2, 4]),
        float("a", [1, 1, 2, 2]),
        float("b", [1, 1, 2, 2]),
      ],
      operators: [{ code: code.split, inputs: [0, 1], outputs: [2, 3], options: {} }],
      inputs: [1],
      outputs: [2, 3],
    });
    const outputs = await runGraph(readTflite(bytes), upTo([8]));
    expect(outputs.map((values) => [...values])).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ]);
  });

  it("put axes in another order", async () => {
    const order = [ints([0, 3, 1, 2])];
    expect(
      await move(
        "transpose",
        [
          [1, 2, 2, 3],
          [1, 3, 2, 2],
        ],
        order,
      ),
    ).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
    expect(
      await move(
        "transpose",
        [
          [1, 2, 3],
          [1, 3, 2],
        ],
        [ints([0, 2, 1])],
      ),
    ).toEqual([0, 3, 1, 4, 2, 5]);
    const tensors = [
      float("x", [1, 1, 1, 4]),
      ints([3, 1, 2, 0]),
      float("y", [4, 1, 1, 1]),
    ] as const;
    expect(() => readTflite(oneOperatorModel({ code: code.transpose }, tensors))).toThrow(
      MobileNetError,
    );
  });

  it("repeat the nearest pixels", async () => {
    const size = [ints([2, 4])];
    expect(
      await move(
        "resizeNearest",
        [
          [1, 1, 2, 1],
          [1, 2, 4, 1],
        ],
        size,
      ),
    ).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it("pad with zeros and nothing else", async () => {
    const sides = ints([0, 0, 1, 0, 0, 1, 0, 0], [4, 2]);
    const shapes = [
      [1, 1, 1, 2],
      [1, 2, 2, 2],
    ] as const;
    expect(await move("padv2", shapes, [sides, float("zero", [], [0])])).toEqual([
      0, 0, 0, 0, 0, 1, 0, 0,
    ]);
    await expect(move("padv2", shapes, [sides, float("one", [], [1])])).rejects.toThrow(
      /PADV2: padding with anything but zeros/,
    );
    await expect(move("mirrorPad", shapes, [sides])).rejects.toThrow(
      /^y: TensorFlow Lite operator 0, MIRROR_PAD: no such operation/,
    );
    const channels = ints([0, 0, 0, 0, 0, 0, 0, 1], [4, 2]);
    await expect(
      move(
        "pad",
        [
          [1, 1, 1, 2],
          [1, 1, 1, 3],
        ],
        [channels],
      ),
    ).rejects.toThrow(/anything but rows and columns/);
  });

  it.each(["reshape", "squeeze", "expandDims"] as const)("%s gives another shape", async (name) => {
    const from = [1, 2, 1, 3] as const;
    expect(await move(name, [from, [1, 2, 3]], [])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await move(name, [from, [6]], [])).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("functions of each value", () => {
  const x = Float32Array.of(-4, -1, -0.5, 0, 0.5, 7);
  it.each<[keyof typeof code, Table, (value: number) => number]>([
    ["hardSwish", {}, (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6],
    ["tanh", {}, Math.tanh],
    ["elu", {}, (v) => (v > 0 ? v : Math.exp(v) - 1)],
    ["leakyRelu", { 0: { f32: 0.25 } }, (v) => (v > 0 ? v : 0.25 * v)],
    ["reluN1To1", {}, (v) => Math.min(Math.max(v, -1), 1)],
    ["logistic", {}, (v) => 1 / (1 + Math.exp(-v))],
  ])("%s", async (name, options, of) => {
    const tensors = [float("x", [1, 6]), float("y", [1, 6])] as const;
    const result = await run(oneOperatorModel({ code: code[name], options }, tensors), x);
    for (const [i, value] of x.entries()) expect(result[i]).toBeCloseTo(of(value), 5);
  });

  it("are compared with a number", async () => {
    const bound = (name: "maximum" | "minimum", values: readonly number[]) => {
      const shape = values.length === 1 ? [] : [values.length];
      const tensors = [float("x", [1, 6]), float("c", shape, values), float("y", [1, 6])] as const;
      return run(oneOperatorModel({ code: code[name] }, tensors), x);
    };
    expect(await bound("maximum", [0])).toEqual([0, 0, 0, 0, 0.5, 7]);
    expect(await bound("minimum", [6])).toEqual([-4, -1, -0.5, 0, 0.5, 6]);
    await expect(bound("minimum", [1, 2, 3, 4, 5, 6])).rejects.toThrow(/more than one number/);
  });

  it("may be fused with a convolution", async () => {
    const convolution = (fused: number) => {
      const tensors = [
        float("x", [1, 6, 1, 1]),
        float("w", [1, 1, 1, 1], [1]),
        float("y", [1, 6, 1, 1]),
      ] as const;
      const options = { 0: { u8: 0 }, 1: { i32: 1 }, 2: { i32: 1 }, 3: { u8: fused } };
      return oneOperatorModel({ code: code.conv2d, options }, tensors);
    };
    expect(await run(convolution(2), x)).toEqual([-1, -1, -0.5, 0, 0.5, 1]);
    const result = await run(convolution(4), x);
    for (const [i, value] of x.entries()) expect(result[i]).toBeCloseTo(Math.tanh(value), 5);
    expect(() => readTflite(convolution(5))).toThrow(/fused activation 5/);
  });
});

describe("pools and means", () => {
  const window = { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 }, 3: { i32: 2 }, 4: { i32: 2 } };

  it("take the largest under a window or of the map", async () => {
    expect(
      await move(
        "maxPool",
        [
          [1, 2, 3, 1],
          [1, 1, 2, 1],
        ],
        [],
        window,
      ),
    ).toEqual([4, 5]);
    expect(
      await move(
        "reduceMax",
        [
          [1, 2, 3, 2],
          [1, 2],
        ],
        [ints([1, 2])],
      ),
    ).toEqual([10, 11]);
  });

  it("are taken over rows, columns or both, whatever the rank", async () => {
    const from = [1, 2, 3, 2] as const;
    expect(await move("mean", [from, [1, 2]], [ints([1, 2])])).toEqual([5, 6]);
    expect(await move("mean", [from, [1, 3, 2]], [ints([1])])).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await move("mean", [from, [1, 2, 1, 2]], [ints([-2])])).toEqual([2, 3, 8, 9]);
    expect(
      await move(
        "mean",
        [
          [1, 3, 2],
          [1, 2],
        ],
        [ints([1])],
      ),
    ).toEqual([2, 3]);
    await expect(move("mean", [from, [1, 2, 3]], [ints([3])])).rejects.toThrow(
      /a mean over anything but rows and columns/,
    );
  });
});

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

describe("shapes that a file works out", () => {
  it("are known beforehand", async () => {
    const shape = (name: string, of: readonly number[]): TensorSpec => ({
      ...{ name, shape: of, type: "int32" },
    });
    const operators: readonly OperatorSpec[] = [
      { code: code.shape, inputs: [0], outputs: [1] },
      { code: code.stridedSlice, inputs: [1, 2, 3, 4], outputs: [5], options: { 4: { i32: 1 } } },
      { code: code.pack, inputs: [5, 6], outputs: [7] },
      { code: code.reshape, inputs: [0, 7], outputs: [8] },
    ];
    const tensors = [
      float("x", [1, 2, 2, 2]),
      shape("shape", [4]),
      ints([0]),
      ints([1]),
      ints([1]),
      shape("images", []),
      ints([8], []),
      shape("flat", [2]),
      float("y", [1, 8]),
    ];
    const bytes = writeModel({ tensors, operators, inputs: [0], outputs: [8] });
    expect(inferShapes(readTflite(bytes)).get("y")).toEqual([1, 1, 1, 8]);
  });
});

describe("bytes without a scale", () => {
  const cast = (to: TensorSpec["type"]) => {
    const x: TensorSpec = { name: "x", shape: [1, 4], type: "uint8" };
    return oneOperatorModel({ code: code.cast }, [x, { name: "y", shape: [1, 4], type: to }]);
  };

  it("are cast to the floats that they are", async () => {
    expect(await run(cast("float32"), Float32Array.of(0, 1, 128, 255))).toEqual([0, 1, 128, 255]);
  });

  it("are cast to nothing else", () => {
    expect(() => readTflite(cast("int32"))).toThrow(/CAST: from uint8 to int32/);
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

describe("an operator of another machine", () => {
  it("says which file to give instead", () => {
    const bytes = writeModel({
      tensors: [float("x", [1, 2]), float("y", [1, 2])],
      operators: [
        {
          ...{ code: code.custom, inputs: [0], outputs: [1] },
          custom: { name: "edgetpu-custom-op", options: new Uint8Array(4) },
        },
      ],
      inputs: [0],
      outputs: [1],
    });
    expect(() => readTflite(bytes)).toThrow(/Edge TPU.*without _edgetpu in its name/);
  });
});
