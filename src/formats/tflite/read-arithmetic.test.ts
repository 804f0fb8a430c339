/** Operators with constants: scales and shifts of a map, in floats and in 8 bits. */
import { describe, expect, it } from "vitest";
import { runGraph } from "../../../test/tflite/run-file.ts";
import { code, oneOperatorModel } from "../../../test/tflite/tiny-model.ts";
import { type TensorSpec, writeModel } from "../../../test/tflite/write-model.ts";
import { MobileNetError } from "../../errors.ts";
import { readTflite } from "./tflite.ts";

const float = (name: string, shape: readonly number[], values?: readonly number[]): TensorSpec => ({
  name,
  shape,
  type: "float32",
  ...(values === undefined ? {} : { data: Float32Array.from(values) }),
});

const x = Float32Array.of(1, -2, 3, 0.5, 4, -8);
const map = [1, 1, 2, 3] as const;
const run = async (bytes: Uint8Array, values = x): Promise<readonly number[]> => [
  ...(await runGraph(readTflite(bytes), values))[0]!,
];

describe("an operator with a constant", () => {
  it.each<[keyof typeof code, readonly number[], readonly number[], readonly number[]]>([
    ["add", [], [10], [11, 8, 13, 10.5, 14, 2]],
    ["sub", [1], [1], [0, -3, 2, -0.5, 3, -9]],
    ["mul", [3], [1, 2, 4], [1, -4, 12, 0.5, 8, -32]],
    ["div", [1, 1, 1, 3], [1, 2, 4], [1, -1, 0.75, 0.5, 2, -2]],
  ])("%s scales or shifts each channel", async (name, shape, constant, expected) => {
    const operands = [float("x", map), float("c", shape, constant), float("y", map)] as const;
    expect(await run(oneOperatorModel({ code: code[name], options: {} }, operands))).toEqual(
      expected,
    );
  });

  it("may have it first where that makes sense", async () => {
    const first = (operator: number) =>
      writeModel({
        tensors: [float("x", map), float("c", [], [1]), float("y", map)],
        operators: [{ code: operator, inputs: [1, 0], outputs: [2], options: {} }],
        inputs: [0],
        outputs: [2],
      });
    expect(await run(first(code.sub))).toEqual([0, 3, -2, 0.5, -3, 9]);
    expect(() => readTflite(first(code.div))).toThrow(/DIV: a constant divided by a map/);
  });

  it("applies its activation after it", async () => {
    const operands = [float("x", map), float("c", [], [2]), float("y", map)] as const;
    const options = { 0: { u8: 3 } };
    expect(await run(oneOperatorModel({ code: code.mul, options }, operands))).toEqual([
      2, 0, 6, 1, 6, 0,
    ]);
  });

  it.each<[readonly number[], number]>([
    [[2], 2],
    [[1, 1, 2, 3], 6],
    [[3, 1], 3],
  ])("refuses a constant of %j, which is none of the channels", (shape, count) => {
    const constant = float("c", shape, Array(count).fill(2));
    const bytes = oneOperatorModel({ code: code.mul }, [
      float("x", map),
      constant,
      float("y", map),
    ]);
    expect(() => readTflite(bytes)).toThrow(/y: .*MUL: a constant of .* one for each channel/);
  });

  it("refuses a division by 0", () => {
    const operands = [float("x", map), float("c", [], [0]), float("y", map)] as const;
    expect(() => readTflite(oneOperatorModel({ code: code.div }, operands))).toThrow(
      /division by 0/,
    );
  });

  it("refuses to spread one number over more channels than the file is worth", () => {
    const wide = [1, 1, 1, 2 ** 24];
    const tensors = [float("x", wide), float("c", [], [2]), float("y", wide)] as const;
    const read = () => readTflite(oneOperatorModel({ code: code.mul }, tensors));
    expect(read).toThrow(MobileNetError);
    expect(read).toThrow(/constants take far more than the file holds/);
  });
});

