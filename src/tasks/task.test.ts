import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { RgbImage } from "../image/image.ts";
import { preprocess } from "../image/preprocess.ts";
import { type Fit, type Preprocess, ranges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteAnchors } from "../models/ssdlite.ts";
import { float32Tensor } from "../tensor.ts";
import { loaderOptionNames } from "./known-options.ts";
import { type LoaderOptions, loaderFor } from "./loaders.ts";
import type { LoadedModel, Platform } from "./platform.ts";
import { outputNodes, type TaskOutput, type TaskRow, type TaskTypes } from "./task.ts";
import type { Verb } from "./task-names.ts";
import { tasks } from "./tasks.ts";

const edge = 33;
const preset: Preprocess = {
  width: edge,
  height: edge,
  fit: { kind: "pad", value: 127 },
  centers: "half-pixel",
  ...ranges.signed,
};
const labels = ["a", "b", "c"];
const shape = { width: 0.35, resolution: edge, classes: 3 } as const;

/** A small model of each task with random weights. */
const models: { readonly [T in Model["task"]]: Extract<Model, { task: T }> } = {
  classify: {
    name: "classifier",
    task: "classify",
    graph: withRandomWeights(mobilenetV2(shape)),
    preprocess: preset,
    labels,
    features: "head/relu6",
  },
  detect: {
    name: "detector",
    task: "detect",
    graph: withRandomWeights(ssdlite(shape)),
    preprocess: preset,
    labels,
    features: "head/relu6",
    detection: {
      anchors: ssdliteAnchors([edge, edge]),
      boxCoder: [10, 10, 5, 5],
      scoreThreshold: 0.3,
      iouThreshold: 0.6,
      maxDetections: 10,
    },
  },
  segment: {
    name: "segmenter",
    task: "segment",
    graph: withRandomWeights(deeplabV3(shape)),
    preprocess: preset,
    labels,
    features: "aspp/relu6",
  },
  embed: {
    name: "features",
    task: "embed",
    graph: selectOutputs(withRandomWeights(mobilenetV2(shape)), ["head/relu6"]),
    preprocess: preset,
    labels: [],
    features: "head/relu6",
  },
};

const cases: readonly { readonly verb: Verb; readonly model: Model }[] = [
  { verb: "classify", model: models.classify },
  { verb: "detect", model: models.detect },
  { verb: "segment", model: models.segment },
  { verb: "embed", model: models.embed },
  { verb: "embed", model: models.detect },
];

const picture = {
  width: 50,
  height: 40,
  data: Uint8Array.from({ length: 6000 }, (_, i) => (i * 7919) % 256),
};

const platform: Platform<RgbImage, Model, LoaderOptions> = {
  decode: async (image) => image,
  resolveModel: async (model) => model,
  optionNames: loaderOptionNames,
};

/** A loaded model of any verb. */
type AnyLoaded = LoadedModel &
  Record<Verb, (image: RgbImage, options?: object) => Promise<unknown>>;

async function load(verb: Verb, model: Model): Promise<AnyLoaded> {
  const options = { backend: referenceBackend };
  return (await loaderFor(platform, verb)(model, options)) as unknown as AnyLoaded;
}

/** The row of a verb, for models of any task. */
function rowOf(verb: Verb): TaskRow<TaskTypes> {
  return tasks[verb] as unknown as TaskRow<TaskTypes>;
}

describe.each(cases)("the task $verb", ({ verb, model }) => {
  it("answers from a network's outputs, whoever computed them", async () => {
    const row = rowOf(verb);
    const nodes = outputNodes(model, row.outputs(model));
    const program = compile(selectOutputs(model.graph, nodes), referenceBackend.target);
    const executable = await referenceBackend.prepare(program);
    const { placement } = preprocess(picture, model.preprocess, executable.input());
    executable.run();
    const outputs = program.outputs.map((slot, i) =>
      float32Tensor(slot.shape, executable.output(i)),
    );
    const frame = { image: picture, placement, preprocess: model.preprocess };
    const answer = row.postprocess({ model, outputs, frame }, row.settle(model, {}));
    const loaded = await load(verb, model);
    expect(answer).toEqual(await loaded[verb](picture));
    loaded.dispose();
  });
});

