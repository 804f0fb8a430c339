import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { bindWeights } from "../graph/bind.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/ir.ts";
import type { RgbImage } from "../image/image.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import type {
  AnchorSettings,
  ClassifierModel,
  DetectionSettings,
  DetectorModel,
  Model,
  SegmenterModel,
} from "../models/model.ts";
import { float32Tensor } from "../tensor.ts";
import { loaderOptionNames } from "./known-options.ts";
import { createLoaders, type LoaderOptions } from "./loaders.ts";

const preprocess: Preprocess = {
  width: 2,
  height: 2,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.unit,
};

/** A layer whose bias is its output, and whose weights add `factor` times the input channel. */
function layer(builder: GraphBuilder, name: string, input: string, channels: number): string {
  return builder.conv2d(channels, { name, input, kernel: 1, padding: "valid", activation: "none" });
}

function bind(graph: Graph, values: Record<string, readonly number[]>): Graph {
  return bindWeights(
    graph,
    new Map(
      [...graph.parameters].map(([name, { shape }]) => {
        const data = new Float32Array(shape.reduce((a, b) => a * b));
        data.set(values[name] ?? []);
        return [name, float32Tensor(shape, data)];
      }),
    ),
  );
}

/** Logits are ten times the mean colour. */
function tinyClassifier(): ClassifierModel {
  const builder = new GraphBuilder("colour");
  const input = builder.input("image", [1, 2, 2, 3]);
  const features = layer(builder, "features", input, 3);
  const logits = layer(builder, "logits", builder.unary("globalAveragePool", "pool", features), 3);
  const graph = bind(builder.build([builder.unary("softmax", "probabilities", logits)]), {
    "features/weights": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "logits/weights": [10, 0, 0, 0, 10, 0, 0, 0, 10],
  });
  const labels = ["red", "green", "blue"];
  return { name: "colour", task: "classify", graph, preprocess, labels, features: "features" };
}

/** Three anchors in the middle; whatever the picture, the first is a "box" and the last a "bar". */
function tinyDetector(): DetectorModel {
  const builder = new GraphBuilder("middle");
  const pool = builder.unary("globalAveragePool", "pool", builder.input("image", [1, 2, 2, 3]));
  const boxes = builder.reshape("boxes", layer(builder, "box_layer", pool, 12), [3, 1, 4]);
  const logits = builder.reshape("logits", layer(builder, "class_layer", pool, 9), [3, 1, 3]);
  const graph = bind(builder.build([boxes, builder.unary("sigmoid", "scores", logits)]), {
    "class_layer/bias": [0, 3, -9, 0, -9, -9, 0, -9, 2],
  });
  return {
    name: "middle",
    task: "detect",
    graph,
    preprocess,
    labels: ["box", "bar"],
    features: "pool",
    detection: {
      anchors: {
        featureMaps: [[1, 1]],
        minScale: 0.4,
        maxScale: 0.9,
        aspectRatios: [1],
        reduceBoxesInLowestLayer: true,
      },
      boxCoder: [10, 10, 5, 5],
      scoreThreshold: 0.5,
      iouThreshold: 0.6,
      maxDetections: 10,
    },
  };
}

/** Each pixel's class is its largest channel. */
function tinySegmenter(): SegmenterModel {
  const builder = new GraphBuilder("channels");
  const logits = layer(builder, "logits", builder.input("image", [1, 2, 2, 3]), 3);
  const graph = bind(builder.build([logits]), {
    "logits/weights": [10, 0, 0, 0, 10, 0, 0, 0, 10],
  });
  const labels = ["red", "green", "blue"];
  return { name: "channels", task: "segment", graph, preprocess, labels, features: "logits" };
}

const models: Record<string, Model> = {
  colour: tinyClassifier(),
  middle: tinyDetector(),
  channels: tinySegmenter(),
};

const loaders = createLoaders<RgbImage, string, LoaderOptions>({
  decode: async (image) => image,
  resolveModel: async (name) => models[name]!,
  optionNames: loaderOptionNames,
});

/** Options as a program without types may give them. */
const untyped = (options: object): Record<never, never> => options;

function plain(color: readonly number[], width = 4, height = 2): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => color[i % 3]!);
  return { width, height, data };
}

const backend = referenceBackend;
const blue = plain([0, 0, 255]);
const red = plain([255, 0, 0]);

