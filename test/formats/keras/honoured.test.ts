/** Settings of layers and of their calls: each is honoured, or refused by its name. */
import { describe, expect, it } from "vitest";
import { ranges } from "../../../src/image/presets.ts";
import { functional, input, type JsonLayer, layer, sequential } from "./keras-json.ts";
import { classifier, dense, open, pool } from "./mean-colour.ts";

describe("what a layer says", () => {
  it("is how a Resizing layer fits pictures of any size", async () => {
    const resized = (config: object, version: unknown = "3.4.1") => {
      const resizing = layer("Resizing", "resize", { height: 8, width: 8, ...config });
      return open(sequential([input([null, null, 3]), resizing, pool, dense]), { version });
    };
    const plain = await resized({});
    expect(plain.preprocess).toMatchObject({ fit: { kind: "stretch" }, centers: "half-pixel" });
    expect(plain.assumptions?.map(({ about }) => about)).not.toContain("fit");
    expect(plain.origin?.notes).toEqual([]);
    const js = await resized({}, "tfjs-layers 4.22.0");
    expect(js.preprocess).toMatchObject({ fit: { kind: "stretch" }, centers: "align-corners" });
    const cropped = await resized({ crop_to_aspect_ratio: true, interpolation: "nearest" });
    expect(cropped.preprocess.fit).toEqual({ kind: "resize-then-crop", shortestEdge: 8 });
    expect(cropped.assumptions?.map(({ about }) => about)).not.toContain("fit");
    expect(cropped.origin?.notes?.join()).toMatch(/cuts the middle out.*first.*nearest.*bilinear/);
    for (const [config, version] of [
      [{ pad_to_aspect_ratio: true }, "3.4.1"],
      [{ crop_to_aspect_ratio: true, width: 10 }, "3.4.1"],
      [{ crop_to_aspect_ratio: true }, "tfjs-layers 4.22.0"],
      [{ antialias: true }, "3.4.1"],
    ] as const) {
      await expect(resized(config, version)).rejects.toThrow(/Resizing "resize": it fits pictures/);
    }
    const stretch = { kind: "stretch" } as const;
    const preprocess = { width: 8, height: 8, fit: stretch, centers: "half-pixel" } as const;
    const padded = layer("Resizing", "resize", { height: 8, width: 8, pad_to_aspect_ratio: true });
    const mine = await open(
      sequential([input([null, null, 3]), padded, pool, dense]),
      { version: "3.4.1" },
      { preprocess: { ...preprocess, ...ranges.bytes } },
    );
    expect(mine.preprocess.fit).toEqual(stretch);
  });

  it("is no smoothing where maps are resized", async () => {
    const smooth = layer("Resizing", "resize", { height: 4, width: 4, antialias: true });
    await expect(open(classifier(smooth), { version: "3.4.1" })).rejects.toThrow(/antialias/);
  });
});

/** A classifier in which a layer is called so; the calls of Keras 2, then those of Keras 3. */
const calledWith = (
  called: JsonLayer,
  given: Readonly<Record<string, unknown>>,
  places: readonly unknown[] = [],
): readonly (readonly [model: unknown, version: string])[] => {
  const whole = functional(
    [
      [input([8, 8, 3])],
      [called, "picture"],
      [pool, String(called.config["name"])],
      [dense, "pool"],
    ],
    [["picture"], ["scores"]],
  );
  const tensor = (name: string) => ({
    class_name: "__keras_tensor__",
    config: { shape: [], dtype: "float32", keras_history: [name, 0, 0] },
  });
  const constants = places.map((value) => ["_CONSTANT_VALUE", -1, value, {}]);
  const call = (newer: boolean) => {
    const copy = structuredClone(whole) as unknown as {
      config: { layers: { inbound_nodes: unknown[] }[] };
    };
    copy.config.layers[1]!.inbound_nodes = newer
      ? [{ args: [tensor("picture"), ...places], kwargs: given }]
      : [[["picture", 0, 0, given], ...constants]];
    return copy;
  };
  return [
    [call(false), "2.15.0"],
    [call(true), "3.4.1"],
  ];
};

describe("what a layer is called with", () => {
  const inner = sequential([input([8, 8, 3], "inner_picture"), layer("Dropout", "d")], "inner");

  it("is training = true of a model inside, which is refused", async () => {
    for (const [model, version] of [
      ...calledWith(inner, { training: true }),
      ...calledWith(inner, {}, [true]),
      ...calledWith(inner, { mask: [1] }),
    ]) {
      await expect(open(model, { version })).rejects.toThrow(
        /Sequential "inner": it is called with "/,
      );
    }
    for (const [model, version] of calledWith(inner, { training: false, mask: null })) {
      await expect(open(model, { version })).resolves.toBeDefined();
    }
  });

  it("is a mask, which no layer reads", async () => {
    for (const [model, version] of calledWith(layer("Softmax", "s"), { mask: [1, 0, 1] })) {
      await expect(open(model, { version })).rejects.toThrow(/"s": it is called with "mask"/);
    }
  });
});

