import { describe, expect, it } from "vitest";
import * as browser from "../browser.ts";
import { writeTrainedModel } from "../formats/own-model.ts";
import type { Network } from "../graph/ir.ts";
import { ranges } from "../image/presets.ts";
import * as node from "../index.ts";
import { bottleneckResnet } from "../models/bottleneck-resnet.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { elementCount, type Tensor } from "../tensor.ts";

/** A classifier of small pictures, all zeros. */
function files(): ReadonlyMap<string, Uint8Array> {
  const { parameters } = mobilenetV2({ width: 0.35, resolution: 32, classes: 2 });
  const weights = [...parameters].map(([name, { shape }]) => ({
    name,
    shape,
    dtype: "float32",
    quantization: { dtype: "uint8", scale: 1, min: 0 },
  }));
  const bytes = weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const manifest = JSON.stringify({ weightsManifest: [{ paths: ["w"], weights }] });
  return new Map([
    ["model.json", new TextEncoder().encode(manifest)],
    ["w", new Uint8Array(bytes)],
  ]);
}

/** A network's own model with the same value for each weight. */
function ownModel(network: Network): ReadonlyMap<string, Uint8Array> {
  const { architecture, parameters } = network;
  const [height, width] = architecture.resolution;
  const fit = { kind: "stretch" } as const;
  const preprocess = { width, height, fit, centers: "half-pixel", ...ranges.signed } as const;
  const tensors = [...parameters].map(([name, { shape }]): [string, Tensor] => [
    name,
    { dtype: "float32", shape, data: new Float32Array(elementCount(shape)).fill(0.01) },
  ]);
  const labels = ["cat", "dog", "cup"];
  return writeTrainedModel({ architecture, preprocess, labels }, new Map(tensors));
}

describe.each([
  ["Node", node],
  ["a browser", browser],
])("loadModel in %s", (_, library) => {
  it("reads weights once for a classifier and an embedder", async () => {
    const model = await library.loadModel(files(), { resolution: 32, labels: ["cat", "dog"] });
    using classifier = await library.loadClassifier(model, { backend: "reference" });
    using embedder = await library.loadEmbedder(model, { backend: "reference" });
    expect(classifier.labels).toEqual(["cat", "dog"]);
    const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
    expect((await classifier.classify(picture)).map(({ score }) => score)).toEqual([0.5, 0.5]);
    expect(embedder.labels).toBe(classifier.labels);
  });

  it("reads this library's own models of every task", async () => {
    const small = { width: 0.1, resolution: 64, classes: 3 } as const;
    const on = { backend: "reference" } as const;
    const grey = { width: 2, height: 2, data: new Uint8ClampedArray(16).fill(128) };
    const detector = ownModel(ssdlite({ ...small, block: { shortcut: "none" } }));
    const segmenter = ownModel(deeplabV3(small));
    expect((await library.loadModel(detector)).task).toBe("detect");
    expect((await library.loadModel(segmenter)).task).toBe("segment");
    using detects = await library.loadDetector(detector, on);
    const found = await detects.detect(grey, { scoreThreshold: 0, classes: ["dog"] });
    expect(found.detections[0]).toMatchObject({ label: "dog", index: 1 });
    using segments = await library.loadSegmenter(segmenter, on);
    expect((await segments.segment(grey)).classes.map(({ label }) => label)).toEqual(["cat"]);
    using classifies = await library.loadClassifier(ownModel(bottleneckResnet(small)), on);
    expect(await classifies.classify(grey)).toHaveLength(3);
    await expect(library.loadClassifier(detector, on)).rejects.toMatchObject({
      message: expect.stringContaining("detect"),
    });
  });

  it("refuses a misspelt option, as the loaders do", async () => {
    const misspelt: object = { resolutoin: 32 };
    for (const load of [library.loadModel, library.loadClassifier, library.loadEmbedder]) {
      await expect(load(files(), misspelt)).rejects.toThrow("Did you mean resolution?");
    }
  });
});