describe.each(cases.filter(({ verb }) => verb !== "embed"))(
  "a loader to $verb",
  ({ verb, model }) => {
    it("refuses a network whose outputs have another shape, naming both", async () => {
      const fewer = { ...model, labels: ["a", "b"] };
      const { role } = rowOf(verb).outputs(fewer).at(-1)!;
      await expect(load(verb, fewer)).rejects.toMatchObject({ code: "invalid-model" });
      await expect(load(verb, fewer)).rejects.toThrow(
        new RegExp(`expected ${role}, 1×\\w+×\\w+×[23], received 1×\\d+×\\d+×[34]`),
      );
    });

    it("refuses a network that lacks an output", async () => {
      const graph = { ...model.graph, outputs: [] };
      const [{ role }] = rowOf(verb).outputs(model) as readonly [TaskOutput];
      await expect(load(verb, { ...model, graph })).rejects.toThrow(
        new RegExp(`expected ${role}, 1×.*, received no such output`),
      );
    });
  },
);

describe("the size of a class map", () => {
  const model = models.segment;
  const { width, height } = model.preprocess;

  it("is that of the input where that is asked for, whatever the picture's", async () => {
    const fit: Fit = { kind: "stretch" };
    const loaded = await load("segment", { ...model, preprocess: { ...model.preprocess, fit } });
    const large = { width: 90, height: 70, data: new Uint8Array(90 * 70 * 3).fill(99) };
    const ofPicture = await loaded.segment(large, { scoreMap: true });
    expect(ofPicture).toMatchObject({ width: 90, height: 70 });
    expect(ofPicture).not.toHaveProperty("area");
    const map = await loaded.segment(large, { mapSize: "network" });
    expect(map).toMatchObject({ width, height });
    expect(Object.keys(map as object)).not.toContain("scoreMap");
    loaded.dispose();
  });

  it("is that of the part that the picture covers, and says which part of it the network saw", async () => {
    const wide = { width: 80, height: 40, data: new Uint8Array(80 * 40 * 3).fill(99) };
    const fitted = async (fit: Fit): Promise<unknown> => {
      const preset = { ...model.preprocess, width, height, fit };
      const loaded = await load("segment", { ...model, preprocess: preset });
      const map = await loaded.segment(wide, { mapSize: "network" });
      loaded.dispose();
      return map;
    };
    const edge = Math.max(width, height);
    expect(await fitted({ kind: "pad", value: 0 })).toMatchObject({
      width,
      height: Math.round((40 * width) / 80),
      area: { x: 0, y: 0, width: 80, height: 40 },
    });
    expect(await fitted({ kind: "resize-then-crop", shortestEdge: edge })).toMatchObject({
      ...{ width, height },
      // Resized to twice as many columns as rows, of which half, rounded down, are passed over.
      area: { x: (Math.floor(edge / 2) * 40) / edge, y: 0, width: 40, height: 40 },
    });
  });

  it("is the same for a picture of the input's size", async () => {
    const loaded = await load("segment", model);
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 256);
    const own = { width, height, data };
    const { area, ...map } = (await loaded.segment(own, { mapSize: "network" })) as {
      readonly area: unknown;
    };
    expect(map).toEqual(await loaded.segment(own));
    expect(area).toEqual({ x: 0, y: 0, width, height });
    loaded.dispose();
  });

  it("is one of two, by name", async () => {
    const loaded = await load("segment", model);
    await expect(loaded.segment(picture, { mapSize: "input" })).rejects.toThrow(
      /bad mapSize.*expected picture or network.*received "?input/,
    );
    loaded.dispose();
  });
});
