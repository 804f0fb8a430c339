/** The kernels for pictures against `preprocess`, which is their oracle: the same bits. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import type { FeatureTensor, InputWriter } from "../../backends/backend.ts";
import { quantizeValues } from "../../backends/reference/quantized-arithmetic.ts";
import type { Quantization } from "../../graph/ir.ts";
import type { RgbImage } from "../../image/image.ts";
import { type Placement, preprocess } from "../../image/preprocess.ts";
import { type Fit, type Preprocess, ranges } from "../../image/presets.ts";
import { arrayOf } from "../../tensor.ts";
import { PictureWriter } from "./picture-input.ts";

const writer = await PictureWriter.load();

/** An input by itself; where it is 8-bit, floats that are written in its place. */
function inputOf(length: number, quantization?: Quantization) {
  const dtype = quantization?.dtype ?? "float32";
  const data = new arrayOf[dtype](length).fill(77);
  const shape = [1, 1, 1, length];
  const tensor = { dtype, shape, data, ...(quantization && { quantization }) } as FeatureTensor;
  const into: InputWriter = {
    input: () => {
      throw new Error("floats were written");
    },
    inputTensor: () => tensor,
  };
  return { tensor, into };
}

/** The oracle's values, in the input's own type. */
function expected(
  image: RgbImage,
  preset: Preprocess,
  quantization?: Quantization,
): { readonly data: FeatureTensor["data"]; readonly placement: Placement } {
  const { data, placement } = preprocess(image, preset);
  if (quantization === undefined) return { data, placement };
  const bytes = new arrayOf[quantization.dtype](data.length);
  quantizeValues(data, quantization, bytes);
  return { data: bytes, placement };
}

function compare(image: RgbImage, preset: Preprocess, quantization?: Quantization): void {
  const { data, placement } = expected(image, preset, quantization);
  const { tensor, into } = inputOf(data.length, quantization);
  expect(writer.write(image, preset, into)).toEqual(placement);
  const bits = (of: FeatureTensor["data"]) => Buffer.from(of.buffer, of.byteOffset, of.byteLength);
  if (!bits(tensor.data).equals(bits(data))) expect(tensor.data).toEqual(data);
}

/** Bytes of every kind, from a few numbers. */
function pictureOf(width: number, height: number, seed: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = seed | 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    data[i] = state >>> 16;
  }
  return { width, height, data };
}

const edge = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 90 }));
const image = fc
  .record({
    width: edge,
    height: edge,
    seed: fc.nat(),
    more: fc.tuple(edge, edge),
    copy: fc.boolean(),
  })
  .map(({ width, height, seed, more, copy }): RgbImage => {
    const picture = pictureOf(width, height, seed);
    if (!copy) return picture;
    return { ...picture, original: { width: width + more[0], height: height + more[1] } };
  });
const fraction = fc.double({ min: 0.05, max: 1, noNaN: true });
const fit: fc.Arbitrary<(edge: number) => Fit> = fc.oneof(
  fc.constant((): Fit => ({ kind: "stretch" })),
  fc.nat(40).map((more) => (least: number): Fit => {
    return { kind: "resize-then-crop", shortestEdge: least + more };
  }),
  fraction.map((of) => (): Fit => ({ kind: "central-crop", fraction: of })),
  fc.double({ min: 0, max: 255, noNaN: true }).map((value) => (): Fit => ({ kind: "pad", value })),
);
const factor = fc.double({ min: -4, max: 4, noNaN: true });
const colours = fc.tuple(factor, factor, factor);
const range = fc.oneof(
  fc.constantFrom(...Object.values(ranges)),
  fc.record({ scale: colours, offset: colours }),
);
const preset = fc
  .record({
    width: edge,
    height: edge,
    fit,
    centers: fc.constantFrom<Preprocess["centers"]>("legacy", "half-pixel", "align-corners"),
    grey: fc.constantFrom<Preprocess["grey"]>(undefined, undefined, 1, 3),
    range,
  })
  .map(({ fit: make, range: values, grey, ...rest }): Preprocess => {
    const all = { ...rest, ...values, fit: make(Math.max(rest.width, rest.height)) };
    return grey === undefined ? all : { ...all, grey };
  });
