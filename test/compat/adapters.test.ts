/**
 * `mobilenetv2/compat` against what the packages answer themselves (`test/golden/compat.json`, made by
 * `test/golden/make/compat.mjs`): the same calls, the same shapes, the same answers.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cocoSsd,
  type DetectedObject,
  type MobileNet,
  mobilenet,
  type NamedProbability,
  nsfwjs,
} from "../../src/compat/node.ts";
import { MobileNetError } from "../../src/errors.ts";
import { decodeImage } from "../../src/image/decode-node.ts";
import { pullModel, requireModel } from "../parity/models.ts";
import { hubClassifier } from "./hub-classifier.ts";

interface Golden {
  readonly mobilenet: readonly {
    readonly picture: string;
    readonly inputRange?: readonly [number, number];
    readonly classes: readonly NamedProbability[];
    /** Every 50th. */
    readonly logits: readonly number[];
    readonly embedding: readonly number[];
  }[];
  readonly cocoSsd: readonly {
    readonly picture: string;
    readonly maxNumBoxes?: number;
    readonly minScore?: number;
    readonly objects: readonly DetectedObject[];
  }[];
  readonly nsfwjs: readonly {
    readonly picture: string;
    readonly topk?: number;
    readonly classes: readonly NamedProbability[];
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/compat.json", import.meta.url), "utf8"),
);
const readExample = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`../../examples/images/${name}`, import.meta.url));

/** The picture as `tf.browser.fromPixels` gives it, as far as the adapters look. */
async function tensorOf(name: string): Promise<{
  readonly shape: readonly number[];
  data(): Promise<Int32Array>;
}> {
  const { width, height, data } = await decodeImage(await readExample(name));
  return { shape: [height, width, 3], data: async () => Int32Array.from(data) };
}

/** Sums of a few thousand float32 products in another order, through at most 60 layers. */
const close = (actual: number, expected: number, tolerance: number): void =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  );

function sameClasses(
  actual: readonly NamedProbability[],
  expected: readonly NamedProbability[],
): void {
  expect(actual.map(({ className }) => className)).toEqual(expected.map((one) => one.className));
  for (const [i, { probability }] of actual.entries())
    close(probability, expected[i]!.probability, 1e-4);
}

