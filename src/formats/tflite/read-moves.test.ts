/** Operators that compute nothing, against values in the order in which they must come. */
import { describe, expect, it } from "vitest";
import { float, ints, move, run, upTo } from "../../../test/tflite/operands.ts";
import { runGraph } from "../../../test/tflite/run-file.ts";
import { code, oneOperatorModel } from "../../../test/tflite/tiny-model.ts";
import {
  type OperatorSpec,
  type Table,
  type TensorSpec,
  writeModel,
} from "../../../test/tflite/write-model.ts";
import { MobileNetError } from "../../errors.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { readTflite } from "./tflite.ts";

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
    // Ends that are counted from where the parts begin.
    const counted = [ints([0, 1, 0, -2]), ints([1, 1, 2, 1]), ints([1, 1, 1, 1])];
    const offset = { 5: { u8: 1 } };
    expect(await move("stridedSlice", [shape, [1, 1, 2, 1]], counted, offset)).toEqual([7, 10]);
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

  it("leave pictures laid out with channels first to be laid out otherwise", () => {
    const tensors = [
      float("x", [1, 3, 4, 5]),
      ints([0, 2, 3, 1]),
      float("y", [1, 4, 5, 3]),
    ] as const;
    const tanh = { code: code.tanh, inputs: [2], outputs: [3] };
    const graph = readTflite(
      writeModel({
        tensors: [...tensors, float("z", [1, 4, 5, 3])],
        operators: [{ code: code.transpose, inputs: [0, 1], outputs: [2] }, tanh],
        inputs: [0],
        outputs: [3],
      }),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(["input", "elementwise"]);
    expect(inferShapes(graph).get("x")).toEqual([1, 4, 5, 3]);
  });

  it("repeat rows and columns by packing a map beside itself", async () => {
    const bytes = writeModel({
      tensors: [
        float("x", [1, 2, 2, 1]),
        float("wide", [1, 2, 2, 2, 1]),
        float("high", [1, 2, 2, 2, 2, 1]),
        float("y", [1, 4, 4, 1]),
      ],
      operators: [
        {
          code: code.pack,
          inputs: [0, 0],
          outputs: [1],
          options: { 0: { i32: 2 }, 1: { i32: 3 } },
        },
        {
          code: code.pack,
          inputs: [1, 1],
          outputs: [2],
          options: { 0: { i32: 2 }, 1: { i32: 2 } },
        },
        { code: code.reshape, inputs: [2], outputs: [3] },
      ],
      inputs: [0],
      outputs: [3],
    });
    expect(await run(bytes, upTo([4]))).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
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