const quantization = fc.oneof(
  fc.record({
    dtype: fc.constant("uint8" as const),
    scale: fc.double({ min: 1e-4, max: 4, noNaN: true }),
    zeroPoint: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({
    dtype: fc.constant("int8" as const),
    scale: fc.double({ min: 1e-4, max: 4, noNaN: true }),
    zeroPoint: fc.integer({ min: -128, max: 127 }),
  }),
);

describe("a picture written by WebAssembly", () => {
  const numRuns = inputs(400, 4);

  it("is what preprocess gives, bit for bit", () => {
    fc.assert(
      fc.property(image, preset, (of, as) => compare(of, as)),
      { numRuns },
    );
  });

  it("is, as bytes, what a run would make of these floats", () => {
    fc.assert(
      fc.property(image, preset, quantization, (of, as, to) => compare(of, as, to)),
      { numRuns },
    );
  });

  it.each([
    ["a photograph's edges", 640, 427, 224],
    ["more source rows than are at hand at a time", 3001, 1999, 160],
    ["more rows than are made at a time", 40, 30, 500],
    ["one wide row", 60_000, 1, 224],
    ["one column", 1, 60_000, 64],
  ])("is the same with %s", (_, width, height, size) => {
    const of = pictureOf(width, height, 5);
    for (const kind of ["stretch", "pad"] as const) {
      const as = { kind, value: 127.5 };
      const square = { width: size, height: size, centers: "half-pixel" } as const;
      const all: Preprocess = { ...square, ...ranges.imagenet, fit: as };
      compare(of, all);
      compare(of, all, { dtype: "int8", scale: 0.02, zeroPoint: -3 });
    }
  });

  it("makes 0 of what is no number, as a typed array does", () => {
    const infinite = [1e300, 1e300, -1e300] as const;
    const as: Preprocess = {
      ...{ width: 3, height: 3, fit: { kind: "stretch" }, centers: "legacy" },
      ...{ scale: infinite, offset: [-1.7e308, 1, -1.7e308] },
    };
    const large: Preprocess = { ...as, scale: [1.7e308, 1, 1], offset: [0, 0, 0] };
    for (const preset of [as, large]) {
      compare(pictureOf(5, 4, 9), preset);
      compare(pictureOf(5, 4, 9), preset, { dtype: "uint8", scale: 1, zeroPoint: 9 });
      compare(pictureOf(5, 4, 9), preset, { dtype: "int8", scale: 1, zeroPoint: 9 });
    }
  });

  it("takes memory by the width of pictures, not by their pixels", async () => {
    const fresh = await PictureWriter.load();
    const as: Preprocess = {
      ...{ width: 224, height: 224, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...ranges.signed,
    };
    fresh.write(pictureOf(4000, 3000, 1), as, inputOf(224 * 224 * 3).into);
    expect(fresh.bytes).toBeLessThan(600_000);
  });

  it("leaves a picture of millions of columns to scalar code", () => {
    const of = pictureOf(3_000_000, 1, 3);
    const as: Preprocess = {
      ...{ width: 4, height: 2, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...ranges.bytes,
    };
    const { tensor, into } = inputOf(24, { dtype: "uint8", scale: 1, zeroPoint: 0 });
    const floats = new Float32Array(24);
    writer.write(of, as, { ...into, input: () => floats });
    expect(floats).toEqual(preprocess(of, as).data);
    expect(tensor.data).toEqual(new Uint8Array(24).fill(77));
  });

  it("refuses what preprocess refuses, in its words", () => {
    const as: Preprocess = {
      ...{ width: 4, height: 4, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...ranges.bytes,
    };
    const { into } = inputOf(5);
    const picture = pictureOf(3, 3, 1);
    const refusal = (call: () => unknown): string => {
      try {
        call();
        return "nothing";
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const [wrong, to] of [
      [{ ...picture, width: 2 }, as],
      [picture, { ...as, width: 0 }],
      [picture, { ...as, fit: { kind: "pad", value: 256 } as const }],
      [picture, as],
    ] as const) {
      const floats = new Float32Array(5);
      const oracle = refusal(() => preprocess(wrong, to, floats));
      expect(oracle).toMatch(/expected/);
      expect(refusal(() => writer.write(wrong, to, into))).toBe(oracle);
    }
  });
});
