import { describe, expect, it } from "vitest";
import { scramble } from "../../test/tflite/tiny-model.ts";
import { type SegmenterSpec, tinySegmenter } from "../../test/tflite/tiny-segmenter.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import { readTflite } from "../formats/tflite/tflite.ts";
import type { RgbImage } from "../image/image.ts";
import type { Preprocess } from "../image/presets.ts";
import type { SegmenterModel } from "../models/model.ts";
import { loadModel, loadSegmenter } from "./node.ts";

/** A picture of any bytes, and the file's own class map of it as its input. */
function randomPicture([height, width]: readonly [number, number], seed: number): RgbImage {
  return { width, height, data: Uint8Array.from(scramble(height * width * 3, seed)) };
}

/** What the file itself gives for a picture of its input's size. */
async function ownClasses(file: Uint8Array, picture: RgbImage): Promise<number[]> {
  const graph = readTflite(file);
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const { dtype, data } = executable.inputTensor();
  for (let i = 0; i < data.length; i++) data[i] = picture.data[i]! - (dtype === "int8" ? 128 : 0);
  executable.run();
  return [...executable.output()];
}

const cases: Record<string, Omit<SegmenterSpec, "seed">> = {
  "uint8, enlarged once": { convention: "uint8", input: [33, 33], stride: 8, sizes: [[33, 33]] },
  "int8, enlarged by no whole number": {
    convention: "int8",
    input: [22, 31],
    stride: 7,
    sizes: [[22, 31]],
  },
  "int8, enlarged to its own size, then twice": {
    convention: "int8",
    input: [33, 41],
    stride: 8,
    sizes: [
      [5, 6],
      [9, 11],
      [33, 41],
    ],
  },
};

describe("an 8-bit segmenter", () => {
  it.each(Object.keys(cases))("has its file's class map, bit for bit: %s", async (name) => {
    const spec = cases[name]!;
    let ties = 0;
    for (let seed = 0; seed < 4; seed++) {
      const file = tinySegmenter({ ...spec, seed });
      const picture = randomPicture(spec.input, seed + 9);
      const own = await ownClasses(file, picture);
      const model = (await loadModel(new Map([["tiny.tflite", file]]))) as SegmenterModel;
      using segmenter = await loadSegmenter(model);
      expect([...(await segmenter.segment(picture)).classMap]).toEqual(own);
      const { enlargement: _, ...unrounded } = model;
      using other = await loadSegmenter(unrounded);
      const { classMap } = await other.segment(picture);
      ties += own.filter((index, i) => index !== classMap[i]).length;
    }
    // Without the file's rounding the maps differ: there is something to get right.
    expect(ties).toBeGreaterThan(4);
  });

  it("has it for any picture where the map has the input's pixels", async () => {
    const input = [33, 33] as const;
    const file = tinySegmenter({ convention: "int8", input, stride: 8, sizes: [input], seed: 6 });
    const files = new Map([["tiny.tflite", file]]);
    const { preprocess } = await loadModel(files);
    // Twice the input's size, of which this resize takes every second pixel.
    using segmenter = await loadSegmenter(files, {
      preprocess: { ...preprocess, fit: { kind: "stretch" }, centers: "legacy" },
    });
    const large = randomPicture([66, 66], 8);
    const data = Uint8Array.from({ length: 33 * 33 * 3 }, (_, i) => {
      const [row, column, channel] = [Math.floor(i / 99), Math.floor(i / 3) % 33, i % 3];
      return large.data[(row * 2 * 66 + column * 2) * 3 + channel]!;
    });
    const own = await ownClasses(file, { width: 33, height: 33, data });
    const map = await segmenter.segment(large, { mapSize: "network", scoreMap: true });
    expect([...map.classMap]).toEqual(own);
    expect(map).toMatchObject({ width: 33, height: 33 });
    expect(map.area).toEqual({ x: 0, y: 0, width: 66, height: 66 });
    expect(map.scoreMap).toHaveLength(33 * 33);
    const fractions = map.classes.map(({ fraction }) => fraction);
    expect(fractions.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it("has it wherever the picture's pixels are the input's, padded or cut", async () => {
    const input = [33, 33] as const;
    const file = tinySegmenter({ convention: "uint8", input, stride: 8, sizes: [input], seed: 5 });
    const files = new Map([["tiny.tflite", file]]);
    const { preprocess } = await loadModel(files);
    const padded = randomPicture([20, 33], 3);
    const grey = new Uint8Array(33 * 33 * 3).fill(9);
    grey.set(padded.data);
    const own = await ownClasses(file, { width: 33, height: 33, data: grey });
    const pad: Preprocess = { ...preprocess, fit: { kind: "pad", value: 9 } };
    using segmenter = await loadSegmenter(files, { preprocess: pad });
    const { classMap } = await segmenter.segment(padded);
    expect([...classMap]).toEqual(own.slice(0, 20 * 33));

    const large = randomPicture([33, 47], 4);
    const middle = Uint8Array.from({ length: 33 * 33 * 3 }, (_, i) => {
      const [row, rest] = [Math.floor(i / 99), i % 99];
      return large.data[(row * 47 + 7) * 3 + rest]!;
    });
    const cut = await ownClasses(file, { width: 33, height: 33, data: middle });
    const crop: Preprocess = { ...preprocess, fit: { kind: "resize-then-crop", shortestEdge: 33 } };
    using cropper = await loadSegmenter(files, { preprocess: crop });
    const result = await cropper.segment(large);
    const rows = Array.from({ length: 33 }, (_, y) => [
      ...result.classMap.subarray(y * 47 + 7, y * 47 + 40),
    ]);
    expect(rows.flat()).toEqual(cut);
  });

  it("counts pixels and gives probabilities as any segmenter", async () => {
    const input = [33, 33] as const;
    const file = tinySegmenter({ convention: "int8", input, stride: 8, sizes: [input], seed: 1 });
    using segmenter = await loadSegmenter(new Map([["tiny.tflite", file]]));
    const options = { scoreMap: true };
    const { classMap, classes, scoreMap } = await segmenter.segment(
      randomPicture(input, 6),
      options,
    );
    for (const { index, pixels, score } of classes) {
      const own = [...scoreMap!].filter((_, i) => classMap[i] === index);
      expect(own).toHaveLength(pixels);
      // A sum of at most 1089 float32 values between 0 and 1.
      expect(score).toBeCloseTo(own.reduce((a, b) => a + b) / own.length, 4);
    }
    // Five classes; rounding to steps of 0.2 and its weights hide a lead of less than 1.75 steps.
    for (const probability of scoreMap!) {
      expect(probability).toBeGreaterThan(Math.exp(-0.35) / 5);
      expect(probability).toBeLessThanOrEqual(1);
    }
  });
});
