import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../test/conformance/error-bound.ts";
import { classifier, detector, picture, segmenter } from "../../test/off-thread/models.ts";
import { sameThread } from "../../test/off-thread/same-thread.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { tinyModel } from "../../test/tflite/tiny-model.ts";
import { preprocess } from "../image/preprocess.ts";
import type { Model } from "../models/model.ts";
import { elementCount } from "../tensor.ts";
import type { NodeValues } from "./named-values.ts";

let eightBit: Model;
beforeAll(async () => {
  eightBit = await openBytes(new Map([["tiny.tflite", tinyModel("uint8")]]), "tiny");
});

const { loaders } = sameThread({});
const image = picture();
/** Both backends, and the kernels on another thread. */
const places = [
  { backend: "wasm" },
  { backend: "reference" },
  { backend: "wasm", threads: 2 },
  { backend: "wasm", worker: true },
] as const;

/** The real input of a network. */
function inputOf(model: Model): Float32Array {
  const { height, width } = model.preprocess;
  const input = new Float32Array(height * width * 3);
  preprocess(image, model.preprocess, input);
  return input;
}

const everyNode = ({ graph }: Model) => graph.nodes.map(({ name }) => ({ node: name }));

describe.each(places)("values inside a network on %o", (place) => {
  it("leave a classifier's answers as they are, bit for bit", async () => {
    for (const model of [classifier(), eightBit]) {
      using plain = await loaders.loadClassifier(model, place);
      using open = await loaders.loadClassifier(model, { ...place, outputs: everyNode(model) });
      const expected = await plain.classify(image, { topK: 5 });
      expect(await open.classify(image, { topK: 5 })).toEqual(expected);
      await open.values(image);
      expect(await open.classify(image, { topK: 5 })).toEqual(expected);
      expect(open.description).toBe(plain.description);
      expect(open.arenaBytes).toBeGreaterThan(plain.arenaBytes);
    }
  });

  it("leave features as they are, bit for bit", async () => {
    const outputs = ["stem", "block_3", "features"];
    using plain = await loaders.loadEmbedder(classifier(), place);
    using open = await loaders.loadEmbedder(classifier(), { ...place, outputs });
    expect(await open.embed(image)).toEqual(await plain.embed(image));
    expect(open.dimensions).toBe(plain.dimensions);
  });

  it("are every node's, within the bound of float32 arithmetic", async () => {
    const model = classifier();
    using open = await loaders.loadClassifier(model, { ...place, outputs: everyNode(model) });
    const values = await open.values(image);
    const expected = evaluate(model.graph, [inputOf(model)]);
    expect(values.map(({ node }) => node)).toEqual(model.graph.nodes.map(({ name }) => name));
    for (const { node, shape, data, quantization } of values) {
      const { value, bound } = expected.get(node)!;
      expect(shape).toEqual(value.shape);
      expect(quantization).toBeUndefined();
      const worst = data.findIndex(
        (real, i) => !(Math.abs(real - value.data[i]!) <= bound.data[i]!),
      );
      expect([node, worst]).toEqual([node, -1]);
    }
  });

  it("are the real numbers that 8 bits stand for, the same bits everywhere", async () => {
    const outputs = everyNode(eightBit);
    using open = await loaders.loadClassifier(eightBit, { ...place, outputs });
    using reference = await loaders.loadClassifier(eightBit, { backend: "reference", outputs });
    const values = await open.values(image);
    expect(values).toEqual(await reference.values(image));
    for (const { node, shape, data, quantization } of values) {
      const known = eightBit.graph.nodes.find(({ name }) => name === node)!;
      expect(quantization).toEqual(known.quantization);
      expect(data).toHaveLength(elementCount(shape));
      const { scale, zeroPoint } = quantization!;
      const isStep = (real: number): boolean =>
        Math.fround(scale * (Math.round(real / scale + zeroPoint) - zeroPoint)) === real;
      expect(data.every(isStep)).toBe(true);
    }
  });
});

describe("values of a detector and a segmenter", () => {
  it("leave boxes and class maps as they are, bit for bit", async () => {
    const outputs = ["input", "block_2", "features", "logits"];
    using plain = await loaders.loadDetector(detector());
    using open = await loaders.loadDetector(detector(), { outputs });
    const settings = { scoreThreshold: 0 };
    expect(await open.detect(image, settings)).toEqual(await plain.detect(image, settings));
    expect((await open.values(image)).map(({ name }) => name)).toEqual(outputs);
    using plainSegmenter = await loaders.loadSegmenter(segmenter());
    using openSegmenter = await loaders.loadSegmenter(segmenter(), { outputs });
    const scoreMap = true;
    const expected = await plainSegmenter.segment(image, { scoreMap });
    expect(await openSegmenter.segment(image, { scoreMap })).toEqual(expected);
    expect((await openSegmenter.values(image)).map(({ name }) => name)).toEqual(outputs);
  });
});

