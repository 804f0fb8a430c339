import { describe, expect, it } from "vitest";
import { bindWeights } from "../../graph/bind.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/ir.ts";
import type { Rectangle, RgbImage } from "../../image/image.ts";
import { type Preprocess, ranges } from "../../image/presets.ts";
import type { ClassifierModel, DetectorModel, SegmenterModel } from "../../models/model.ts";
import { float32Tensor } from "../../tensor.ts";
import { loaderOptionNames } from "../known-options.ts";
import { createLoaders, type LoaderOptions } from "../loaders.ts";

const edge = 8;
const preprocess: Preprocess = {
  width: edge,
  height: edge,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.unit,
};
const labels = ["red", "green"];

/** Three channels for each pixel of the input: a constant, and how red and how green it is. */
function colours(builder: GraphBuilder): string {
  const input = builder.input("image", [1, edge, edge, 3]);
  const layer = { name: "map", input, kernel: 1, padding: "valid", activation: "none" } as const;
  return builder.conv2d(3, layer);
}

function bind(graph: Graph): Graph {
  const values = new Map([
    ["map/weights", [0, 20, 0, 0, 0, 20, 0, 0, 0]],
    ["map/bias", [10, 0, 0]],
  ]);
  return bindWeights(
    graph,
    new Map(
      [...graph.parameters].map(([name, { shape }]) => {
        const data = new Float32Array(shape.reduce((a, b) => a * b));
        data.set(values.get(name) ?? []);
        return [name, float32Tensor(shape, data)];
      }),
    ),
  );
}

function segmenterModel(names: readonly string[] = ["background", ...labels]): SegmenterModel {
  const builder = new GraphBuilder("colours");
  const graph = bind(builder.build([colours(builder)]));
  return { name: "colours", task: "segment", graph, preprocess, labels: names, features: "map" };
}

function detectorModel(): DetectorModel {
  const builder = new GraphBuilder("spots");
  const graph = bind(builder.build([builder.unary("softmax", "cells", colours(builder))]));
  const detection = { kind: "grid", scoreThreshold: 0.5, maxDetections: 50 } as const;
  return { name: "spots", task: "detect", graph, preprocess, labels, features: "map", detection };
}

function classifierModel(): ClassifierModel {
  const builder = new GraphBuilder("mean");
  const pool = builder.unary("globalAveragePool", "pool", colours(builder));
  const graph = bind(builder.build([builder.unary("softmax", "probabilities", pool)]));
  const names = ["neither", ...labels];
  return { name: "mean", task: "classify", graph, preprocess, labels: names, features: "map" };
}

const loaders = createLoaders<RgbImage, never, LoaderOptions>({
  decode: async (image) => image,
  resolveModel: () => Promise.reject(new Error("nothing to resolve")),
  optionNames: loaderOptionNames,
});
const reference = { backend: "reference" } as const;

/** A black picture with coloured rectangles. */
function picture(
  width: number,
  height: number,
  ...spots: readonly (Rectangle & { readonly channel: 0 | 1 })[]
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (const { x, y, width: across, height: down, channel } of spots) {
    for (let row = y; row < y + down; row++) {
      for (let column = x; column < x + across; column++)
        data[(row * width + column) * 3 + channel] = 255;
    }
  }
  return { width, height, data };
}

const spot = { x: 50, y: 34, width: 4, height: 4, channel: 0 } as const;

describe("detect in tiles", () => {
  it("finds what the whole picture has too small, in the picture's pixels", async () => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    const image = picture(128, 64, spot);
    expect((await detector.detect(image)).detections).toEqual([]);
    const found = await detector.detect(image, { tiles: 16 });
    expect(found).toMatchObject({ width: 128, height: 64 });
    expect(found.detections).toHaveLength(1);
    const [{ label, box }] = found.detections as [(typeof found.detections)[0]];
    expect(label).toBe("red");
    const overlap =
      Math.max(0, Math.min(box.x + box.width, 54) - Math.max(box.x, 50)) *
      Math.max(0, Math.min(box.y + box.height, 38) - Math.max(box.y, 34));
    expect(overlap / (box.width * box.height)).toBeGreaterThan(0.4);
  });

  it("finds once what a seam cuts", async () => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    for (let x = 0; x < 100; x += 5) {
      const image = picture(128, 16, { x, y: 4, width: 10, height: 6, channel: 1 });
      const { detections } = await detector.detect(image, { tiles: { columns: 8, rows: 1 } });
      expect(detections.map(({ label }) => label)).toEqual(["green"]);
      expect(detections[0]!.box.width).toBeGreaterThan(7);
    }
  });

  it.each([[null], [{}], [{ columns: 2 }], [{ columns: 0, rows: 1 }], ["2x2"], [3], [Number.NaN]])(
    "refuses the tiles %o",
    async (tiles) => {
      const detector = await loaders.loadDetector(detectorModel(), reference);
      await expect(
        detector.detect(picture(64, 64), { tiles: tiles as never }),
      ).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(/tiles/),
      });
    },
  );
});

