/** Detectors in files: an SSD that ends in its postprocessing operator, and a grid of cells. */
import { describe, expect, it } from "vitest";
import { openBytes } from "../../../test/open-bytes.ts";
import { metadataBytes } from "../../../test/tflite/standard-metadata.ts";
import { type DetectionOptions, ssd, usualOptions } from "../../../test/tflite/tiny-detector.ts";
import { code } from "../../../test/tflite/tiny-model.ts";
import { type TensorSpec, writeModel } from "../../../test/tflite/write-model.ts";
import { wasmBackend } from "../../backends/wasm/wasm.ts";
import type { DetectionSettings, DetectorModel, Model } from "../../models/model.ts";
import type { Detections } from "../../tasks/detector.ts";
import { loadDetector } from "../../tasks/node.ts";

const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join("\n"));

const open = async (
  bytes: Uint8Array,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<Model> => openBytes(new Map([["tiny.tflite", bytes], ...Object.entries(files)]), "tiny");

async function detect(model: Model, options = {}): Promise<Detections["detections"]> {
  const detector = await loadDetector(model as DetectorModel, { backend: wasmBackend });
  const grey = { width: 40, height: 20, data: new Uint8Array(2400).fill(128) };
  const { detections } = await detector.detect(grey, options);
  detector.dispose();
  return detections;
}

describe.each([false, true])("an SSD's postprocessing operator (8-bit: %s)", (bytes) => {
  it("is a detector with the operator's anchors and settings", async () => {
    const model = (await open(ssd(usualOptions, { bytes }))) as DetectorModel;
    expect(model).toMatchObject({ task: "detect", labels: ["class 0", "class 1"] });
    const { anchors, ...settings } = model.detection as DetectionSettings;
    expect("boxes" in anchors && [...anchors.boxes.slice(4, 8)]).toEqual([0.25, 0.25, 0.5, 0.5]);
    expect(settings).toMatchObject({
      boxCoder: [10, 10, 5, 5],
      scoreThreshold: 0.25,
      iouThreshold: 0.5,
      maxDetections: 10,
      classAgnostic: true,
    });
  });

  it("lets boxes of all classes suppress each other, as the operator does", async () => {
    const found = await detect(await open(ssd(usualOptions, { bytes })));
    // The second box, a tenth of its height lower, overlaps the first by 0.45 / 0.55 and goes.
    expect(found.map(({ index, score }) => [index, score])).toEqual([
      [0, 0.75],
      [1, 0.375],
    ]);
    expect(found[0]!.box).toEqual({ x: 0, y: 0, width: 20, height: 10 });
    expect(found[1]!.box).toEqual({ x: 20, y: 10, width: 20, height: 10 });
  });

  it("suppresses class by class where the operator does, and at most so many of each", async () => {
    const regular = { ...usualOptions, use_regular_nms: true, detections_per_class: 100 };
    const found = await detect(await open(ssd(regular, { bytes })));
    expect(found.map(({ index, score }) => [index, score])).toEqual([
      [0, 0.75],
      [1, 0.5],
      [1, 0.375],
    ]);
    const one = await detect(await open(ssd({ ...regular, detections_per_class: 1 }, { bytes })));
    expect(one.map(({ score }) => score)).toEqual([0.75, 0.5]);
  });

  it("counts scores from its threshold on", async () => {
    const model = await open(ssd({ ...usualOptions, nms_score_threshold: 0.375 }, { bytes }));
    expect((await detect(model)).map(({ score }) => score)).toEqual([0.75, 0.375]);
  });

  it("may have no background", async () => {
    const found = await detect(await open(ssd(usualOptions, { bytes, background: false })));
    expect(found.map(({ index, score }) => [index, score])).toEqual([
      [0, 0.75],
      [1, 0.375],
    ]);
  });
});

describe("an SSD's file", () => {
  it("may list its labels with the background or without", async () => {
    for (const lines of [
      ["cat", "dog"],
      ["???", "cat", "dog"],
      ["background", "cat", "dog"],
    ]) {
      const model = await open(ssd(usualOptions), { "labels.txt": text(lines) });
      expect(model.labels).toEqual(["cat", "dog"]);
      expect(model.assumptions?.map(({ about }) => about)).toEqual(["range", "fit"]);
    }
  });

  it("is assumed to list the background first where there is one label more", async () => {
    const model = await open(ssd(usualOptions), { "labels.txt": text(["nothing", "cat", "dog"]) });
    expect(model.labels).toEqual(["cat", "dog"]);
    const assumed = model.assumptions?.find(({ about }) => about === "labels")?.assumed;
    expect(assumed).toBe('the first label, "nothing", is the background\'s');
  });

  it("may say a score threshold in its metadata, which counts", async () => {
    const metadata = { TFLITE_METADATA: metadataBytes({ scoreThreshold: 0.5 }) };
    const model = (await open(ssd(usualOptions, { spec: { metadata } }))) as DetectorModel;
    expect(model.detection.scoreThreshold).toBe(0.5);
  });

  it.each<[string, DetectionOptions, RegExp]>([
    ["a missing option", { ...usualOptions, y_scale: undefined as never }, /y_scale/],
    ["a scale of 0", { ...usualOptions, x_scale: 0 }, /x_scale is 0/],
    ["no detections", { ...usualOptions, max_detections: 0 }, /max_detections is 0/],
    [
      "more than all scores",
      { ...usualOptions, nms_score_threshold: 3.5 },
      /nms_score_threshold is 3.5/,
    ],
    ["other classes", { ...usualOptions, num_classes: 7 }, /3 anchors and 7 classes, but inputs/],
    [
      "several classes a box",
      { ...usualOptions, max_classes_per_detection: 2 },
      /2 classes for one box/,
    ],
  ])("is refused with %s", async (_, options, message) => {
    const given = Object.fromEntries(
      Object.entries(options).filter(([, value]) => value !== undefined),
    );
    await expect(open(ssd(given))).rejects.toThrow(message);
  });
});

/** A map of 4×4 cells over 32×32 pixels: each 8×8 pixels' mean, twice, and its softmax over 3 classes. */
function grid(name = "softmax"): Uint8Array {
  const tensors: readonly TensorSpec[] = [
    { name: "image", shape: [1, 32, 32, 3], type: "float32" },
    { name: "cells", shape: [1, 4, 4, 3], type: "float32" },
    {
      name: "weights",
      shape: [3, 1, 1, 3],
      type: "float32",
      data: Float32Array.of(0, 0, 0, 8, 0, 0, 0, 8, 0),
    },
    { name: "logits", shape: [1, 4, 4, 3], type: "float32" },
    { name: "softmax", shape: [1, 4, 4, 3], type: "float32" },
    { name: "size", shape: [2], type: "int32", data: Int32Array.of(32, 32) },
    { name: "enlarged", shape: [1, 32, 32, 3], type: "float32" },
  ];
  const stride = (step: number) => ({ 0: { u8: 1 }, 1: { i32: step }, 2: { i32: step } });
  return writeModel({
    tensors,
    operators: [
      {
        code: code.averagePool,
        inputs: [0],
        outputs: [1],
        options: { ...stride(8), 3: { i32: 8 }, 4: { i32: 8 } },
      },
      { code: code.conv2d, inputs: [1, 2], outputs: [3], options: stride(1) },
      { code: code.softmax, inputs: [3], outputs: [4], options: { 0: { f32: 1 } } },
      {
        code: code.resizeBilinear,
        inputs: [4, 5],
        outputs: [6],
        options: { 2: { u8: 1 } },
      },
    ].slice(0, name === "softmax" ? 3 : 4),
    inputs: [0],
    outputs: [tensors.findIndex((tensor) => tensor.name === name)],
  });
}

describe("a softmax over cells at an eighth of the input", () => {
  it("is a grid of objects, which is an assumption", async () => {
    const model = await open(grid(), { "labels.txt": text(["background", "red", "green"]) });
    expect(model).toMatchObject({
      task: "detect",
      labels: ["red", "green"],
      detection: { kind: "grid", scoreThreshold: 0.5 },
    });
    expect(model.assumptions?.[0]).toMatchObject({ about: "head" });
  });

  it("is a segmenter where it is enlarged", async () => {
    expect((await open(grid("enlarged"))).task).toBe("segment");
  });

  it("finds cells that touch as one object", async () => {
    const detector = await loadDetector((await open(grid())) as DetectorModel, {
      backend: wasmBackend,
    });
    const data = new Uint8Array(32 * 32 * 3);
    const paint = (row: number, column: number, channel: 0 | 1): void => {
      for (let y = 8 * row; y < 8 * row + 8; y++) {
        for (let x = 8 * column; x < 8 * column + 8; x++) data[(y * 32 + x) * 3 + channel] = 255;
      }
    };
    paint(0, 0, 0);
    paint(1, 1, 0);
    paint(3, 3, 1);
    const { detections } = await detector.detect({ width: 32, height: 32, data });
    detector.dispose();
    const found = detections.map(({ index, box: { x, y, width, height } }) => [
      index,
      [x, y, width, height],
    ]);
    expect(found).toEqual([
      [0, [0, 0, 16, 16]],
      [1, [24, 24, 8, 8]],
    ]);
  });

  it("has no boxes that overlap", async () => {
    const model = await open(grid());
    await expect(detect(model, { iouThreshold: 0.5 })).rejects.toThrow(
      /iouThreshold means nothing to a grid/,
    );
  });
});