describe("the names of nodes", () => {
  const nodesFor = async (model: Model, outputs: readonly (string | { node: string })[]) => {
    using loaded = await loaders.loadEmbedder(model, { outputs });
    return await loaded.values(image);
  };
  const names = (values: readonly NodeValues[]) => values.map(({ name, node }) => [name, node]);

  it("are short ones or the graph's own", async () => {
    const values = await nodesFor(classifier(), [
      ...["input", "stem", "block_2", "features", "pool", "logits"],
      ...[{ node: "stem" }, "block_2/add"],
    ]);
    expect(names(values)).toEqual([
      ["input", "image"],
      ["stem", "stem/relu6"],
      ["block_2", "block_2/add"],
      ["features", "head/relu6"],
      ["pool", "pool"],
      ["logits", "classifier"],
      ["stem", "stem"],
      ["block_2/add", "block_2/add"],
    ]);
    const [, , block, , , , , again] = values;
    expect(again!.data).toEqual(block!.data);
    expect(again!.data.buffer).not.toBe(block!.data.buffer);
  });

  it("are short in 8-bit files of others, too", async () => {
    const values = await nodesFor(eightBit, ["input", "stem", "block_0", "pool", "logits"]);
    const ops = values.map(
      ({ node }) => eightBit.graph.nodes.find(({ name }) => name === node)!.op,
    );
    expect(ops).toEqual(["input", "conv2d", "add", "globalAveragePool", "conv2d"]);
  });

  it("are checked at loading, and the closest is named", async () => {
    const loading = (outputs: unknown) =>
      loaders.loadClassifier(classifier(), { outputs: outputs as string[] });
    await expect(loading(["blok_3"])).rejects.toMatchObject({
      code: "invalid-argument",
      remedy: "Did you mean block_3?",
    });
    await expect(loading([{ node: "stm" }])).rejects.toMatchObject({
      remedy: "Did you mean stem?",
    });
    await expect(loading(["zzzzzz"])).rejects.toMatchObject({
      remedy: expect.stringMatching(/^Short names here are input, stem, block_0, .*, logits\.$/),
    });
    for (const wrong of ["stem", 3, [3], [null], [{ node: 3 }], {}]) {
      await expect(loading(wrong)).rejects.toMatchObject({ code: "invalid-argument" });
      const there = loaders.loadClassifier(classifier(), {
        worker: true,
        outputs: wrong as string[],
      });
      await expect(there).rejects.toMatchObject({ code: "invalid-argument" });
    }
  });

  it("have to be given at loading", async () => {
    for (const worker of [false, true]) {
      using loaded = await loaders.loadClassifier(classifier(), { worker });
      await expect(loaded.values(image)).rejects.toMatchObject({
        code: "invalid-argument",
        remedy: 'Load the model with { outputs: ["features"] }, say.',
      });
    }
  });
});

describe("calls for values", () => {
  it("end with the model, heed the signal and refuse other options", async () => {
    const loaded = await loaders.loadClassifier(classifier(), { outputs: ["logits"] });
    const abort = AbortSignal.abort();
    await expect(loaded.values(image, { signal: abort })).rejects.toMatchObject({
      code: "aborted",
    });
    const unknown = { topK: 3 } as object;
    await expect(loaded.values(image, unknown)).rejects.toMatchObject({ code: "invalid-argument" });
    loaded.dispose();
    await expect(loaded.values(image)).rejects.toMatchObject({ code: "disposed" });
  });

  it("show where numbers become infinite, which an answer refuses", async () => {
    const model = classifier();
    const parameters = new Map(model.graph.parameters);
    const weights = parameters.get("classifier/weights")!;
    const data = Float32Array.from(weights.data!, () => 3e38);
    parameters.set("classifier/weights", { shape: weights.shape, data });
    const broken = { ...model, graph: { ...model.graph, parameters } };
    using loaded = await loaders.loadClassifier(broken, { outputs: ["pool", "logits"] });
    await expect(loaded.classify(image)).rejects.toMatchObject({ code: "invalid-model" });
    const [pool, logits] = await loaded.values(image);
    expect(pool!.data.every(Number.isFinite)).toBe(true);
    expect(logits!.data.some(Number.isFinite)).toBe(false);
  });
});