describe("segment in tiles", () => {
  it("sees small things, and the map is the whole picture's", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(), reference);
    const image = picture(128, 64, spot);
    const whole = await segmenter.segment(image);
    const tiled = await segmenter.segment(image, { tiles: 16, scoreMap: true });
    const red = (map: Uint8Array): number => map.filter((index) => index === 1).length;
    expect(red(whole.classMap)).toBe(0);
    expect(Math.abs(red(tiled.classMap) - 16)).toBeLessThan(20);
    expect(tiled.classMap[36 * 128 + 52]).toBe(1);
    expect([tiled.width, tiled.height, tiled.scoreMap?.length]).toEqual([128, 64, 128 * 64]);
  });

  it("shows no seams: a picture of one colour has one class", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(), reference);
    const all = { x: 0, y: 0, width: 97, height: 61, channel: 1 } as const;
    const { classes } = await segmenter.segment(picture(97, 61, all), {
      tiles: { columns: 3, rows: 2 },
    });
    expect(classes.map(({ label, fraction }) => [label, fraction])).toEqual([["green", 1]]);
  });

  it("gives no map of the network's size", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(), reference);
    const wanted = { tiles: "auto", mapSize: "network" } as const;
    await expect(segmenter.segment(picture(8, 8), wanted)).rejects.toThrow(/mapSize beside tiles/);
  });
});

describe("a region", () => {
  const region = { x: 48.3, y: 32.2, width: 7.7, height: 7.8 };

  it("is all that is looked at, and boxes are the whole picture's", async () => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    const image = picture(128, 64, spot, { ...spot, x: 90 });
    const { width, height, detections } = await detector.detect(image, { region });
    expect([width, height]).toEqual([128, 64]);
    expect(detections).toHaveLength(1);
    expect(detections[0]!.box).toEqual({ x: 50, y: 34, width: 4, height: 4 });
  });

  it("has the classes of its own pixels in a map of the whole picture", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(), reference);
    const wanted = { region, scoreMap: true, foreground: ["red"] } as const;
    const found = await segmenter.segment(picture(128, 64, spot), wanted);
    expect(found.area).toEqual({ x: 48, y: 32, width: 8, height: 8 });
    expect(found.classMap.length).toBe(128 * 64);
    expect([...found.classMap.subarray(35 * 128 + 48, 35 * 128 + 56)]).toEqual([
      0, 0, 1, 1, 1, 1, 0, 0,
    ]);
    expect(found.classes.map(({ pixels }) => pixels)).toEqual([48, 16]);
    expect(found.classes[1]!.fraction).toBe(0.25);
    expect(found.foregroundMap![35 * 128 + 51]).toBeGreaterThan(0.9);
    expect(found.foregroundMap![0]).toBe(0);
  });

  it("is surrounded by no class where there is no background", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(["road", ...labels]), reference);
    const { classMap, classes } = await segmenter.segment(picture(32, 32), {
      region: { x: 0, y: 0, width: 8, height: 8 },
    });
    expect([classMap[0], classMap[31]]).toEqual([0, 255]);
    expect(classes.map(({ pixels }) => pixels)).toEqual([64]);
  });

  it("says which part of the picture a map of the network's size covers", async () => {
    const segmenter = await loaders.loadSegmenter(segmenterModel(), reference);
    const found = await segmenter.segment(picture(128, 64, spot), { region, mapSize: "network" });
    expect([found.width, found.height]).toEqual([8, 8]);
    expect(found.area).toEqual({ x: 48, y: 32, width: 8, height: 8 });
  });

  it("counts for every verb, and for values", async () => {
    const classifier = await loaders.loadClassifier(classifierModel(), {
      ...reference,
      outputs: ["input"],
    });
    const image = picture(128, 64, spot);
    const inside = { x: 50, y: 34, width: 4, height: 4 };
    expect((await classifier.classify(image, { region: inside }))[0]!.label).toBe("red");
    expect((await classifier.classify(image))[0]!.label).toBe("neither");
    const [input] = await classifier.values(image, { region: inside });
    expect([...input!.data.subarray(0, 3)]).toEqual([1, 0, 0]);
  });

  it("goes with tiles", async () => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    const part = { x: 40, y: 20, width: 64, height: 40 };
    const { detections } = await detector.detect(picture(128, 64, spot), {
      region: part,
      tiles: 16,
    });
    expect(detections).toHaveLength(1);
    expect(Math.abs(detections[0]!.box.x - 50)).toBeLessThan(3);
  });

  it("is in the original's pixels where the picture is a smaller copy", async () => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    const copy = { ...picture(128, 64, spot), original: { width: 256, height: 128 } };
    const wanted = { region: { x: 96, y: 64, width: 16, height: 16 } };
    const { width, detections } = await detector.detect(copy, wanted);
    expect(width).toBe(256);
    expect(detections[0]!.box).toEqual({ x: 100, y: 68, width: 8, height: 8 });
  });

  it.each([
    [null],
    ["0,0,8,8"],
    [{ x: 0, y: 0, width: 0, height: 8 }],
    [{ x: 0, y: 0, width: Number.NaN, height: 8 }],
    [{ x: 200, y: 0, width: 9, height: 8 }],
    [{ x: -9, y: 0, width: 9, height: 8 }],
  ])("refuses %o", async (bad) => {
    const detector = await loaders.loadDetector(detectorModel(), reference);
    const answer = detector.detect(picture(128, 64), { region: bad as never });
    await expect(answer).rejects.toMatchObject({
      ...{ code: "invalid-argument", message: expect.stringMatching(/region/) },
    });
  });
});
