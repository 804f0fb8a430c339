/** What a layers model's topology says is honoured, and what is not read is refused by name. */
import { describe, expect, it } from "vitest";
import { openModel } from "../../../src/formats/open-model.ts";
import { bytesSource } from "../../../src/formats/sources.ts";
import { ranges } from "../../../src/image/presets.ts";
import { functional, input, type JsonLayer, layer, layersFiles, sequential } from "./keras-json.ts";
import { classifier, dense, denseWeights, open, pool } from "./mean-colour.ts";

describe("what a topology says", () => {
  it("is the input's size, and the options are the graph's", async () => {
    const { graph, preprocess } = await open(classifier());
    expect(graph.nodes[0]).toMatchObject({ op: "input", shape: [1, 8, 8, 3] });
    expect(preprocess).toMatchObject({ width: 8, height: 8, ...ranges.signed });
    await expect(open(classifier(), {}, { resolution: 16 })).rejects.toThrow(/"resolution" itself/);
    await expect(open(classifier(), {}, { epsilon: 1e-5 })).rejects.toThrow(/"epsilon" itself/);
  });

  it("leaves an open size to the caller, or to an assumption that is told", async () => {
    const any = sequential([input([null, null, 3]), pool, dense]);
    const assumed = await open(any);
    expect(assumed.graph.nodes[0]).toMatchObject({ shape: [1, 224, 224, 3] });
    expect(assumed.assumptions).toContainEqual({
      about: "resolution",
      assumed: "the input has 224×224 pixels",
      option: "resolution",
    });
    const given = await open(any, {}, { resolution: [32, 48] });
    expect(given.graph.nodes[0]).toMatchObject({ shape: [1, 32, 48, 3] });
    expect(given.assumptions?.map(({ about }) => about)).not.toContain("resolution");
  });

  it("has an open size from a Resizing layer, or from a model inside", async () => {
    const resized = layer("Resizing", "resize", { height: 12, width: 10 });
    const first = await open(sequential([input([null, null, 3]), resized, pool, dense]));
    expect(first.graph.nodes[0]).toMatchObject({ shape: [1, 12, 10, 3] });
    expect(first.graph.nodes.map(({ op }) => op)).not.toContain("resizeBilinear");
    const inner = sequential([input([6, 6, 3]), pool], "inner");
    const second = await open(sequential([input([null, null, 3]), inner, dense]));
    expect(second.graph.nodes[0]).toMatchObject({ shape: [1, 6, 6, 3] });
  });

  it("is the range, in one step or several", async () => {
    const steps = [
      layer("Rescaling", "unit", { scale: 1 / 255 }),
      layer("Normalization", "norm", { axis: -1, mean: [0.5, 0.4, 0.3], variance: [1, 0.25, 4] }),
    ];
    const { preprocess, graph, origin, assumptions } = await open(classifier(...steps));
    expect(origin?.range).toBe('Rescaling "unit" and Normalization "norm"');
    expect(assumptions?.map(({ about }) => about)).not.toContain("range");
    const close = [1 / 255, 2 / 255, 0.5 / 255].map((value) => expect.closeTo(value, 9));
    expect(preprocess.scale).toEqual(close);
    expect(preprocess.offset).toEqual([-0.5, -0.8, -0.15].map((value) => expect.closeTo(value, 9)));
    expect(graph.nodes.map(({ op }) => op)).not.toContain("batchNorm");
    await expect(open(classifier(...steps), {}, { range: "0..1" })).rejects.toThrow(
      /"range" itself/,
    );
  });

  it("is no range where values become larger", async () => {
    const grown = await open(classifier(layer("Rescaling", "grow", { scale: 2, offset: -1 })));
    expect(grown.origin?.range).toBeUndefined();
    expect(grown.graph.nodes.map(({ op }) => op)).toContain("batchNorm");
  });

  it("says that bytes come where something else reads the picture, or moves its pixels first", async () => {
    const both = functional(
      [
        [input([8, 8, 3])],
        [layer("Rescaling", "unit", { scale: 1 / 255 }), "picture"],
        [layer("Add", "sum"), "unit", "picture"],
        [pool, "sum"],
        [dense, "pool"],
      ],
      [["picture"], ["scores"]],
    );
    const unit = { scale: 1 / 255 };
    const moved = Object.entries({
      ...{ Resizing: { height: 6, width: 6 }, CenterCrop: { height: 6, width: 6 } },
      ...{ Cropping2D: { cropping: 1 }, ZeroPadding2D: { padding: 1 } },
      ...{ MaxPooling2D: { pool_size: 2 } },
    }).map(([kind, settings]) =>
      classifier(layer(kind, "moved", settings), layer("Rescaling", "unit", unit)),
    );
    for (const model of [both, ...moved]) {
      const { graph, origin, preprocess } = await open(model);
      expect(origin?.range).toBe('Rescaling "unit"');
      expect(preprocess).toMatchObject(ranges.bytes);
      // The scale stays where it is.
      expect(graph.nodes.map(({ op }) => op)).toContain("batchNorm");
    }
    const later = [
      layer("Activation", "bent", { activation: "relu" }),
      layer("Rescaling", "unit", unit),
    ];
    const bent = await open(sequential([input([8, 8, 3]), ...later, pool, dense]));
    expect(bent.origin?.range).toBeUndefined();
  });

  it("keeps a scale in the graph where the caller prepares pictures for the file's own input", async () => {
    const bytes = { width: 8, height: 8, fit: { kind: "stretch" }, centers: "half-pixel" } as const;
    const preprocess = { ...bytes, ...ranges.bytes };
    const model = classifier(layer("Rescaling", "unit", { scale: 1 / 255 }));
    const { graph } = await open(model, {}, { preprocess });
    expect(graph.nodes.map(({ op }) => op)).toContain("batchNorm");
  });

  it("is bytes where the input takes whole numbers", async () => {
    const whole = layer("InputLayer", "picture", { batch_shape: [null, 8, 8, 3], dtype: "uint8" });
    const { preprocess, origin } = await open(sequential([whole, pool, dense]));
    expect(preprocess).toMatchObject(ranges.bytes);
    expect(origin?.range).toContain("whole numbers");
  });

  it("is one channel", async () => {
    const grey = sequential([input([8, 8, 1]), pool, dense]);
    const weights = { "scores/kernel": [1, 2], "scores/bias": [2] };
    expect((await open(grey, { weights })).preprocess.grey).toBe(1);
  });

  it("means what its version of Keras means: hard_sigmoid", async () => {
    const slope = async (version: unknown) => {
      const activation = layer("Activation", "a", { activation: "hard_sigmoid" });
      const { graph } = await open(classifier(activation), { version });
      const [found] = graph.nodes.filter((node) => node.op === "elementwise");
      return found?.function;
    };
    expect(await slope("2.15.0")).toEqual({ kind: "hardSigmoid", slope: 0.2, offset: 0.5 });
    expect(await slope("tfjs-layers 4.22.0")).toMatchObject({ slope: 0.2 });
    expect(await slope("3.4.1")).toMatchObject({ slope: 1 / 6 });
  });

  it("says who wrote it", async () => {
    const framework = async (version: unknown) =>
      (await open(classifier(), { version })).origin?.framework;
    expect(await framework("2.15.0")).toBe("Keras 2.15.0");
    expect(await framework("tfjs-layers 4.22.0")).toBe("TensorFlow.js layers 4.22.0");
    expect(await framework(null)).toBe("Keras of an unknown version");
    await expect(framework({})).rejects.toThrow(/version of Keras/);
  });
});

