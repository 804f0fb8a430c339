import { describe, expect, it } from "vitest";
import { writeFile } from "../../../test/tflite/write-model.ts";
import { ranges } from "../../image/presets.ts";
import { describeModel, metadataName } from "../model-description.ts";
import { readModelMetadata } from "./model-metadata.ts";

const preprocess = {
  width: 96,
  height: 64,
  fit: { kind: "pad", value: 127.5 },
  centers: "legacy",
  ...ranges.imagenet,
} as const;

/** A file with nothing but an entry. */
function fileWith(bytes: Uint8Array, buffer = 1): Uint8Array {
  return writeFile({
    0: { i32: 3 },
    4: { tables: [{}, { 0: { bytes } }] },
    6: { tables: [{ 0: { text: metadataName }, 1: { i32: buffer } }] },
  });
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const empty = { preprocess, labels: [] };

describe("a file's own description", () => {
  it("says how an 8-bit segmenter's logits come to the input's size", () => {
    const enlargement = { scale: 0.25, sizes: [[65, 65] as const, [513, 513] as const] };
    const bytes = json({ ...empty, enlargement });
    expect(readModelMetadata(fileWith(bytes))).toEqual({ ...empty, enlargement });
  });

  it("gives back preprocessing and labels", () => {
    const labels = ["cat", "dog", "naïve"];
    const graph = { name: "m", nodes: [], outputs: [], parameters: new Map() };
    const model = { name: "m", task: "classify", features: "", graph, preprocess, labels } as const;
    const bytes = describeModel(model);
    expect(readModelMetadata(fileWith(bytes))).toEqual({ preprocess, labels });
  });

  it("may be absent", () => {
    expect(readModelMetadata(writeFile({ 0: { i32: 3 } }))).toBeUndefined();
  });

  it.each([
    ["no JSON", new TextEncoder().encode("{")],
    ["a list", json([])],
    ["no preprocessing", json({ labels: [] })],
    ["labels that are no texts", json({ preprocess, labels: [1] })],
    ["a width of millions", json({ preprocess: { ...preprocess, width: 1e7 }, labels: [] })],
    ["an unknown fit", json({ preprocess: { ...preprocess, fit: { kind: "x" } }, labels: [] })],
    ["two scales", json({ preprocess: { ...preprocess, scale: [1, 1] }, labels: [] })],
    ["an enlargement to no pixels", json({ ...empty, enlargement: { scale: 1, sizes: [[0, 9]] } })],
    ["an enlargement by no step", json({ ...empty, enlargement: { scale: 0, sizes: [[9, 9]] } })],
    ["no sizes of one", json({ ...empty, enlargement: { scale: 1, sizes: [] } })],
    ["unknown centres", json({ preprocess: { ...preprocess, centers: "x" }, labels: [] })],
  ])("is refused where it holds %s", (_, bytes) => {
    const read = () => readModelMetadata(fileWith(bytes));
    expect(read).toThrow(expect.objectContaining({ code: "invalid-model" }));
  });

  it("is refused where it points at no bytes", () => {
    expect(() => readModelMetadata(fileWith(json({}), 7))).toThrow(/malformed/);
  });
});
