import { describe, expect, it } from "vitest";
import { openBytes, zeroFiles } from "../../test/open-bytes.ts";
import { inferShapes } from "../graph/shapes.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";

const options = { width: 0.35, resolution: 96, classes: 3 };

describe("openModel", () => {
  it.each([
    ["classify", mobilenetV2(options)],
    ["detect", ssdlite(options)],
    ["segment", deeplabV3(options)],
  ] as const)("reads the architecture to %s off the weights", async (task, graph) => {
    const model = await openBytes(zeroFiles(graph), "mine", { resolution: 96 });
    expect(model.task).toBe(task);
    expect(model.name).toBe("mine");
    expect(inferShapes(model.graph)).toEqual(inferShapes(graph));
    expect(model.labels).toEqual(["class 0", "class 1", "class 2"]);
    expect(model.preprocess).toMatchObject({ width: 96, height: 96, offset: [-1, -1, -1] });
    expect(inferShapes(model.graph).get(model.features)?.[3]).toBe(task === "segment" ? 112 : 1280);
  });

  it("takes labels from a file beside the model, one a line or as JSON", async () => {
    const graph = mobilenetV2(options);
    const text = zeroFiles(graph, { "labels.txt": "cat\ndog\r\nbird\n" });
    expect((await openBytes(text, "pets")).labels).toEqual(["cat", "dog", "bird"]);
    const json = zeroFiles(graph, { "classes.json": '{"0":"cat","1":"dog","2":"bird"}' });
    expect((await openBytes(json, "pets")).labels).toEqual(["cat", "dog", "bird"]);
  });

  it.each([
    ["label.txt", "0 cat\n1 dog\n2 bird\n"],
    ["classes.txt", "cat\ndog\nbird"],
    ["labelmap.txt", "???\ncat\ndog\nbird"],
    ["dict.txt", "cat\ndog\nbird\n\n"],
    ["class_names.txt", "cat\ndog\nbird"],
    ["labels.json", '["cat","dog","bird"]'],
    ["class_indices.json", '{"dog":1,"cat":0,"bird":2}'],
    ["metadata.json", '{"labels":["cat","dog","bird"],"imageSize":96}'],
    ["config.json", '{"id2label":{"0":"cat","1":"dog","2":"bird"}}'],
  ])("takes labels from %s and says so", async (name, text) => {
    // Of another program's, which says nothing about labels.
    const other = name === "metadata.json" ? {} : { "metadata.json": '{"keras_version":"3.0.0"}' };
    const files = zeroFiles(mobilenetV2(options), { ...other, [name]: text });
    const { labels, origin } = await openBytes(files, "pets");
    expect(labels).toEqual(["cat", "dog", "bird"]);
    expect(origin?.labels).toBe(name);
  });

  it.each(['{"0":["cat"],"1":"dog","2":"bird"}', "[1,2,3]", '["cat",null,"bird"]'])(
    "rejects classes that are not named by text: %s",
    async (json) => {
      const files = zeroFiles(mobilenetV2(options), { "classes.json": json });
      await expect(openBytes(files, "pets")).rejects.toThrow(/classes\.json.*not named by text/);
    },
  );

  it("names classes by the keys of an object, in any order", async () => {
    const json = '{"2":"bird","0":"cat","1":"dog"}';
    const files = zeroFiles(mobilenetV2(options), { "classes.json": json });
    expect((await openBytes(files, "pets")).labels).toEqual(["cat", "dog", "bird"]);
  });

  it.each([
    ['{"1":"cat","2":"dog","3":"bird"}', /keys 0 to 2, received none for class 0, but "3"/],
    ['{"00":"cat","01":"dog","02":"bird"}', /none for class 0, but "00"/],
    ['{"cat":0,"dog":1,"bird":3}', /none for class 2, but 3 of "bird"/],
  ])("rejects classes that are not counted from 0: %s", async (json, message) => {
    const files = zeroFiles(mobilenetV2(options), { "classes.json": json });
    await expect(openBytes(files, "pets")).rejects.toThrow(message);
  });

  it("refuses an output stride for what does not segment", async () => {
    const classifier = zeroFiles(mobilenetV2(options));
    await expect(openBytes(classifier, "mine", { outputStride: 8 })).rejects.toMatchObject({
      code: "invalid-argument",
      received: "outputStride",
    });
    const segmenter = await openBytes(zeroFiles(deeplabV3(options)), "mine", {
      outputStride: 32,
      resolution: 96,
    });
    expect(inferShapes(segmenter.graph).get(segmenter.features)).toEqual([1, 3, 3, 112]);
  });

  it("has the resolution that its pictures are prepared for", async () => {
    const files = zeroFiles(mobilenetV2(options));
    const { preprocess } = await openBytes(files, "mine", { resolution: [64, 96] });
    const model = await openBytes(files, "mine", { preprocess });
    expect(inferShapes(model.graph).get("image")).toEqual([1, 64, 96, 3]);
    await expect(openBytes(files, "mine", { preprocess, resolution: 96 })).rejects.toThrow(
      /expected 96 rows and 96 columns, received 64 rows and 96 columns/,
    );
  });

  it("rejects labels that are not one a class", async () => {
    const files = zeroFiles(mobilenetV2(options), { "labels.txt": "cat\ndog" });
    await expect(openBytes(files, "pets")).rejects.toThrow(/expected 3 labels.*received 2/);
  });

  it("rebuilds a transfer-learnt head from its dense layers", async () => {
    const graph = mobilenetV2({ ...options, hidden: [16, 8] });
    const model = await openBytes(zeroFiles(graph), "mine", { resolution: 96 });
    expect(inferShapes(model.graph)).toEqual(inferShapes(graph));
    expect(inferShapes(model.graph).get("hidden_2/relu")).toEqual([1, 1, 1, 8]);
  });
});
