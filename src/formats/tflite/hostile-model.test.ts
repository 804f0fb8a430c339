/**
 * Files that lie to the whole reader: graph, options of operators, metadata and archive. Whatever their
 * bytes say, they end in a model or in the library's own error, and cost no more than they weigh.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import { openBytes } from "../../../test/open-bytes.ts";
import { manyOperators } from "../../../test/tflite/many-operators.ts";
import { float, ints } from "../../../test/tflite/operands.ts";
import { metadataBytes } from "../../../test/tflite/standard-metadata.ts";
import { ssd, usualOptions } from "../../../test/tflite/tiny-detector.ts";
import { code } from "../../../test/tflite/tiny-model.ts";
import {
  type OperatorSpec,
  type TensorSpec,
  writeModel,
} from "../../../test/tflite/write-model.ts";
import { withArchive } from "../../../test/zip.ts";
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";

const open = (bytes: Uint8Array): Promise<Model> =>
  openBytes(new Map([["tiny.tflite", bytes]]), "tiny");

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    return (await open(bytes)).task;
  } catch (error) {
    return error instanceof MobileNetError ? error.code : `threw ${error}`;
  }
}

const good = /^(detect|classify|segment|embed|invalid-model|unsupported|invalid-argument|memory)$/;

describe("a damaged network of many operators", () => {
  const whole = manyOperators();

  it("is whole as it is", async () => {
    expect(await outcome(whole)).toBe("classify");
  });

  it("is a model or the library's error, whichever bytes or words are wrong", async () => {
    const change = fc.oneof(
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.constant(1)),
      fc.tuple(
        fc.nat(Math.floor(whole.length / 4) - 1).map((word) => 4 * word),
        fc.oneof(fc.constantFrom(0, 1, 5, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(64)),
        fc.constant(4),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = whole.slice();
        const view = new DataView(bytes.buffer);
        for (const [place, value, width] of changes) {
          if (width === 1) view.setUint8(place, value);
          else view.setUint32(place, value, true);
        }
        expect(await outcome(bytes)).toMatch(good);
      }),
      { numRuns: inputs(600, 3) },
    );
  });
});

describe("a damaged detector", () => {
  const metadata = metadataBytes({
    means: [127.5],
    deviations: [127.5],
    labels: [["labels.txt", ""]],
    scoreThreshold: 0.5,
  });
  const whole = withArchive(
    ssd(usualOptions, { bytes: true, spec: { metadata: { TFLITE_METADATA: metadata } } }),
    { "labels.txt": "cat\ndog\n" },
    { deflated: true },
  );
  const good =
    /^(detect|classify|segment|embed|invalid-model|unsupported|invalid-argument|memory)$/;

  it("is whole as it is", async () => {
    expect(await outcome(whole)).toBe("detect");
  });

  it("is a model or the library's error, whichever bytes are wrong", async () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const bytes = whole.slice();
        for (const [place, value] of changes) bytes[place] = value;
        expect(await outcome(bytes)).toMatch(good);
      }),
      { numRuns: inputs(1000, 3) },
    );
  });

  it("is so too where whole words are wrong, or the file is cut", async () => {
    const word = fc.oneof(
      fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000, 0x7fc00000),
      fc.nat(whole.length),
    );
    const place = fc.nat(Math.floor(whole.length / 4) - 1);
    const length = fc.integer({ min: 0, max: whole.length });
    await fc.assert(
      fc.asyncProperty(place, word, length, async (at, value, end) => {
        const bytes = whole.slice();
        new DataView(bytes.buffer).setUint32(4 * at, value, true);
        expect(await outcome(bytes)).toMatch(good);
        expect(await outcome(whole.subarray(0, end))).toMatch(good);
      }),
      { numRuns: inputs(500, 3) },
    );
  });
});

describe("a small file", () => {
  it("that asks for gigabytes is refused by the operation that does", async () => {
    const tensors = [
      float("x", [1, 32, 32, 3]),
      ints([11_000, 11_000]),
      float("large", [1, 11_000, 11_000, 1]),
      float("y", [1, 1]),
      float("w", [1, 1, 1, 3], [1, 1, 1]),
      float("one", [1, 32, 32, 1]),
      ints([1, 2]),
      float("twice", [1, 11_000, 11_000, 1]),
    ];
    const bytes = writeModel({
      tensors,
      operators: [
        {
          ...{ code: code.conv2d, inputs: [0, 4], outputs: [5] },
          options: { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } },
        },
        { code: code.resizeBilinear, inputs: [5, 1], outputs: [2], options: {} },
        { code: code.add, inputs: [2, 2], outputs: [7], options: {} },
        { code: code.mean, inputs: [7, 6], outputs: [3], options: {} },
      ],
      inputs: [0],
      outputs: [3],
    });
    expect(bytes.length).toBeLessThan(2000);
    await expect(open(bytes)).rejects.toMatchObject({ code: "memory" });
    await expect(open(bytes)).rejects.toThrow(/tiny, twice: .*maxActivationBytes/);
  });

  it("that computes for hours is refused", async () => {
    const edge = 4096;
    const tensors = [
      float("x", [1, edge, edge, 3]),
      float("w", [1, 1, 1, 3], [1, 1, 1]),
      float("y", [1, edge, edge, 1]),
      float("pooled", [1, 1, 1, 1]),
    ];
    const window = { 0: { u8: 0 }, 1: { i32: 1 }, 2: { i32: 1 } };
    const bytes = writeModel({
      tensors: [...tensors, float("z", [1, edge, edge, 1])],
      operators: [
        { code: code.conv2d, inputs: [0, 1], outputs: [2], options: window },
        {
          ...{ code: code.maxPool, inputs: [2], outputs: [4] },
          options: { ...window, 3: { i32: 2000 }, 4: { i32: 2000 } },
        },
        {
          ...{ code: code.averagePool, inputs: [4], outputs: [3] },
          options: { ...window, 0: { u8: 1 }, 3: { i32: edge }, 4: { i32: edge } },
        },
      ],
      inputs: [0],
      outputs: [3],
    });
    await expect(open(bytes)).rejects.toThrow(/computes longer than it may.*maxMultiplyAdds/);
  });

  it("cannot have one large constant worked out again and again", async () => {
    const most = 2000;
    const constant = { ...float("c", [1 << 18]), data: new Float32Array(1 << 18).fill(2) };
    for (const kind of ["minimum", "mul", "add"] as const) {
      const values = Array.from(
        { length: most },
        (_, i): TensorSpec => float(`y${i}`, [1, 1 << 18]),
      );
      const operators = values.map((_, i): OperatorSpec => {
        return {
          code: code[kind],
          inputs: [i === 0 ? 0 : i + 1, 1],
          outputs: [i + 2],
          options: {},
        };
      });
      const tensors = [float("x", [1, 1 << 18]), constant, ...values];
      const bytes = writeModel({ tensors, operators, inputs: [0], outputs: [most + 1] });
      expect(await outcome(bytes)).toMatch(/^(invalid-model|unsupported)$/);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "whose weights are %s is refused",
    async (value) => {
      const tensors = [
        float("x", [1, 1, 1, 3]),
        float("w", [2, 3], [1, 1, 1, 1, value, 1]),
        float("y", [1, 2]),
      ];
      const bytes = writeModel({
        tensors,
        operators: [{ code: code.fullyConnected, inputs: [0, 1], outputs: [2], options: {} }],
        inputs: [0],
        outputs: [2],
      });
      await expect(open(bytes)).rejects.toThrow(/^w: a constant is no number/);
    },
  );
});