describe("what a function is called with", () => {
  const lambda = (name: string): JsonLayer => layer("TFOpLambda", "f", { function: name });
  const node = (op: string, attr: object, constants?: object): JsonLayer => {
    const text = JSON.stringify({ name: "f", op, input: ["picture"], attr });
    return layer("TensorFlowOpLayer", "f", { node_def: text, constants });
  };
  const real = { T: { type: "DT_FLOAT" }, _output_shapes: { list: {} } };
  const operation = (className: string, config: object): JsonLayer => ({
    ...{ class_name: className, module: "keras.src.ops.nn" },
    config: { name: "f", ...config },
  });

  it.each<[string, JsonLayer, Readonly<Record<string, unknown>>, readonly unknown[], RegExp]>([
    ["a whole type", lambda("cast"), { dtype: "int32" }, [], /casts to.*expected float32.*"int32"/],
    ["a whole type in a place", lambda("cast"), {}, ["uint8"], /casts to.*"uint8"/],
    ["a whole type of a node", node("Cast", { DstT: { type: "DT_INT32" } }), {}, [], /DT_INT32/],
    ["a slope in a place", lambda("nn.leaky_relu"), {}, [0.5], /its argument 2 is not read.*0\.5/],
    ["a setting that is not known", lambda("nn.relu"), { top: 3 }, [], /its "top" is not read.*3/],
    [
      "channels first",
      node("BiasAdd", { ...real, data_format: { s: btoa("NCHW") } }, { 1: [1, 2, 3] }),
      {},
      [],
      /its data format is not read.*NCHW/,
    ],
    [
      "channels first by name",
      lambda("nn.bias_add"),
      { bias: [1, 2, 3], data_format: "NCHW" },
      [],
      /data format.*NCHW/,
    ],
    ["swish of another kind", lambda("nn.silu"), { beta: 2 }, [], /its "beta" is not read.*2/],
    [
      "a constant among maps",
      lambda("concat"),
      { axis: -1 },
      [[1, 2]],
      /reads a constant where tensors are/,
    ],
  ])("is refused by name: %s", async (_, called, given, places, message) => {
    const [model, version] = calledWith(called, given, places)[0]!;
    await expect(open(model, { version })).rejects.toThrow(message);
  });

  const madeBy = async (
    called: JsonLayer,
    given: Readonly<Record<string, unknown>> = {},
    newer = false,
  ) => {
    const [model, version] = calledWith(called, given)[newer ? 1 : 0]!;
    const { graph } = await open(model, { version });
    return graph.nodes.find(({ name }) => name === "f");
  };

  it("is a slope of a node, of an operation or of a call", async () => {
    const slope = { op: "elementwise", function: { kind: "leakyRelu", slope: 0.5 } };
    const attr = { ...real, alpha: { f: 0.5 } };
    expect(await madeBy(node("LeakyRelu", attr))).toMatchObject(slope);
    expect(await madeBy(lambda("nn.leaky_relu"), { alpha: 0.5 })).toMatchObject(slope);
    const own = operation("LeakyReLU", { negative_slope: 0.5 });
    expect(await madeBy(own, {}, true)).toMatchObject(slope);
    await expect(madeBy(operation("LeakyReLU", { more: 1 }), {}, true)).rejects.toThrow(/"more"/);
  });

  it("is a type of real numbers, which changes nothing", async () => {
    const cast = node("Cast", { ...real, DstT: { type: "DT_FLOAT" }, Truncate: { b: false } });
    expect(await madeBy(cast)).toBeUndefined();
    expect(await madeBy(lambda("cast"), { dtype: "float32", name: "c" })).toBeUndefined();
    expect(await madeBy(operation("Cast", { dtype: "float32" }), {}, true)).toBeUndefined();
  });
});

describe("a Normalization", () => {
  it.each([null, [], undefined, -1])(
    "has one mean for all, or one a channel: axis %s",
    async (axis) => {
      const one = { axis, mean: 127.5, variance: 127.5 ** 2 };
      const { preprocess } = await open(classifier(layer("Normalization", "norm", one)));
      expect(preprocess.offset).toEqual(ranges.signed.offset);
    },
  );
});
