/**
 * Networks of Hugging Face transformers and timm, with weights that follow from the order of their names:
 * what their own code computes with PyTorch is what is computed here, whatever their configuration says.
 */
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { ranges } from "../../src/image/presets.ts";
import { elementCount, float32Tensor } from "../../src/tensor.ts";
import { madeFile, open, picture, valuesOf } from "./answers.ts";

interface Made {
  readonly size: number;
  readonly config: Readonly<Record<string, unknown>> | null;
  /** Names by their places in the state_dict; none where that holds a count. */
  readonly order: readonly (string | null)[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly values: readonly number[];
}

const made: Readonly<Record<string, Made>> = JSON.parse(
  gunzipSync(madeFile("made.json.gz")).toString(),
);

/** As `fill` of make.py. */
function weightsOf({ order, shapes }: Made): Uint8Array {
  const tensors = order.flatMap((name, t) => {
    if (name === null) return [];
    const shape = shapes[name]!;
    const inputs = elementCount(shape.slice(1));
    const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => {
      const wave = Math.sin(0.7 * i + t);
      if (name.endsWith("running_var")) return 0.04 + 0.03 * wave;
      if (shape.length > 1) return (wave * 0.8) / Math.sqrt(inputs);
      return name.endsWith("weight") ? 0.3 + 0.1 * wave : 0.2 * wave;
    });
    return [[name, float32Tensor(shape, data)] as const];
  });
  return writeSafetensors({ tensors: new Map(tensors), metadata: { format: "pt" } });
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("transformers and timm", () => {
  it.each(Object.keys(made))("%s", async (name) => {
    const { size, config, values } = made[name]!;
    const files = {
      "model.safetensors": weightsOf(made[name]!),
      ...(config === null ? {} : { "config.json": json({ ...config, image_size: size }) }),
    };
    const model = await open(files, config === null ? { resolution: size } : {});
    const computed = await valuesOf(model, picture(size));
    expect(computed).toHaveLength(values.length);
    const most = Math.max(...values.map(Math.abs));
    // Single precision, in another order of sums.
    const apart = Math.max(...values.map((value, i) => Math.abs(value - computed[i]!) / most));
    expect(apart).toBeLessThan(1e-4);
    expect(model.task).toBe(name.startsWith("segmentation") ? "segment" : "classify");
  });
});

describe("weights of transformers", () => {
  const { size, values, config } = made["classification"]!;
  const weights = weightsOf(made["classification"]!);

  it("have TensorFlow's conventions where nothing says otherwise", async () => {
    const model = await open({ "w.safetensors": weights }, { resolution: size });
    const computed = await valuesOf(model, picture(size));
    expect(Math.abs(computed[0]! - values[0]!)).toBeLessThan(1e-3);
    expect(model.preprocess).toMatchObject(ranges.signed);
    expect(model.assumptions?.map(({ about }) => about)).toContain("padding");
  });

  it("have the names, the scores and the preparation that the files beside them say", async () => {
    const files = {
      "model.safetensors": weights,
      "config.json": json({
        ...config,
        ...{ image_size: size, problem_type: "multi_label_classification" },
        id2label: { 0: "background", 1: "b", 2: "c", 3: "d", 4: "e" },
      }),
      "preprocessor_config.json": json({
        ...{ size: { shortest_edge: 96 }, crop_size: { height: 64, width: 64 }, resample: 2 },
        ...{ do_rescale: true, rescale_factor: 1 / 255, do_normalize: true },
        ...{ image_mean: [0.5, 0.25, 0.5], image_std: [0.5, 0.25, 0.5] },
      }),
    };
    const model = await open(files, {});
    expect(model.labels).toEqual(["background", "b", "c", "d", "e"]);
    expect(model).toMatchObject({ task: "classify", multiLabel: true, assumptions: [] });
    const { scale, offset, ...rest } = model.preprocess;
    const fit = { kind: "resize-then-crop", shortestEdge: 96 };
    expect(rest).toEqual({ width: 64, height: 64, centers: "half-pixel", fit });
    expect(scale[1] * 255 + offset[1]).toBeCloseTo(3, 9);
    expect(offset).toEqual([-1, -1, -1]);
    expect(model.origin?.labels).toBe("config.json, id2label");
    await expect(open(files, { padding: "symmetric" })).rejects.toThrow(/settles "padding" itself/);
    await expect(open(files, { range: "0..1" })).rejects.toThrow(
      /preprocessor_config.json.*settles "range" itself/,
    );
    expect((await open(files, { resolution: 128 })).preprocess.fit).toEqual({
      ...fit,
      shortestEdge: 192,
    });
  });

  it("of another width than config.json says are refused", async () => {
    const wider = json({ ...config, depth_multiplier: 1 });
    await expect(open({ "model.safetensors": weights, "config.json": wider }, {})).rejects.toThrow(
      /another width.*expected 32 channels.*received 8/,
    );
  });
});

describe("weights of timm", () => {
  it("are prepared for as config.json says", async () => {
    const config = {
      ...{
        architecture: "mobilenetv2_110d",
        num_classes: 5,
        label_names: ["a", "b", "c", "d", "e"],
      },
      label_descriptions: { a: "an A" },
      pretrained_cfg: {
        ...{
          input_size: [3, 64, 64],
          interpolation: "bicubic",
          crop_pct: 0.5,
          crop_mode: "center",
        },
        ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      },
    };
    const files = {
      "model.safetensors": weightsOf(made["timm-deeper"]!),
      "config.json": json(config),
    };
    const model = await open(files, {});
    expect(model.labels).toEqual(["an A", "b", "c", "d", "e"]);
    expect(model.preprocess.fit).toEqual({ kind: "resize-then-crop", shortestEdge: 128 });
    for (const part of ["scale", "offset"] as const) {
      for (const [i, value] of model.preprocess[part].entries()) {
        expect(value).toBeCloseTo(ranges.imagenet[part][i]!, 12);
      }
    }
    expect(model.origin?.notes.join()).toContain("bicubic");
    expect(model.assumptions?.map(({ about }) => about)).toEqual(["head"]);
  });
});
