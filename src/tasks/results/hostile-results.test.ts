/** Results from elsewhere: masks, run lengths and JSON that nobody made with this library. */
import { describe, expect, it } from "vitest";
import { cutOut, mask, softMask } from "./masks.ts";
import { compress, decodeRunLengths, encodeRunLengths, expand } from "./run-lengths.ts";
import { segmentationFromJson, segmentationJson } from "./segmentation-json.ts";

/** The same values, in memory that is another thread's now. */
function moved<T extends Uint8Array | Float32Array>(values: T): T {
  structuredClone(values.buffer, { transfer: [values.buffer as ArrayBuffer] });
  return values;
}

function refusal(code: string, words: RegExp): unknown {
  const message = expect.stringMatching(words);
  return expect.objectContaining({ name: "MobileNetError", code, message });
}

describe("a soft mask", () => {
  it("holds to 0 and 255, and takes no number as 0", () => {
    const values = [Number.NaN, 2, -1, 300, -Infinity, Infinity, 0.5, 1 / 255];
    const alpha = softMask({ foregroundMap: Float32Array.from(values) });
    expect(alpha).toEqual(Uint8Array.of(0, 255, 0, 255, 0, 255, 128, 1));
  });
});

describe("a mask", () => {
  it.each([[[null]], [[7]], [[{ label: "x" }]], [[{ label: "x", index: 256 }]], [new Array(1)]])(
    "of classes %o is refused",
    (classes) => {
      const given = { classMap: new Uint8Array(2), classes };
      expect(() => mask(given as never, "x")).toThrow(refusal("invalid-argument", /a label/));
    },
  );

  it.each([[[[0]]], [[null]], [new Array(1)]])("of names %o is refused", (names) => {
    const given = { classMap: new Uint8Array(2), classes: [] };
    expect(() => mask(given, names as never)).toThrow(refusal("invalid-argument", /bad classes/));
  });

  it("in memory that was moved is refused by name, wherever it is given", () => {
    const classMap = moved(new Uint8Array(4));
    const data = new Uint8Array(3);
    const size = { width: 1, height: 1 };
    const map = new Uint8Array(1);
    for (const call of [
      () => mask({ classMap, classes: [] }),
      () => softMask({ foregroundMap: moved(new Float32Array(4)) }),
      () => cutOut({ ...size, data }, moved(new Uint8Array(1))),
      () => encodeRunLengths({ ...size, mask: moved(new Uint8Array(1)) }),
      () => segmentationJson({ ...size, classMap, classes: [] }),
      () =>
        segmentationJson({
          ...size,
          classMap: map,
          classes: [],
          scoreMap: moved(new Float32Array(1)),
        }),
    ]) {
      expect(call).toThrow(refusal("invalid-argument", /detached/));
    }
    const cut = (): unknown => cutOut({ ...size, data: moved(new Uint8Array(3)) }, map);
    expect(cut).toThrow(refusal("invalid-image", /detached/));
  });
});

describe("run lengths", () => {
  const sparse: number[] = [];
  sparse[1] = 7;

  it.each([
    [{ size: [7, 1], counts: sparse }, "invalid-data", /do not fill/],
    [{ size: [7, 1], counts: new Array(9) }, "invalid-data", /do not fill/],
    [{ size: [1, 1e12], counts: [1e12] }, "invalid-data", /at most 1073741824 pixels/],
    [{ size: [2 ** 40, 2 ** 40], counts: "0" }, "invalid-data", /at most 1073741824 pixels/],
    [{ size: [7, 1, 1], counts: [7] }, "invalid-argument", /size/],
  ])("such as %o are refused", (bad, code, words) => {
    expect(() => decodeRunLengths(bad as never)).toThrow(refusal(code, words));
  });

  it("of any length that a mask can have are written as they are read", () => {
    for (const long of [2 ** 29 - 1, 2 ** 29, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32]) {
      const counts = [0, long, 1, 1, long, long, 0];
      expect(expand(compress(counts))).toEqual(counts);
    }
    // As pycocotools has them: the sign's bit takes a seventh character.
    expect(compress([2 ** 29])).toBe("PPPPP`0");
    expect(compress([2 ** 30])).toBe("PPPPPP1");
  });

  it("of eight characters a number are none", () => {
    expect(expand("PPPPPPP0")).toBeUndefined();
  });
});

