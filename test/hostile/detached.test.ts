/** Bytes that were moved to another thread are none any more: whoever is given them says so. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeGreyPng, encodeIndexedPng } from "../../src/image/png-node.ts";
import {
  cosineSimilarity,
  decodeImage,
  drawDetections,
  drawSegmentation,
  inspectModel,
  l2Normalize,
  loadClassifier,
  loadModel,
  MobileNetError,
} from "../../src/index.ts";
import { tinyModel } from "../tflite/tiny-model.ts";

const png = readFileSync("examples/images/coffee.png");

/** The same array, whose memory is another thread's now. */
function moved<T extends Uint8Array | Uint8ClampedArray>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const bytes = (): Uint8Array => moved(new Uint8Array(png));
const model = (): Uint8Array => moved(new Uint8Array(tinyModel("uint8")));

async function failure(work: () => Promise<unknown>): Promise<MobileNetError> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

describe("a detached array", () => {
  it.each([
    "a.tflite",
    "a.onnx",
    "a.h5",
    "a.keras",
    "a.safetensors",
    "a.pth",
    "a.zip",
    "model.json",
  ])("is no model: %s", async (name) => {
    const error = await failure(() => loadClassifier(new Map([[name, model()]])));
    expect(error).toMatchObject({ code: "invalid-argument", node: name });
    expect(error.message).toContain("detached");
  });

  it("is none without a name either, nor for inspect, nor in a worker", async () => {
    for (const work of [
      () => loadClassifier(model()),
      () => inspectModel(model()),
      () => loadClassifier(model(), { worker: true }),
    ]) {
      expect((await failure(work)).message).toContain("detached");
    }
  });

  it("is no vector", () => {
    const vector = Float32Array.of(1);
    structuredClone(vector.buffer, { transfer: [vector.buffer] });
    const error = { code: "invalid-argument", message: expect.stringContaining("detached") };
    for (const work of [() => l2Normalize(vector), () => cosineSimilarity(vector, vector)]) {
      expect(work).toThrow(expect.objectContaining(error));
    }
  });

  it("is nothing to draw or to write", async () => {
    const image = { width: 2, height: 2, data: new Uint8Array(12) };
    const gone = { width: 2, height: 2, data: moved(new Uint8Array(12)) };
    const classMap = moved(new Uint8Array(4));
    for (const work of [
      () => drawDetections(gone, []),
      () => drawSegmentation(gone, new Uint8Array(4), { labels: ["a"] }),
      () => drawSegmentation(image, classMap, { labels: ["a"] }),
      () => encodeIndexedPng({ classMap, width: 2, height: 2 }),
      () => encodeGreyPng({ data: moved(new Uint8Array(4)), width: 2, height: 2 }),
    ]) {
      expect((await failure(work)).message).toContain("detached");
    }
  });

  it("is no weight of a model in memory", async () => {
    const loaded = await loadModel("cifar10");
    for (const parameter of loaded.graph.parameters.values()) {
      const data = "data" in parameter ? parameter.data : undefined;
      if (data === undefined || data.byteLength === 0) continue;
      structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    }
    expect((await failure(() => loadClassifier(loaded))).message).toContain("detached");
  });

  it.each([false, true])("is no picture, nor pixels (worker: %s)", async (worker) => {
    const classifier = await loadClassifier("cifar10", { worker, onWarning: () => undefined });
    const pixels = { width: 2, height: 2, data: moved(new Uint8Array(12)) };
    const clamped = { width: 2, height: 2, data: moved(new Uint8ClampedArray(16)) };
    for (const picture of [bytes(), bytes().buffer as ArrayBuffer, pixels, clamped]) {
      expect((await failure(() => classifier.classify(picture))).code).toBe("invalid-image");
    }
    classifier.dispose();
    const error = await failure(() => decodeImage(bytes()));
    expect(error).toMatchObject({ code: "invalid-image" });
    expect(error.message).toContain("detached");
  });
});