describe("mobilenet", () => {
  const models = new Map<string, MobileNet<unknown>>();
  beforeAll(async () => {
    const modelUrl = hubClassifier().files();
    for (const { inputRange } of golden.mobilenet) {
      const key = String(inputRange);
      if (!models.has(key))
        models.set(key, await mobilenet.load({ version: 2, modelUrl, inputRange }));
    }
  });
  afterAll(() => {
    for (const model of models.values()) model.dispose();
  });

  it.each(golden.mobilenet)(
    "answers as the package: $picture, range $inputRange",
    async (stored) => {
      const model = models.get(String(stored.inputRange))!;
      for (const picture of [await tensorOf(stored.picture), await readExample(stored.picture)]) {
        sameClasses(await model.classify(picture, 4), stored.classes);
      }
      const logits = await model.infer(await tensorOf(stored.picture));
      expect(logits.shape).toEqual([1, 1000]);
      const some = Array.from(logits.dataSync()).filter((_, at) => at % 50 === 0);
      for (const [i, logit] of some.entries()) close(logit, stored.logits[i]!, 1e-5);
      const embedding = await model.infer(await tensorOf(stored.picture), true);
      expect(embedding.shape).toEqual([1, stored.embedding.length]);
      expect(embedding.arraySync()[0]).toHaveLength(embedding.size);
      for (const [i, value] of (await embedding.data()).entries())
        close(value, stored.embedding[i]!, 1e-5);
    },
  );

  it("gives three classes where nothing is said, with ImageNet's long names", async () => {
    const classes = await models.get("undefined")!.classify(await readExample("coffee.png"));
    sameClasses(
      classes,
      golden.mobilenet.find(({ picture }) => picture === "coffee.png")!.classes.slice(0, 3),
    );
  });

  it.each([
    [{ version: 1 }, "not-found"],
    [{ alpha: 0.25 }, "not-found"],
    [{ alpha: "1.0" }, "not-found"],
    [{ inputRange: [1, 0], modelUrl: hubClassifier().files() }, "invalid-argument"],
    [{ inputRange: 3, modelUrl: hubClassifier().files() }, "invalid-argument"],
    [{ width: 1 }, "invalid-argument"],
    [{ modelUrl: { load() {} } }, "invalid-argument"],
  ])("refuses %j by name", async (config, code) => {
    const error = await mobilenet.load(config as object).catch((reason) => reason);
    expect(error).toBeInstanceOf(MobileNetError);
    expect(error.code).toBe(code);
  });

  it.each([
    ["of one channel", { shape: [2, 2, 1], data: async () => [0, 0, 0, 0] }],
    ["of a batch", { shape: [2, 1, 1, 3], data: async () => [0, 0, 0, 0, 0, 0] }],
    ["of fractions", { shape: [1, 1, 3], data: async () => [0.5, 0.25, 1] }],
    ["below 0", { shape: [1, 1, 3], data: async () => [-1, 0, 1] }],
    ["of too few values", { shape: [1, 2, 3], data: async () => [1, 0, 1] }],
  ])("refuses a tensor %s", async (_, tensor) => {
    const error = await models
      .get("undefined")!
      .classify(tensor)
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(MobileNetError);
    expect(error.code).toBe("invalid-image");
  });

  it.each([0, 1.5, "3", Number.NaN])("refuses a topk of %s", async (topk) => {
    const error = await models
      .get("undefined")!
      .classify(await readExample("coffee.png"), topk as number)
      .catch((reason) => reason);
    expect(error.code).toBe("invalid-argument");
  });
});

describe("coco-ssd", () => {
  it("answers as the package", { timeout: 60_000 }, async (context) => {
    const weights = requireModel(await pullModel("ssdlite-coco", "detect"), context);
    expect(weights.task).toBe("detect");
    const model = await cocoSsd.load();
    for (const { picture, maxNumBoxes, minScore, objects } of golden.cocoSsd) {
      const found = await model.detect(await tensorOf(picture), maxNumBoxes, minScore);
      const title = `${picture}, ${maxNumBoxes} boxes, ${minScore}`;
      expect(
        found.map((one) => one.class),
        title,
      ).toEqual(objects.map((one) => one.class));
      for (const [i, { bbox, score }] of found.entries()) {
        close(score, objects[i]!.score, 1e-4);
        for (const [k, edge] of bbox.entries())
          expect(Math.abs(edge - objects[i]!.bbox[k]!), title).toBeLessThan(0.5);
      }
    }
    model.dispose();
  });

  it("refuses a base that is not carried", async () => {
    const error = await cocoSsd.load({ base: "mobilenet_v1" as never }).catch((reason) => reason);
    expect([error.code, error.message]).toEqual([
      "not-found",
      expect.stringContaining("lite_mobilenet_v2"),
    ]);
  });
});

describe("nsfwjs", () => {
  it("answers as the package", { timeout: 60_000 }, async (context) => {
    requireModel(await pullModel("nsfw", "classify"), context);
    const model = await nsfwjs.load();
    for (const { picture, topk, classes } of golden.nsfwjs) {
      sameClasses(await model.classify(await tensorOf(picture), topk), classes);
    }
    const all = await model.infer(await tensorOf("coffee.png"));
    expect(all.shape).toEqual([1, 5]);
    expect(all.dataSync().reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    model.dispose();
  });

  it("refuses models that are not carried", async () => {
    const error = await nsfwjs.load("InceptionV3").catch((reason) => reason);
    expect(error.code).toBe("not-found");
  });
});