describe("weights", () => {
  const found = async (weights: Readonly<Record<string, readonly number[]>>) =>
    (await open(classifier(), { weights })).origin?.notes;

  it.each([
    [{ "model_1/scores/kernel": [3, 2], "model_1/scores/bias": [2] }],
    [{ "scores/kernel:0": [3, 2], "scores/bias:0": [2] }],
    [{ "scores/kernel_1": [3, 2], "scores/bias_1": [2] }],
    [
      {
        "_layer_checkpoint_dependencies/scores/vars/0": [3, 2],
        "_layer_checkpoint_dependencies/scores/vars/1": [2],
      },
    ],
    [{ "scores/cell/kernel": [3, 2], "scores/cell/bias": [2] }],
    [
      {
        "dense_7/kernel": [3, 2],
        "dense_7/bias": [2],
        "dense_8/kernel": [4, 2],
        "dense_8/bias": [2],
      },
    ],
  ])("lead to their layer: %j", async (weights) => {
    await expect(found(weights)).resolves.toBeDefined();
  });

  it.each([
    [
      { "scores/kernel": [3, 2] },
      /Dense "scores": its bias is not among the weights .*received "kernel"/,
    ],
    [
      { "scores/kernel": [4, 2], "scores/bias": [2] },
      /its kernel does not fit .*expected 3×2, received 4×2/,
    ],
    [
      { "a/kernel": [3, 2], "a/bias": [2], "b/kernel": [3, 2], "b/bias": [2] },
      /its kernel is not among the weights .*received "a", "b"/,
    ],
    [{}, /its kernel is not among the weights .*received no weights/],
  ])("are never guessed: %j", async (weights, message) => {
    await expect(found(weights)).rejects.toThrow(message);
  });

  it("of no layer are told", async () => {
    const notes = await found({
      ...denseWeights,
      "left/kernel": [1],
      "seed_generator/seed_generator_state": [2],
    });
    expect(notes).toEqual(['weights of 1 layers are no part of the model: "left"']);
  });

  it("must be finite", async () => {
    await expect(open(classifier(), { value: Number.NaN })).rejects.toThrow(/kernel is not finite/);
  });
});

