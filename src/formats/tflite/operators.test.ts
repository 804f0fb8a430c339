/** What operators compute, against their definitions. */
import { describe, expect, it } from "vitest";
import { float, ints, move, run } from "../../../test/tflite/operands.ts";
import { code, oneOperatorModel } from "../../../test/tflite/tiny-model.ts";
import { type Table, writeModel } from "../../../test/tflite/write-model.ts";
import { readTflite } from "./tflite.ts";

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
