/**
 * The hub's 8-bit models through the tasks, from the folder with their published files: answers
 * against those of LiteRT.js on the same bytes, and the names that people would give.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { ClassifierModel } from "../../src/models/model.ts";
import { loadClassifier, loadEmbedder, loadModel, loadSegmenter } from "../../src/tasks/node.ts";
import { floatNetwork } from "../../src/train/float-network.ts";
import {
  hasSharedGolden,
  largestDifference,
  readBytes,
  readImage,
  titleWithSharedGolden,
} from "./shared-golden.ts";

const shared = fileURLToPath(new URL("../../../shared/", import.meta.url));
const present = hasSharedGolden && existsSync(join(shared, "models"));
const cacheDirectory = mkdtempSync(join(tmpdir(), "mobilenetv2-quantized-"));

/** Nothing from the network, and an 8-bit backend whichever is the best there is. */
const options = {
  cacheDirectory,
  modelDirectories: [join(shared, "models")],
  offline: true,
  onWarning: () => undefined,
};

const all = process.env["PARITY"] === "all";

afterAll(() => rmSync(cacheDirectory, { recursive: true }));

describe.skipIf(!present)(titleWithSharedGolden("imagenet"), () => {
  const outputs = "classification-quant/outputs/mobilenet_v2_1.0_224_quant";

  it("gives a picture of the network's size the stored probabilities", async () => {
    using classifier = await loadClassifier("imagenet", options);
    const image = readImage("classification-quant/inputs/cat_224x224.u8");
    const found = await classifier.classify(image, { topK: 1001 });
    const golden = readBytes(`${outputs}/cat.u8`);
    const ours = new Uint16Array(1001);
    for (const { index, score } of found) ours[index] = score * 256;
    // The exponential is the engine's own: one step of 1/256.
    for (let i = 0; i < golden.length; i++) {
      expect(Math.abs(ours[i]! - golden[i]!), classifier.labels[i]!).toBeLessThanOrEqual(1);
    }
    expect(found[0]).toMatchObject({ label: "Egyptian cat", index: 286 });
    expect(classifier.labels[0]).toBe("background");
  });

  it("embeds as the stored pooled features", async () => {
    using embedder = await loadEmbedder("imagenet", options);
    const image = readImage("classification-quant/inputs/coffee_224x224.u8");
    const golden = readBytes(`${outputs}/coffee.pool.u8`);
    // The scale of MobilenetV2/Logits/AvgPool, whose zero point is 0.
    const expected = Float32Array.from(golden, (q) => q * Math.fround(0.023528477177023888));
    expect(await embedder.embed(image)).toEqual(expected);
  });

  it.each(
    [
      ["cat.bmp", "Egyptian cat"],
      ["parrot.jpg", "macaw"],
      ["grace_hopper.bmp", "military uniform"],
      ["public-domain/coffee.png", "espresso"],
    ].slice(0, all ? 4 : 2),
  )("says of %s: %s", async (file, label) => {
    using classifier = await loadClassifier("imagenet", options);
    const [best] = await classifier.classify(readFileSync(join(shared, "images", file)));
    expect(best?.label).toBe(label);
    expect(best?.score).toBeGreaterThan(0.7);
  });
});

describe.skipIf(!present)(
  titleWithSharedGolden("imagenet as a float network, to train from"),
  () => {
    it("still sees what is in a picture", async () => {
      const model = (await loadModel("imagenet", options)) as ClassifierModel;
      const graph = floatNetwork(model.graph);
      using classifier = await loadClassifier({ ...model, graph, features: "head/relu6" });
      const [best] = await classifier.classify(readFileSync(join(shared, "images/cat.bmp")));
      expect(best?.label).toBe("Egyptian cat");
      expect(best?.score).toBeGreaterThan(0.7);
    });
  },
);

describe.skipIf(!present)(titleWithSharedGolden("the 8-bit segmenters"), () => {
  const models = {
    "deeplabv3-voc-0.5-int8": "deeplabv3_mnv2_dm05_pascal_quant",
    "deeplabv3-voc-int8": "deeplabv3_mnv2_pascal_quant",
  };
  const cases = Object.entries(models).flatMap(([name, file]) =>
    ["bird_segmentation", "cat", "pets"].map((picture) => ({ name, file, picture })),
  );

  it.each(cases.slice(0, all ? cases.length : 1))(
    "$name has the stored class map of $picture",
    async ({ name, file, picture }) => {
      using segmenter = await loadSegmenter(name, options);
      const image = readImage(`segmentation-quant/inputs/${picture}_513x513.u8`);
      const { classMap } = await segmenter.segment(image);
      const golden = readBytes(`segmentation-quant/outputs/${file}/${picture}.classes.u8`);
      expect(largestDifference(classMap, golden)).toBe(0);
    },
  );
});
