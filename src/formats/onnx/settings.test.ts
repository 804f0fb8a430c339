/** What an operator's settings and inputs say is computed as they say it, or refused by name. */
import { describe, expect, it } from "vitest";
import {
  type FileConstant,
  type FileOperator,
  floats,
  integers,
  onnxFile,
} from "../../../test/onnx/onnx-file.ts";
import { readBytes } from "../../../test/onnx/run-read.ts";
import { referenceBackend } from "../../backends/reference/reference.ts";
import { compile } from "../../compile/compile.ts";

type Constants = Readonly<Record<string, FileConstant>>;

/** A network of an input `x` and an output `y`. */
const file = (
  dims: readonly number[],
  operators: readonly FileOperator[],
  constants: Constants = {},
) => onnxFile({ inputs: { x: dims }, outputs: { y: [] }, operators, constants });

const one = (
  kind: string,
  inputs: readonly string[],
  settings: NonNullable<FileOperator["settings"]> = {},
): FileOperator => ({ kind, inputs, outputs: ["y"], settings });

/** What a file computes of 0, 1, 2 …, values in the order of the graph. */
async function run(bytes: Uint8Array): Promise<readonly number[]> {
  const { graph } = readBytes(bytes);
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const input = executable.inputTensor(0).data;
  for (let i = 0; i < input.length; i++) input[i] = i;
  executable.run();
  const values = Array.from(executable.outputTensor(0).data);
  executable.dispose();
  return values;
}

describe("strides", () => {
  const weights = { w: floats([1, 1, 1, 1], 1) };

  it("that give a map of another size where both were alike are refused", () => {
    const conv = one("Conv", ["x", "w"], { strides: [1, 4] });
    expect(() => readBytes(file([1, 1, 3, 3], [conv], weights))).toThrow(/strides of 1×4/);
    const most = one("MaxPool", ["x"], { kernel_shape: [1, 1], strides: [1, 2] });
    expect(() => readBytes(file([1, 1, 2, 2], [most]))).toThrow(/strides of 1×2/);
    const mean = one("AveragePool", ["x"], { kernel_shape: [1, 2], strides: [1, 3] });
    expect(() => readBytes(file([1, 1, 4, 4], [mean]))).toThrow(/strides of 1×3/);
  });

  it("that differ where one window fits are read", async () => {
    const rows = one("Conv", ["x", "w"], { strides: [2, 1] });
    expect(await run(file([1, 1, 3, 1], [rows], weights))).toEqual([0, 2]);
    // One position on either axis: the larger stride leaves it alone.
    const single = one("Conv", ["x", "w"], { strides: [1, 3] });
    expect(await run(file([1, 1, 1, 3], [single], weights))).toEqual([0]);
  });
});

describe("an output", () => {
  const shaped = (...dims: readonly number[]) =>
    readBytes(
      onnxFile({
        inputs: { x: [1, 2, 3, 3] },
        outputs: { y: dims },
        operators: [one("Relu", ["x"])],
      }),
    ).notes;

  it("that the file says to be of another shape is told", () => {
    expect(shaped(1, 2, 3, 3)).toEqual([]);
    expect(shaped(8, 2, 3, 3)).toEqual([]);
    const note = "y is 1×2×3×3 by its operators, which count, and 1×2×3×1 by the file";
    expect(shaped(1, 2, 3, 1)).toEqual([note]);
  });
});

describe("Pad of some axes", () => {
  it.each([
    [
      [2, 3],
      [1, 0, 0, 1],
    ],
    [
      [2, -1],
      [1, 0, 0, 1],
    ],
    [
      [-1, 2],
      [0, 1, 1, 0],
    ],
  ])("%s pads those", async (axes, pads) => {
    const constants = { pads: integers(...pads), axes: integers(...axes) };
    const pad = one("Pad", ["x", "pads", "", "axes"]);
    // A row above, a column to the right.
    expect(await run(file([1, 1, 1, 2], [pad], constants))).toEqual([0, 0, 0, 0, 1, 0]);
  });
});