describe.each(["reference", "wasm"] as const)("8 bits on %s", (backend) => {
  const bytes = (name: string, scale: number, zero: number): TensorSpec => ({
    name,
    shape: map,
    type: "int8",
    scales: [scale],
    zeroPoints: [zero],
  });
  const constant = (
    type: "int8" | "uint8",
    q: number,
    scale: number,
    zero: number,
  ): TensorSpec => ({
    name: "c",
    shape: [],
    type,
    data: type === "int8" ? Int8Array.of(q) : Uint8Array.of(q),
    scales: [scale],
    zeroPoints: [zero],
  });

  it("are scaled and shifted with one rounding", async () => {
    // As Model Maker writes 2x − 1: bytes of 0 to 1 become −1 to 1.
    const step = 1 / 255;
    const graph = readTflite(
      writeModel({
        tensors: [
          bytes("x", step, -128),
          constant("int8", 127, 2 * step, -128),
          bytes("twice", 2 * step, -128),
          { ...constant("int8", 127, step, -128), name: "one" },
          bytes("y", 2 * step, -1),
        ],
        operators: [
          { code: code.mul, inputs: [0, 1], outputs: [2], options: {} },
          { code: code.sub, inputs: [2, 3], outputs: [4], options: {} },
        ],
        inputs: [0],
        outputs: [4],
      }),
    );
    const values = Float32Array.of(0, 0.1, 0.25, 0.5, 0.75, 1);
    const [result] = await runGraph(graph, values, backend);
    for (const [i, value] of values.entries()) {
      // Half a step of the input, doubled, and half a step of the result.
      expect(Math.abs(result![i]! - (2 * value - 1))).toBeLessThanOrEqual(1.5 * 2 * step + 1e-6);
    }
  });

  it("keep a factor's sign, and 0", async () => {
    for (const factor of [-1, 0]) {
      const operands = [
        bytes("x", 0.1, 0),
        constant("int8", factor, 1, 0),
        bytes("y", 0.1, 0),
      ] as const;
      const graph = readTflite(oneOperatorModel({ code: code.mul, options: {} }, operands));
      const [result] = await runGraph(graph, x, backend);
      for (const [i, value] of x.entries()) expect(result![i]).toBeCloseTo(factor * value, 5);
    }
  });

  it("refuse a constant that 32 bits do not hold", () => {
    const operands = [bytes("x", 1e-6, 0), constant("int8", 1, 1e6, 0), bytes("y", 1, 0)] as const;
    expect(() => readTflite(oneOperatorModel({ code: code.add }, operands))).toThrow(
      /ADD: a constant far outside the map's 8 bits/,
    );
  });
});

describe("two maps", () => {
  const two = (operator: number, [a, b]: readonly (readonly number[])[]) =>
    writeModel({
      tensors: [float("x", a!), float("y", map), float("z", map), float("pool", b!)],
      operators: [
        { code: code.tanh, inputs: [0], outputs: [1] },
        ...(b!.join() === map.join()
          ? [{ code: code.tanh, inputs: [0], outputs: [3] }]
          : [
              {
                code: code.averagePool,
                inputs: [0],
                outputs: [3],
                options: {
                  0: { u8: 1 },
                  1: { i32: 1 },
                  2: { i32: 1 },
                  3: { i32: 2 },
                  4: { i32: 1 },
                },
              },
            ]),
        { code: operator, inputs: [3, 1], outputs: [2], options: {} },
      ],
      inputs: [0],
      outputs: [2],
    });
  const pool = [0.75, 1, -2.5];

  it("of one shape are multiplied and added value by value", async () => {
    const product = await run(two(code.mul, [map, map]));
    const sum = await run(two(code.add, [map, map]));
    for (const [i, value] of x.entries()) {
      expect(product[i]).toBeCloseTo(Math.tanh(value) ** 2, 5);
      expect(sum[i]).toBeCloseTo(2 * Math.tanh(value), 5);
    }
  });

  it("may be one pixel and a map, in either order", async () => {
    const product = await run(two(code.mul, [map, [1, 1, 1, 3]]));
    const sum = await run(two(code.add, [map, [1, 1, 1, 3]]));
    for (const [i, value] of x.entries()) {
      expect(product[i]).toBeCloseTo(Math.tanh(value) * pool[i % 3]!, 5);
      expect(sum[i]).toBeCloseTo(Math.tanh(value) + pool[i % 3]!, 5);
    }
  });

  it("are not subtracted", () => {
    expect(() => readTflite(two(code.sub, [map, map]))).toThrow(
      /z: .*operator 2, SUB: of two maps/,
    );
  });
});