describe("a classifier", () => {
  it("names the most likely classes first", async () => {
    using classifier = await loaders.loadClassifier("colour", { backend });
    const [first, second, ...others] = await classifier.classify(blue, { topK: 2 });
    expect(first).toMatchObject({ label: "blue", index: 2 });
    // Softmax of 10, 0, 0.
    expect(first?.score).toBeCloseTo(1 / (1 + 2 * Math.exp(-10)), 6);
    expect(second?.label).toBe("red");
    expect(others).toEqual([]);
  });

  it("refuses a topK that is no count", async () => {
    using classifier = await loaders.loadClassifier("colour", { backend });
    await expect(classifier.classify(blue, { topK: 0 })).rejects.toThrow(/topK/);
  });

  it("keeps calls that overlap apart", async () => {
    using classifier = await loaders.loadClassifier("colour", { backend });
    const pictures = [blue, red, blue, red, red];
    const results = await Promise.all(pictures.map((picture) => classifier.classify(picture)));
    const labels = results.map(([best]) => best?.label);
    expect(labels).toEqual(["blue", "red", "blue", "red", "red"]);
  });
});

describe("a network whose sums overflow", () => {
  it.each(["reference", "wasm"] as const)("is an error on %s, not an empty answer", async (on) => {
    const model = tinyClassifier();
    const huge = new Float32Array(9).fill(3e38);
    const parameters = new Map(model.graph.parameters);
    parameters.set("features/weights", { shape: [1, 1, 3, 3], data: huge });
    const damaged = { ...model, graph: { ...model.graph, parameters } };
    using classifier = await loaders.loadClassifier(damaged, { backend: on });
    await expect(classifier.classify(plain([255, 255, 255]))).rejects.toMatchObject({
      code: "invalid-model",
      node: "colour",
    });
    using embedder = await loaders.loadEmbedder(damaged, { backend: on });
    await expect(embedder.embed(plain([255, 255, 255]))).rejects.toThrow(/no number/);
  });
});

describe("a detector", () => {
  it("gives boxes in pixels of the picture", async () => {
    using detector = await loaders.loadDetector("middle", { backend });
    const { width, height, detections } = await detector.detect(plain([0, 0, 0], 100, 50));
    expect([width, height]).toEqual([100, 50]);
    expect(detections.map(({ label, index }) => [label, index])).toEqual([
      ["box", 0],
      ["bar", 1],
    ]);
    // The first anchor: a square of 0.1 in the middle.
    const { box, score } = detections[0]!;
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    for (const [value, expected] of [
      [box.x, 45],
      [box.y, 22.5],
      [box.width, 10],
      [box.height, 5],
    ] as const) {
      expect(value).toBeCloseTo(expected, 4);
    }
  });

  it("filters classes by label or index", async () => {
    using detector = await loaders.loadDetector("middle", { backend });
    for (const name of ["bar", 1]) {
      const { detections } = await detector.detect(red, { classes: [name] });
      expect(detections.map(({ label }) => label)).toEqual(["bar"]);
    }
    await expect(detector.detect(red, { classes: ["unicorn"] })).rejects.toThrow(/"unicorn"/);
  });

  it.each([{ scoreThreshold: 2 }, { iouThreshold: -1 }, { maxDetections: 0.5 }])(
    "refuses %o",
    async (options) => {
      using detector = await loaders.loadDetector("middle", { backend });
      await expect(detector.detect(red, options)).rejects.toThrow(Object.keys(options)[0]!);
    },
  );

  it("refuses a network whose outputs do not fit the anchors", async () => {
    const { detection: own, ...model } = tinyDetector();
    const detection = own as DetectionSettings;
    const featureMaps = [[2, 2]] as const;
    const anchors = { ...(detection.anchors as AnchorSettings), featureMaps };
    const misfit = { ...model, detection: { ...detection, anchors } };
    await expect(loaders.loadDetector(misfit, { backend })).rejects.toThrow(
      /expected box encodings of 12 anchors, 1×12×1×4, received 1×3×1×4/,
    );
  });
});

describe("a segmenter", () => {
  it("gives each pixel of the picture a class, whatever the network's size", async () => {
    using segmenter = await loaders.loadSegmenter("channels", { backend });
    const data = new Uint8Array(8 * 2 * 3);
    for (let i = 0; i < 16; i++) data[i * 3 + (i % 8 < 4 ? 0 : 2)] = 255;
    const result = await segmenter.segment({ width: 8, height: 2, data });
    expect([...result.classMap]).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 0, 0, 2, 2, 2, 2]);
    expect(result.classes).toMatchObject([
      { label: "red", index: 0, pixels: 8, fraction: 0.5 },
      { label: "blue", index: 2, pixels: 8, fraction: 0.5 },
    ]);
    expect(result).not.toHaveProperty("scoreMap");
  });

  it("gives every pixel's probability on request", async () => {
    using segmenter = await loaders.loadSegmenter("channels", { backend });
    const { classes, scoreMap } = await segmenter.segment(blue, { scoreMap: true });
    expect(scoreMap).toHaveLength(8);
    const certain = 1 / (1 + 2 * Math.exp(-10));
    expect(scoreMap?.[3]).toBeCloseTo(certain, 6);
    expect(classes[0]?.score).toBeCloseTo(certain, 6);
  });
});

