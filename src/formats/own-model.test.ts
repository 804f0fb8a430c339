/** Models of our own: written and read back, and descriptions that lie. */
import { describe, expect, it } from "vitest";
import { openBytes } from "../../test/open-bytes.ts";
import type { Network } from "../graph/ir.ts";
import { ranges } from "../image/presets.ts";
import { bottleneckResnet } from "../models/bottleneck-resnet.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { cifarStrides, type MobileNetV2Options, mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import type { ModelFiles } from "./files.ts";
import { openModel } from "./open-model.ts";
import { type TrainedModel, writeTrainedModel } from "./own-model.ts";
import { bytesSource } from "./sources.ts";

const built = mobilenetV2({ width: 0.35, resolution: 32, classes: 3, strides: cifarStrides });
const { architecture } = built;
const preprocess = {
  width: 32,
  height: 32,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
} as const;
const model: TrainedModel = { architecture, preprocess, labels: ["a", "b", "c"] };
const weights = new Map(
  [...built.parameters].map(([name, { shape }], index): [string, Tensor] => [
    name,
    { dtype: "float32", shape, data: new Float32Array(elementCount(shape)).fill(index / 100) },
  ]),
);
const files = writeTrainedModel(model, weights);

const tiny = { width: 0.1, resolution: 32, classes: 3 } as const;

/** A small value for each of a network's parameters. */
function valuesOf({ parameters }: Network): ReadonlyMap<string, Tensor> {
  return new Map(
    [...parameters].map(([name, { shape }]): [string, Tensor] => [
      name,
      { dtype: "float32", shape, data: new Float32Array(elementCount(shape)).fill(0.01) },
    ]),
  );
}

function modelOf(network: Network): TrainedModel {
  return { ...model, architecture: network.architecture };
}

/** The files with parts of model.json replaced. */
function changed(change: (json: Record<string, unknown>) => void): ModelFiles {
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  change(json);
  return new Map([...files, ["model.json", new TextEncoder().encode(JSON.stringify(json))]]);
}

