/** Settings of layers and of their calls: each is honoured, or refused by its name. */
import { describe, expect, it } from "vitest";
import type { ModelOptions } from "../../../src/formats/model-options.ts";
import { ranges } from "../../../src/image/presets.ts";
import { openBytes } from "../../open-bytes.ts";
import { functional, input, type JsonLayer, layer, layersFiles, sequential } from "./keras-json.ts";

const dense = layer("Dense", "scores", { units: 2, activation: "softmax" });
const pool = layer("GlobalAveragePooling2D", "pool");
const denseWeights = { "scores/kernel": [3, 2], "scores/bias": [2] };

/** A classifier of the mean colour, with layers in front. */
const classifier = (...front: readonly JsonLayer[]): JsonLayer =>
  sequential([input([8, 8, 3]), ...front, pool, dense]);

const open = (
  model: unknown,
  more: Parameters<typeof layersFiles>[1] = {},
  options: ModelOptions = {},
) => openBytes(layersFiles(model, { weights: denseWeights, ...more }), "mine", options);

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