describe("Pad of integers", () => {
  const padded = (constants: Constants, value = "") =>
    file(
      [1, 1, 2, 2],
      [
        { kind: "QuantizeLinear", inputs: ["x", "s", "z"], outputs: ["q"] },
        { kind: "Pad", inputs: ["q", "pads", ...(value ? [value] : [])], outputs: ["p"] },
        { kind: "DequantizeLinear", inputs: ["p", "s", "z"], outputs: ["y"] },
      ],
      {
        ...{ s: floats([], 0.5), z: { dims: [], data: Uint8Array.of(10) } },
        ...{ pads: integers(0, 0, 0, 1, 0, 0, 0, 0), ...constants },
      },
    );

  it("fills with the integer that stands for 0", async () => {
    const bytes = padded({ c: { dims: [], data: Uint8Array.of(10) } }, "c");
    expect(await run(bytes)).toEqual([0, 0, 1, 0, 2, 3]);
  });

  it("is refused where it fills with another", () => {
    expect(() => readBytes(padded({}))).toThrow(/constant with 0 where 10 is expected/);
    const zero = { c: { dims: [], data: Uint8Array.of(0) } };
    expect(() => readBytes(padded(zero, "c"))).toThrow(/constant with 0 where 10 is expected/);
  });
});

describe("lists of several images", () => {
  it("are added image by image where one of them has to be put in order first", async () => {
    const operators: readonly FileOperator[] = [
      { kind: "Transpose", inputs: ["x"], outputs: ["t"], settings: { perm: [0, 2, 1, 3] } },
      { kind: "Reshape", inputs: ["t", "list"], outputs: ["a"] },
      { kind: "Reshape", inputs: ["x", "list"], outputs: ["b"] },
      one("Add", ["a", "b"]),
    ];
    const found = await run(file([3, 3, 2, 5], operators, { list: integers(3, 6, 5) }));
    // x has three channels; its rows vary slower than channels in a, faster in b.
    const x = (n: number, row: number, column: number, channel: number): number =>
      ((n * 2 + row) * 5 + column) * 3 + channel;
    const expected = [0, 1, 2].flatMap((n) =>
      [0, 1, 2, 3, 4, 5].flatMap((i) =>
        [0, 1, 2, 3, 4].map((column) => {
          return x(n, Math.floor(i / 3), column, i % 3) + x(n, i % 2, column, Math.floor(i / 2));
        }),
      ),
    );
    expect(found).toEqual(expected);
  });
});

describe("constants", () => {
  it.each([
    ["Max", 4],
    ["Min", -2],
  ])("have the %s of all of them", async (kind, expected) => {
    const bytes = file(
      [1, 2, 1, 1],
      [{ kind, inputs: ["a", "b", "c"], outputs: ["m"] }, one("Add", ["x", "m"])],
      { a: floats([], -2), b: floats([], 1), c: floats([], 4) },
    );
    expect(await run(bytes)).toEqual([expected, 1 + expected]);
  });

  it("are two to a sum", () => {
    const operators = [
      { kind: "Add", inputs: ["a", "a", "a"], outputs: ["m"] },
      one("Add", ["x", "m"]),
    ];
    expect(() => readBytes(file([1, 2, 1, 1], operators, { a: floats([], 1) }))).toThrow(
      /3 inputs in place of two/,
    );
  });
});