describe("a model of our own", () => {
  it("comes back with weights, strides, preprocessing and labels", async () => {
    const read = await openBytes(files, "mine");
    expect(read).toMatchObject({
      name: "mine",
      task: "classify",
      preprocess,
      labels: ["a", "b", "c"],
    });
    expect(read.graph.nodes).toEqual(built.nodes);
    for (const [name, { data }] of weights)
      expect(read.graph.parameters.get(name)?.data).toEqual(data);
  });

  it("is read where its file leaves out what once had one value", async () => {
    const old = changed(({ architecture: all }) => {
      for (const name of ["network", "task", "outputStride", "hidden"]) {
        expect(delete (all as Record<string, unknown>)[name]).toBe(true);
      }
    });
    expect((await openBytes(old, "old")).graph.architecture).toEqual(architecture);
  });

  it("says the hash of its weights, and is refused with others", async () => {
    const other = new Uint8Array(files.get("model.safetensors")!);
    other[other.length - 1]! ^= 1;
    const swapped = new Map([...files, ["model.safetensors", other] as const]);
    await expect(openBytes(swapped, "mine")).rejects.toMatchObject({ code: "integrity" });
    const old = changed((json) => expect(delete json["weightsSha256"]).toBe(true));
    expect((await openBytes(new Map([...swapped, ...[...old].slice(1)]), "old")).name).toBe("old");
  });

  it("is the model that its weights' file means too", async () => {
    const source = bytesSource(files);
    const named = { ...source, paths: ["model.safetensors"] };
    const { labels, graph } = await openModel(named, { name: "mine" });
    expect(labels).toEqual(["a", "b", "c"]);
    expect(graph.architecture).toEqual(architecture);
  });

  it("has the dense layers and the dilation of its network", async () => {
    const options = { width: 0.1, resolution: 32, classes: 3, hidden: [8, 4], outputStride: 16 };
    const network = mobilenetV2(options as MobileNetV2Options);
    const zeros = new Map(
      [...network.parameters].map(([name, { shape }]): [string, Tensor] => [
        name,
        { dtype: "float32", shape, data: new Float32Array(elementCount(shape)).fill(1) },
      ]),
    );
    const written = writeTrainedModel({ ...model, architecture: network.architecture }, zeros);
    const read = await openBytes(written, "deep");
    expect(read.graph.nodes).toEqual(network.nodes);
    expect(read.graph.architecture).toEqual(network.architecture);
  });

  it.each<readonly [string, Network, 1 | 2]>([
    ["MobileNetV2", mobilenetV2(tiny), 1],
    ["nonlinear bottlenecks", mobilenetV2({ ...tiny, block: { nonlinear: true } }), 2],
    ["shortcuts between expansions", mobilenetV2({ ...tiny, block: { shortcut: "expansion" } }), 2],
    ["no shortcuts", mobilenetV2({ ...tiny, block: { shortcut: "none", expansion: 2 } }), 2],
    ["MobileNetV1", mobilenetV1(tiny), 2],
    ["ResNet's bottlenecks", bottleneckResnet({ ...tiny, epsilon: 1e-5 }), 2],
    ["SSDLite", ssdlite({ ...tiny, block: { nonlinear: true } }), 2],
    ["plain SSD", ssdlite({ ...tiny, predictors: "full" }), 2],
    ["DeepLabv3", deeplabV3({ ...tiny, aspp: true, outputStride: 8, padding: "symmetric" }), 2],
  ])("of %s is read for its task, in the least version that can", async (_, network, version) => {
    const read = await openBytes(writeTrainedModel(modelOf(network), valuesOf(network)), "any");
    expect(read.task).toBe(network.architecture.task);
    expect(read.graph.architecture).toEqual(network.architecture);
    expect(read.graph.nodes).toEqual(network.nodes);
    expect(read.features).toBe(network.landmarks.features);
    expect(read.labels).toEqual(["a", "b", "c"]);
    const json = writeTrainedModel(modelOf(network), new Map()).get("model.json");
    const { task } = network.architecture;
    expect(JSON.parse(new TextDecoder().decode(json))).toMatchObject({ version, task });
  });

  it("has a detector's settings, or the published ones where it names none", async () => {
    const network = ssdlite(tiny);
    const usual = ssdliteDetection([32, 32]);
    const said = { ...usual, scoreThreshold: 0.25, iouThreshold: 0.45, clip: false };
    const listed = { ...said, anchors: { boxes: Float32Array.of(0.5, 0.5, 0.25, 0.25) } };
    for (const detection of [undefined, said, listed]) {
      const files = writeTrainedModel({ ...modelOf(network), detection }, valuesOf(network));
      expect(await openBytes(files, "any")).toMatchObject({ detection: detection ?? usual });
    }
    const other = { ...model, detection: usual };
    expect(() => writeTrainedModel(other, new Map())).toThrow(/no settings of a detector/);
    const odd = { ...modelOf(network), detection: { ...usual, anchors: { boxes: 3 } } };
    expect(() => writeTrainedModel(odd as never, new Map())).toThrow(/bad detection/);
  });

  it("is refused where a detector's settings lie", async () => {
    const network = ssdlite(tiny);
    const files = writeTrainedModel(modelOf(network), valuesOf(network));
    const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
    const lie = new TextEncoder().encode(JSON.stringify({ ...json, detection: { anchors: 3 } }));
    await expect(openBytes(new Map([...files, ["model.json", lie]]), "x")).rejects.toMatchObject({
      code: "invalid-model",
      message: expect.stringContaining("bad settings of a detector"),
    });
  });

  it("takes other labels, one a class, and no other option", async () => {
    const labels = ["x", "y", "z"];
    expect((await openBytes(files, "mine", { labels })).labels).toEqual(labels);
    await expect(openBytes(files, "mine", { labels: ["x"] })).rejects.toThrow(
      /labels do not fit the model: expected 3 labels.*received 1/,
    );
    for (const option of [{ preprocess }, { resolution: 64 }, { epsilon: 1 }]) {
      await expect(openBytes(files, "mine", option)).rejects.toMatchObject({
        code: "invalid-argument",
        received: Object.keys(option)[0],
      });
    }
  });

  it("asks for no more bytes than its weights have", async () => {
    const source = bytesSource(files);
    const limits = new Map<string, number>();
    await openModel(
      {
        ...source,
        read: (path, budget, signal) => {
          limits.set(path, budget.limit);
          return source.read(path, budget, signal);
        },
      },
      { name: "mine" },
    );
    const asked = limits.get("model.safetensors") ?? 0;
    const size = files.get("model.safetensors")?.length ?? 0;
    expect(asked).toBeGreaterThanOrEqual(size);
    expect(asked).toBeLessThan(size + 2 ** 20);
  });

  it.each<[string, (json: Record<string, unknown>) => void]>([
    ["a path out of the folder", (json) => Object.assign(json, { weights: "../x.safetensors" })],
    ["another version", (json) => Object.assign(json, { version: 3 })],
    ["no version", (json) => expect(delete json["version"]).toBe(true)],
    [
      "a network of another task",
      (json) => Object.assign(json, { version: 2, architecture: ssdlite(tiny).architecture }),
    ],
    [
      "an argument that this version does not know",
      (json) => Object.assign(json, { architecture: { ...architecture, attention: true } }),
    ],
    [
      "blocks of no kind",
      (json) => Object.assign(json, { architecture: { ...architecture, block: { t: 3 } } }),
    ],
    [
      "half an architecture",
      (json) => Object.assign(json, { version: 2, architecture: { network: "mobilenet-v2" } }),
    ],
    ["another task", (json) => Object.assign(json, { task: "detect" })],
    [
      "a huge resolution",
      (json) => Object.assign(json, { architecture: { ...architecture, resolution: [1e9, 1] } }),
    ],
    [
      "no classes",
      (json) => Object.assign(json, { architecture: { ...architecture, classes: 0 } }),
    ],
    [
      "bad strides",
      (json) => Object.assign(json, { architecture: { ...architecture, strides: [1, 2] } }),
    ],
    [
      "strides of 3",
      (json) =>
        Object.assign(json, { architecture: { ...architecture, strides: Array(8).fill(3) } }),
    ],
    [
      "another network",
      (json) => Object.assign(json, { architecture: { ...architecture, network: "ssdlite" } }),
    ],
    [
      "a dense layer of no channels",
      (json) => Object.assign(json, { architecture: { ...architecture, hidden: [0] } }),
    ],
    [
      "a width that is text",
      (json) => Object.assign(json, { architecture: { ...architecture, width: "1" } }),
    ],
    ["too few labels", (json) => Object.assign(json, { labels: ["a"] })],
    [
      "another input size",
      (json) => Object.assign(json, { preprocess: { ...preprocess, width: 64 } }),
    ],
    [
      "an unknown fit",
      (json) => Object.assign(json, { preprocess: { ...preprocess, fit: { kind: "x" } } }),
    ],
    [
      "weights of another width",
      (json) => Object.assign(json, { architecture: { ...architecture, width: 1 } }),
    ],
  ])("is refused with %s", async (_, change) => {
    await expect(openBytes(changed(change), "x")).rejects.toThrow(
      expect.objectContaining({ code: "invalid-model" }),
    );
  });
});
