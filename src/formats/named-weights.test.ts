import { describe, expect, it } from "vitest";
import { openBytes, zeroFiles } from "../../test/open-bytes.ts";
import { namedRanges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import type { ModelOptions } from "./model-options.ts";

const classifier = zeroFiles(mobilenetV2({ width: 0.1, classes: 2 }));
const segmenter = zeroFiles(deeplabV3({ width: 0.1, classes: 3 }));
const detector = zeroFiles(ssdlite({ width: 0.1, classes: 2 }));

async function about(files: typeof classifier, options: ModelOptions = {}) {
  const { assumptions = [] } = await openBytes(files, "small", options);
  return assumptions.map((one) => one.about);
}

describe("a network of bare weights", () => {
  it("states all that was assumed about it, with the option that says otherwise", async () => {
    const { assumptions = [] } = await openBytes(classifier, "small");
    expect(assumptions.map(({ assumed, option }) => [assumed, option])).toEqual([
      ["the input is 224×224", "resolution"],
      ["convolutions pad as TensorFlow does", "padding"],
      ["batch norm's ε is 0.001", "epsilon"],
      ["bytes become −1 to 1", "range"],
      ["pictures are stretched to 224×224", "crop"],
      ["classes are numbered", "labels"],
    ]);
    expect(await about(segmenter)).toContain("outputStride");
    expect(await about(detector)).toContain("head");
  });

  it("assumes nothing that was said", async () => {
    const options: ModelOptions = {
      ...{ resolution: [64, 96], padding: "same", epsilon: 1e-3, range: "0..1" },
      ...{ crop: true, labels: ["a", "b"] },
    };
    expect(await about(classifier, options)).toEqual([]);
    const { preprocess, origin, labels } = await openBytes(classifier, "small", options);
    expect(preprocess).toMatchObject({
      ...{ width: 96, height: 64, fit: { kind: "resize-then-crop", shortestEdge: 96 } },
      ...namedRanges["0..1"],
    });
    expect(origin).toMatchObject({ range: "the caller", labels: "the caller" });
    expect(labels).toEqual(["a", "b"]);
  });

  it("takes a file of labels in any form; a detector's leaves out the background", async () => {
    const file = (text: string) => ({
      labels: { path: "names.txt", bytes: new TextEncoder().encode(text) },
    });
    const { labels, origin } = await openBytes(classifier, "small", file("0 ant\n1 bee\n\n"));
    expect([labels, origin?.labels]).toEqual([["ant", "bee"], "names.txt"]);
    const found = await openBytes(detector, "small", file("background\nant\nbee\n"));
    expect(found.labels).toEqual(["ant", "bee"]);
    await expect(openBytes(classifier, "small", file("ant\n"))).rejects.toThrow(/^names\.txt: /);
    const wrong = { labels: "ant" } as object;
    await expect(openBytes(classifier, "small", wrong)).rejects.toThrow(/no list of texts/);
  });

  it("keeps its colours or not, as is said", async () => {
    expect((await openBytes(classifier, "small", { grey: true })).preprocess.grey).toBe(3);
    expect((await openBytes(classifier, "small")).preprocess).not.toHaveProperty("grey");
  });

  it("takes a whole preset or its parts, not both", async () => {
    const { preprocess } = await openBytes(classifier, "small");
    expect(await about(classifier, { preprocess })).toEqual(["padding", "epsilon", "labels"]);
    const both = openBytes(classifier, "small", { preprocess, range: "0..1" });
    await expect(both).rejects.toMatchObject({ code: "invalid-argument", option: "range" });
  });

  it("assumes no ε where batch norms are folded into the weights", async () => {
    const graph = mobilenetV2({ width: 0.1, classes: 2 });
    const folded = [...graph.parameters].filter(([name]) => !name.includes("batch_norm"));
    const biases = [...graph.parameters]
      .filter(([name]) => name.endsWith("batch_norm/beta"))
      .map(([name, value]) => [name.replace("batch_norm/beta", "bias"), value] as const);
    const files = zeroFiles({ ...graph, parameters: new Map([...folded, ...biases]) });
    expect(await about(files)).not.toContain("epsilon");
  });
});