describe("what is not read is refused by name", () => {
  const convolution = (config: object): JsonLayer =>
    classifier(layer("Conv2D", "conv", { filters: 3, kernel_size: [3, 3], ...config }));
  const twice = functional(
    [
      [input([8, 8, 3])],
      [pool, "picture"],
      [layer("Activation", "a", { activation: "relu" }), "pool"],
      [dense, "a"],
    ],
    [["picture"], ["scores"]],
  );
  const shared = structuredClone(twice) as unknown as {
    config: { layers: { inbound_nodes: unknown[] }[] };
  };
  shared.config.layers[2]?.inbound_nodes.push([["scores", 0, 0, {}]]);

  it.each<readonly [what: string, model: unknown, message: RegExp]>([
    [
      "a layer of the author's",
      classifier(layer("Lambda", "secret")),
      /layers of this class are not read \(Keras 2\.15\.0\).*Lambda "secret"/,
    ],
    [
      "a class of the author's",
      classifier({ ...layer("Conv2D", "conv"), registered_name: "mine>Conv2D" } as JsonLayer),
      /Conv2D "conv": its class is the author's own/,
    ],
    [
      "channels first",
      convolution({ data_format: "channels_first" }),
      /Conv2D "conv": its data format/,
    ],
    ["strides that differ", convolution({ strides: [1, 2] }), /Conv2D "conv": its strides differ/],
    ["causal padding", convolution({ padding: "causal" }), /its padding is not read/],
    [
      "an unknown activation",
      classifier(layer("Activation", "a", { activation: "gelu" })),
      /Activation "a": its activation is not read.*"gelu"/,
    ],
    ["a shared layer", shared, /Activation "a": is shared.*2 calls/],
    [
      "several inputs",
      functional(
        [[input([8, 8, 3])], [input([2], "other")], [pool, "picture"], [dense, "pool"]],
        [["picture", "other"], ["scores"]],
      ),
      /several inputs.*picture, other/,
    ],
    [
      "a cycle",
      functional(
        [[input([8, 8, 3])], [layer("Add", "a"), "b", "picture"], [layer("Dropout", "b"), "a"]],
        [["picture"], ["b"]],
      ),
      /reads its own output/,
    ],
    ["no picture", sequential([input([7]), dense]), /takes no picture.*received 7/],
    ["four channels", sequential([input([8, 8, 4]), pool, dense]), /takes no picture/],
    ["no input", sequential([pool, dense]), /does not say what it takes/],
    ["another kind of model", layer("Pipeline", "p"), /no model of this Keras class.*"Pipeline"/],
    [
      "training",
      functional(
        [
          [input([8, 8, 3])],
          [{ ...layer("Dropout", "d"), inbound_nodes: [] }, "picture"],
          [pool, "d"],
          [dense, "pool"],
        ],
        [["picture"], ["scores"]],
      ),
      /^$/,
    ],
  ])("%s", async (what, model, message) => {
    if (what !== "training") return expect(open(model)).rejects.toThrow(message);
    const layers = (model as { config: { layers: { inbound_nodes: unknown[][][] }[] } }).config
      .layers;
    layers[1]!.inbound_nodes[0]![0]![3] = { training: true };
    return expect(open(model)).rejects.toThrow(/Dropout "d": it is called with training = true/);
  });

  it.each([
    ["Conv2D", { filters: "three", kernel_size: 3 }, /its filters is malformed/],
    ["Conv2D", { filters: 3, kernel_size: [1, 2, 3] }, /its kernel_size is malformed/],
    ["BatchNormalization", { epsilon: "small" }, /its epsilon is malformed/],
    [
      "ZeroPadding2D",
      {
        padding: [
          [1, -1],
          [0, 0],
        ],
      },
      /its padding is malformed/,
    ],
    ["Reshape", { target_shape: [-1, -1] }, /its target_shape is malformed/],
    ["Rescaling", { scale: {} }, /its scale is malformed/],
  ])("%s %j", async (className, config, message) => {
    const weights = {
      "x/gamma": [3],
      "x/beta": [3],
      "x/moving_mean": [3],
      "x/moving_variance": [3],
    };
    const model = classifier(layer(className, "x", config));
    await expect(open(model, { weights: { ...denseWeights, ...weights } })).rejects.toThrow(
      message,
    );
  });
});