describe("QGemm", () => {
  const constants = {
    ...{ s: floats([], 1), z: { dims: [], data: Uint8Array.of(0) } },
    ...{ w: { dims: [2, 1], data: Int8Array.of(1, 1) }, zw: { dims: [], data: Int8Array.of(0) } },
    b: { dims: [1], data: Int32Array.of(10) },
  };
  const gemm = (settings: NonNullable<FileOperator["settings"]>, domain = "com.microsoft") => {
    const inputs = ["q", "s", "z", "w", "s", "zw", "b", "s", "z"];
    const operators = [
      { kind: "QuantizeLinear", inputs: ["x", "s", "z"], outputs: ["i"] },
      { kind: "Flatten", inputs: ["i"], outputs: ["q"] },
      { kind: "QGemm", domain, inputs, outputs: ["r"], settings },
      { kind: "DequantizeLinear", inputs: ["r", "s", "z"], outputs: ["y"] },
    ];
    return file([1, 2, 1, 1], operators, constants);
  };

  it("has its bias in the unit of the product, alpha included", async () => {
    expect(await run(gemm({}))).toEqual([0 + 1 + 10]);
    expect(await run(gemm({ alpha: { float: 2 } }))).toEqual([2 * (0 + 1) + 2 * 10]);
    expect(() => readBytes(gemm({ beta: { float: 0.5 } }))).toThrow(/beta = 0\.5/);
  });

  it("is Microsoft's alone", () => {
    expect(() => readBytes(gemm({}, "my.custom"))).toThrow(/my\.custom\.QGemm.*no such operation/);
  });
});

describe("what training writes", () => {
  it("is refused: a norm of several outputs", () => {
    const norm = (...more: readonly string[]) =>
      file(
        [1, 1, 2, 2],
        [
          {
            kind: "BatchNormalization",
            inputs: ["x", "o", "o", "o", "o"],
            outputs: ["y", ...more],
          },
        ],
        { o: floats([1], 1) },
      );
    expect(() => readBytes(norm("", ""))).not.toThrow();
    expect(() => readBytes(norm("m", "v"))).toThrow(/several outputs, which training has/);
  });
});

describe("settings that do not fit", () => {
  it.each<readonly [RegExp, readonly number[], FileOperator, Constants]>([
    [
      /b is 1 in place of 2 numbers/,
      [1, 1, 2, 2],
      one("Conv", ["x", "w", "b"]),
      { w: floats([2, 1, 1, 1], 1, 1), b: floats([1], 1) },
    ],
    [/axis = 1/, [1, 2, 2, 2], one("Add", ["x", "b"], { axis: 1 }), { b: floats([1], 1) }],
    [
      /broadcast = 1/,
      [1, 2, 2, 2],
      one("Mul", ["x", "b"], { broadcast: 1 }),
      { b: floats([1], 2) },
    ],
    [/its axis is missing/, [1, 2, 2, 2], one("Concat", ["x", "x"]), {}],
  ])("are refused: %s", (message, dims, operator, constants) => {
    expect(() => readBytes(file(dims, [operator], constants))).toThrow(message);
  });

  it("are refused of constants too", () => {
    const operators = [
      { kind: "Concat", inputs: ["a", "a"], outputs: ["b"] },
      one("Reshape", ["x", "b"]),
    ];
    expect(() => readBytes(file([1, 1, 2, 2], operators, { a: integers(2) }))).toThrow(
      /its axis is missing/,
    );
  });

  it("are as true as 1 where they are other than 0", async () => {
    const flat = { kind: "Flatten", inputs: ["x"], outputs: ["f"] };
    const first = one("Gemm", ["f", "w"], { transA: 2 });
    const column = { w: floats([2, 1], 1, 1) };
    expect(() => readBytes(file([1, 2, 1, 1], [flat, first], column))).toThrow(/transA/);
    const turned = one("Gemm", ["f", "w"], { transB: 2 });
    expect(await run(file([1, 2, 1, 1], [flat, turned], { w: floats([1, 2], 3, 5) }))).toEqual([5]);
    const single = one("Gemm", ["f", "w", "b"], { transB: 1 });
    const weights = { w: floats([2, 2], 1, 0, 0, 1), b: floats([1], 7) };
    expect(await run(file([1, 2, 1, 1], [flat, single], weights))).toEqual([7, 8]);
  });
});
