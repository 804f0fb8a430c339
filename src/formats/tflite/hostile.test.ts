/**
 * Files that lie: whatever the bytes say, reading them ends in a graph or in the library's own error.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import {
  code,
  oneOperatorModel,
  tinyModel,
  tinyModelSpec,
} from "../../../test/tflite/tiny-model.ts";
import { type ModelSpec, writeFile, writeModel } from "../../../test/tflite/write-model.ts";
import { MobileNetError } from "../../errors.ts";
import { readTflite } from "./tflite.ts";

const model = tinyModel("int8");

function outcome(bytes: Uint8Array): string {
  try {
    readTflite(bytes);
    return "read";
  } catch (error) {
    return error instanceof MobileNetError ? error.code : `threw ${error}`;
  }
}

/** The tiny model with some parts replaced. */
function changed(change: (spec: ModelSpec) => Partial<ModelSpec>): Uint8Array {
  const spec = tinyModelSpec("uint8");
  return writeModel({ ...spec, ...change(spec) });
}

describe("a damaged file", () => {
  it("ends in the library's error or a graph, whichever bytes are wrong", () => {
    const change = fc.tuple(fc.nat(model.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = model.slice();
        for (const [place, value] of changes) bytes[place] = value;
        expect(outcome(bytes)).toMatch(/^(read|invalid-model|unsupported)$/);
      }),
      { numRuns: inputs(1500, 2) },
    );
  });

  it("ends so too where whole words are wrong, as offsets and counts are", () => {
    const word = fc.oneof(
      fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
      fc.nat(model.length),
    );
    fc.assert(
      fc.property(fc.nat(model.length / 4 - 1), word, (place, value) => {
        const bytes = model.slice();
        new DataView(bytes.buffer).setUint32(4 * place, value, true);
        expect(outcome(bytes)).toMatch(/^(read|invalid-model|unsupported)$/);
      }),
      { numRuns: inputs(1500, 2) },
    );
  });

  it("is an error wherever it is cut short within its tables", () => {
    const tables = changed(() => ({}));
    for (let length = 0; length < 200; length += 7) {
      expect(outcome(tables.subarray(0, length))).toBe("invalid-model");
    }
  });
});

describe("a file that asks for too much", () => {
  const tensor = (name: string, shape: readonly number[]) =>
    ({ name, shape, type: "float32" }) as const;

  it.each([
    ["huge", [1, 2 ** 30, 2 ** 30, 3]],
    ["negative", [1, -1, 224, 3]],
    ["empty", [1, 0, 224, 3]],
  ])("by a %s shape is an error that names the tensor", (_, shape) => {
    const bytes = oneOperatorModel({ code: code.logistic }, [
      tensor("pixels", shape),
      tensor("y", [1]),
    ]);
    expect(() => readTflite(bytes)).toThrow(/^pixels: tensor 0: an impossible shape/);
  });

  it("by a constant larger than its bytes is an error", () => {
    const bytes = changed(({ tensors }) => ({
      tensors: tensors.map((tensor) =>
        tensor.name === "stem/weights" ? { ...tensor, data: new Uint8Array(5) } : tensor,
      ),
    }));
    expect(() => readTflite(bytes)).toThrow(/a constant does not fill its shape/);
  });

  it("by one buffer under many tensors is an error", () => {
    const data = new Uint8Array(100_000);
    const weights = Array.from({ length: 40 }, (_, i) => ({
      name: `weights ${i}`,
      shape: [1000, 1, 1, 100],
      type: "uint8" as const,
      data,
      scales: [1],
      zeroPoints: [0],
    }));
    const bytes = writeSharing(weights, data);
    expect(() => readTflite(bytes)).toThrow(/constants take far more than the file holds/);
  });
});

/** A model in which every weight tensor points at the first one's buffer. */
function writeSharing(weights: ModelSpec["tensors"], data: Uint8Array): Uint8Array {
  const input = { name: "x", shape: [1, 1, 1, 100], type: "uint8", scales: [1], zeroPoints: [0] };
  const quantization = { 2: { f32s: [1] }, 3: { i64s: [0] } };
  const table = (name: string, shape: readonly number[], buffer: number) => ({
    0: { i32s: shape },
    1: { u8: 3 },
    2: { i32: buffer },
    3: { text: name },
    4: { table: quantization },
  });
  const outputs = weights.map((_, i) => table(`y ${i}`, [1, 1, 1, 1000], 0));
  const tensors = [
    table(input.name, input.shape, 0),
    ...weights.map(({ name, shape }) => table(name, shape, 1)),
    ...outputs,
  ];
  return writeFile({
    0: { i32: 3 },
    1: { tables: [{ 0: { u8: code.conv2d } }] },
    2: {
      tables: [
        {
          0: { tables: tensors },
          1: { i32s: [0] },
          2: { i32s: [tensors.length - 1] },
          3: {
            tables: weights.map((_, i) => ({
              1: { i32s: [0, 1 + i] },
              2: { i32s: [1 + weights.length + i] },
              4: { table: { 1: { i32: 1 }, 2: { i32: 1 } } },
            })),
          },
        },
      ],
    },
    4: { tables: [{}, { 0: { bytes: data } }] },
  });
}

describe("a file whose graph makes no sense", () => {
  it("because an operator reads what nothing gives is an error", () => {
    const bytes = changed(({ operators }) => ({ operators: operators.slice(1) }));
    expect(() => readTflite(bytes)).toThrow(/operator 0, CONV_2D: nothing before it gives "stem"/);
  });

  it("because two operators read each other's outputs is an error", () => {
    const value = (name: string) => ({ name, shape: [1, 1, 1, 1], type: "float32" }) as const;
    const bytes = writeModel({
      tensors: [value("a"), value("b")],
      operators: [
        { code: code.logistic, inputs: [1], outputs: [0] },
        { code: code.logistic, inputs: [0], outputs: [1] },
      ],
      inputs: [],
      outputs: [1],
    });
    expect(() => readTflite(bytes)).toThrow(/nothing before it gives "b"/);
  });

  it("because a tensor is computed twice is an error", () => {
    const bytes = changed(({ operators }) => ({
      operators: [operators[0]!, ...operators],
    }));
    expect(() => readTflite(bytes)).toThrow(/a tensor is computed twice/);
  });

  it("because its shapes contradict its operators is an error", () => {
    const bytes = changed(({ tensors }) => ({
      tensors: tensors.map((tensor) =>
        tensor.name === "expand" ? { ...tensor, shape: [1, 5, 4, 8] } : tensor,
      ),
    }));
    expect(outcome(bytes)).toBe("invalid-model");
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "because a scale is %s is an error",
    (scale) => {
      const bytes = changed(({ tensors }) => ({
        tensors: tensors.map((tensor) =>
          tensor.name === "pool" ? { ...tensor, scales: [scale] } : tensor,
        ),
      }));
      expect(outcome(bytes)).toBe("invalid-model");
    },
  );
});