describe("Teachable Machine", () => {
  const metadata = {
    packageName: "@teachablemachine/image",
    labels: ["mug", "plant"],
    imageSize: 8,
  };

  it("says labels, range and fit in a file beside the model", async () => {
    const { labels, preprocess, assumptions, origin } = await open(classifier(), {
      extra: { "metadata.json": metadata },
    });
    expect(labels).toEqual(["mug", "plant"]);
    expect(preprocess).toMatchObject({
      fit: { kind: "resize-then-crop", shortestEdge: 8 },
      ...ranges.signed,
    });
    expect(assumptions).toEqual([]);
    expect(origin).toMatchObject({
      labels: "metadata.json",
      range: expect.stringContaining("@teachablemachine/image"),
    });
  });

  it("says what the model takes, layers that scale it included", async () => {
    const halved = classifier(layer("Rescaling", "halved", { scale: 0.5, offset: 0.5 }));
    const { graph, preprocess } = await open(halved, { extra: { "metadata.json": metadata } });
    expect(preprocess).toMatchObject(ranges.signed);
    expect(graph.nodes.map(({ op }) => op)).toContain("batchNorm");
  });

  it("is asked of a server only where the layers are called as its are", async () => {
    const head = layer("Dense", "dense_Dense1", {
      units: 2,
      activation: "softmax",
      use_bias: false,
    });
    const made = sequential([sequential([input([8, 8, 3]), pool], "a"), sequential([head], "b")]);
    const asked: string[] = [];
    const openFrom = (model: unknown, extra: Readonly<Record<string, unknown>>) => {
      const weights = { "dense_Dense1/kernel": [3, 2], ...denseWeights };
      const source = bytesSource(layersFiles(model, { weights, extra }));
      const read: typeof source.read = (path, ...rest) => {
        asked.push(path);
        return source.read(path, ...rest);
      };
      const server = { ...source, paths: ["model.json"], read, readFirst: async () => undefined };
      return openModel(server, { name: "mine" });
    };
    const { labels } = await openFrom(made, { "metadata.json": metadata });
    expect(labels).toEqual(["mug", "plant"]);
    const without = await openFrom(made, {});
    expect(without.assumptions?.map(({ about }) => about)).toEqual(["range", "fit", "labels"]);
    asked.length = 0;
    await openFrom(classifier(), { "metadata.json": metadata });
    expect(asked).toEqual(["model.json", "weights.bin"]);
  });

  it("is believed about pictures only where it names its library", async () => {
    const other = { labels: ["mug", "plant"] };
    const { labels, assumptions } = await open(classifier(), { extra: { "metadata.json": other } });
    expect(labels).toEqual(["mug", "plant"]);
    expect(assumptions?.map(({ about }) => about)).toEqual(["range", "fit"]);
  });

  it.each([
    [{ ...metadata, imageSize: 96 }, /the size of pictures does not fit/],
    [{ ...metadata, labels: [1, 2] }, /labels are no list of texts/],
    [{ ...metadata, labels: ["mug"] }, /the labels do not fit/],
  ])("is refused where it does not fit: %j", async (json, message) => {
    await expect(open(classifier(), { extra: { "metadata.json": json } })).rejects.toThrow(message);
  });
});