describe("a segmentation's JSON", () => {
  const cat = {
    ...{ label: "cat", index: 8, pixels: 2, fraction: 0.5, score: 0.9 },
    segmentation: { size: [1, 4], counts: [0, 2, 2] },
  };
  const dog = { ...cat, label: "dog", index: 9, segmentation: { size: [1, 4], counts: [2, 2] } };
  const floats = (...values: number[]): object => ({
    type: "float32",
    base64: Buffer.from(Float32Array.from(values).buffer).toString("base64"),
  });
  const good = {
    ...{ width: 4, height: 1, classes: [cat, dog], scoreMap: floats(0, 0.5, 1, 1) },
    ...{ area: { x: 0, y: 0.5, width: 8, height: 2 } },
  };
  const refuses = (bad: unknown): void =>
    expect(() => segmentationFromJson(bad as never)).toThrow(refusal("invalid-data", /./));

  it("is read where it is whole", () => {
    const { classMap, scoreMap, area } = segmentationFromJson(good as never);
    expect([...classMap]).toEqual([8, 8, 9, 9]);
    expect([...scoreMap!]).toEqual([0, 0.5, 1, 1]);
    expect(area).toEqual(good.area);
    const part = { ...good, classes: [cat], outside: 255 };
    expect([...segmentationFromJson(part as never).classMap]).toEqual([8, 8, 255, 255]);
    // Of a region, around which the map is all background, as segment gives it.
    const around = { ...dog, label: "background", index: 0, pixels: 1 };
    const region = { ...good, classes: [cat, around], area: { x: 0, y: 0, width: 3, height: 1 } };
    expect([...segmentationFromJson(region as never).classMap]).toEqual([8, 8, 0, 0]);
    refuses({ ...region, area: undefined });
  });

  it.each([
    ...[{ label: 1 }, { label: undefined }, { index: 256 }, { index: 0.5 }, { pixels: 3 }],
    ...[{ pixels: "2" }, { fraction: 2 }, { fraction: null }, { score: Number.NaN }],
    ...[
      { score: -1 },
      { segmentation: null },
      { segmentation: { size: [4, 1], counts: [0, 2, 2] } },
    ],
    ...[{ segmentation: { size: [1, 4], counts: [0, 9] } }, { index: 9 }],
    { segmentation: { size: [1, 4], counts: [1, 2, 1] } },
  ])("with a class of %o is refused", (wrong) => {
    refuses({ ...good, classes: [{ ...cat, ...wrong }, dog] });
  });

  it.each([
    ...[{ outside: 300 }, { outside: "x" }, { outside: -1 }, { outside: null }],
    ...[
      { classes: [cat], outside: 8 },
      { classes: [{ ...cat, index: 0 }] },
      { classes: new Array(2) },
    ],
    ...[{ area: 5 }, { area: { x: 0, y: 0, width: 0, height: 1 } }, { area: null }],
    ...[{ area: { x: "0", y: 0, width: 1, height: 1 } }, { scoreMap: floats(0, 1, 2, 1) }],
    ...[{ scoreMap: floats(0, Number.NaN, 0, 1) }, { foregroundMap: floats(0, 1, -1, 1) }],
    ...[{ scoreMap: floats(0) }, { scoreMap: { ...floats(0, 0, 0, 0), type: "float64" } }],
    ...[
      { width: 1e8, height: 1e8 },
      { width: 1e12, height: 1, classes: [] },
    ],
  ])("with %o is refused", (wrong) => {
    refuses({ ...good, ...wrong });
  });
});