describe("an embedder", () => {
  it.each(["colour", "channels"])("averages the features of %s", async (name) => {
    using embedder = await loaders.loadEmbedder(name, { backend });
    expect(embedder.dimensions).toBe(3);
    const scale = name === "colour" ? 1 : 10;
    expect([...(await embedder.embed(red))]).toEqual([scale, 0, 0]);
    expect([...(await embedder.embed(red, { normalize: true }))]).toEqual([1, 0, 0]);
  });
});

describe("every loaded model", () => {
  it("tells its name, task and labels", async () => {
    using model = await loaders.loadClassifier("colour", { backend });
    expect(model).toMatchObject({
      name: "colour",
      task: "classify",
      labels: ["red", "green", "blue"],
      description: expect.stringContaining("reference"),
    });
    expect(model.arenaBytes).toBeGreaterThan(0);
  });

  it("refuses work once disposed, also while a picture is decoded", async () => {
    const model = await loaders.loadClassifier("colour", { backend });
    const late = model.classify(red);
    model.dispose();
    model.dispose();
    await expect(late).rejects.toMatchObject({ code: "disposed" });
    await expect(model.classify(red)).rejects.toMatchObject({ code: "disposed" });
  });

  it("stops at an aborted signal", async () => {
    const signal = AbortSignal.abort();
    const aborted = { code: "aborted" };
    await expect(loaders.loadClassifier("colour", { backend, signal })).rejects.toMatchObject(
      aborted,
    );
    using model = await loaders.loadClassifier("colour", { backend });
    await expect(model.classify(red, { signal })).rejects.toMatchObject(aborted);
  });

  it("is loaded by its own loader, which the error names", async () => {
    const wrong = loaders.loadDetector("colour", { backend });
    await expect(wrong).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(wrong).rejects.toThrow(
      /expected a detector, received a classifier.*loadClassifier/,
    );
  });

  it("may be given as a model instead of a name", async () => {
    using model = await loaders.loadSegmenter(tinySegmenter(), { backend });
    expect(model.name).toBe("channels");
  });
});

describe("an option of reading a model", () => {
  it("is refused where the model is read already", async () => {
    const options = { labels: ["r", "g", "b"] } as LoaderOptions;
    const { loadClassifier: load } = createLoaders<RgbImage, string, LoaderOptions>({
      decode: async (image) => image,
      resolveModel: async () => tinyClassifier(),
      optionNames: { ...loaderOptionNames, labels: true } as typeof loaderOptionNames,
    });
    await expect(load(tinyClassifier(), options)).rejects.toThrow(/settles "labels" itself/);
    (await load("colour", options)).dispose();
  });
});

describe("a misspelt option", () => {
  const refused = (hint: string) => ({
    code: "invalid-argument",
    message: expect.stringContaining(hint),
  });

  it("of a task is refused with the closest there is, else with all", async () => {
    using classifier = await loaders.loadClassifier("colour", { backend });
    await expect(classifier.classify(red, untyped({ topk: 2 }))).rejects.toMatchObject(
      refused("Did you mean topK?"),
    );
    using detector = await loaders.loadDetector("middle", { backend });
    await expect(detector.detect(red, untyped({ scoreTh: 5 }))).rejects.toMatchObject(
      refused("Did you mean scoreThreshold?"),
    );
    await expect(detector.detect(red, untyped({ score: 5 }))).rejects.toMatchObject(
      refused("It has scoreThreshold, "),
    );
    using segmenter = await loaders.loadSegmenter("channels", { backend });
    await expect(segmenter.segment(red, untyped({ zoom: 2 }))).rejects.toMatchObject(
      refused(
        "It has scoreMap, mapSize, tiles, foreground, maxPixels, maxEdge, maxDecodeBytes, decode, transfer, region, signal.",
      ),
    );
    using embedder = await loaders.loadEmbedder("colour", { backend });
    await expect(embedder.embed(red, untyped({ normalise: true }))).rejects.toMatchObject(
      refused("Did you mean normalize?"),
    );
  });

  it("of a loader is refused before a model is looked for", async () => {
    const misspelt = untyped({ backends: "wasm" });
    for (const load of Object.values(loaders)) {
      await expect(load("nowhere", misspelt)).rejects.toMatchObject(
        refused("Did you mean backend?"),
      );
    }
  });
});

describe("pictures that are promises", () => {
  it("fail by themselves, before their turn too", async () => {
    using classifier = await loaders.loadClassifier("colour", { backend: "reference" });
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const outcomes = classifier.classifyEach([red, Promise.reject(new Error("no"))]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const found: unknown[] = [];
      for await (const { result, error } of outcomes) found.push(result?.[0]?.label ?? error?.code);
      expect(found).toEqual(["red", "io"]);
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
