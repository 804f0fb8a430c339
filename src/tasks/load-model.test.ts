import { describe, expect, it } from "vitest";
import * as browser from "../browser.ts";
import * as node from "../index.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { elementCount } from "../tensor.ts";

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

  it("refuses a misspelt option, as the loaders do", async () => {
    const misspelt: object = { resolutoin: 32 };
    for (const load of [library.loadModel, library.loadClassifier, library.loadEmbedder]) {
      await expect(load(files(), misspelt)).rejects.toThrow("Did you mean resolution?");
    }
  });
});
