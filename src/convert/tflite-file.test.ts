import { expect, it } from "vitest";
import { randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Preprocess } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { quantizeModel } from "../quantize/quantize-model.ts";
import { decode } from "../tasks/decode-node.ts";
import { loadClassifier, loadDetector, loadSegmenter } from "../tasks/node.ts";
import { tfliteFile } from "./tflite-file.ts";

const small = { width: 0.35, resolution: 32, classes: 3 } as const;
const networks = {
  classify: mobilenetV2(small),
  "several labels": mobilenetV2({ ...small, scores: "sigmoid" }),
  segment: deeplabV3(small),
  detect: ssdlite(small),
};
const random = seededRandom(4);
const data = Uint8Array.from({ length: 40 * 30 * 3 }, () => random() * 256);
const picture = { width: 40, height: 30, data };

/** A preset that no convention gives away, so that it has to travel with the file. */
const preprocess: Preprocess = {
  width: 32,
  height: 32,
  fit: { kind: "central-crop", fraction: 0.8 },
  centers: "align-corners",
  scale: [1 / 255, 1 / 200, 1 / 255],
  offset: [0, -0.1, 0],
};

function modelOf(kind: keyof typeof networks): Model {
  const network = networks[kind];
  const graph = bindWeights(network, randomWeights(network, 3));
  const labels = ["a", "b", "c"];
  const base = { name: "small", graph, preprocess, labels, features: network.landmarks.features };
  if (kind === "detect") return { ...base, task: kind, detection: ssdliteDetection([32, 32]) };
  if (kind === "several labels") return { ...base, task: "classify", multiLabel: true };
  return kind === "classify" ? { ...base, task: kind } : { ...base, task: kind };
}

/** What a model says of the picture, in numbers. */
async function answer(model: Model): Promise<readonly number[]> {
  if (model.task === "classify") {
    using classifier = await loadClassifier(model);
    const classes = await classifier.classify(picture);
    return classes.toSorted((a, b) => a.index - b.index).map(({ score }) => score);
  }
  if (model.task === "segment") {
    using segmenter = await loadSegmenter(model);
    const { classes, classMap } = await segmenter.segment(picture);
    return [...classes.map(({ pixels }) => pixels), ...classMap];
  }
  using detector = await loadDetector(model);
  const { detections } = await detector.detect(picture, { scoreThreshold: 0.4 });
  return detections.flatMap(({ score, box }) => [score, box.x, box.y, box.width, box.height]);
}

it.each(Object.keys(networks) as (keyof typeof networks)[])(
  "a file answers as the model that it was made of: %s",
  async (kind) => {
    const model = modelOf(kind);
    const read = await openBytes(new Map([["small.tflite", await tfliteFile(model)]]), "small");
    expect(read.preprocess).toEqual(model.preprocess);
    expect(read.labels).toEqual(model.labels);
    expect(read.graph.architecture).toEqual(networks[kind].architecture);
    expect(read.task).toBe(model.task);
    const [wanted, received] = [await answer(model), await answer(read)];
    expect(new Set(wanted).size).toBeGreaterThan(2);
    expect(received).toHaveLength(wanted.length);
    // Folded batch norms round once more: boxes are in pixels, all else up to 1.
    for (const [i, value] of wanted.entries()) {
      expect(Math.abs(received[i]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
    }
  },
);

it("an 8-bit model keeps its 8 bits", async () => {
  const { file } = await quantizeModel(modelOf("classify"), { images: [picture] }, decode);
  const model = await openBytes(new Map([["small.tflite", file]]), "small");
  const again = await tfliteFile(model);
  expect(Math.abs(again.length - file.length)).toBeLessThan(0.01 * file.length);
  const read = await openBytes(new Map([["small.tflite", again]]), "small");
  expect(await answer(read)).toEqual(await answer(model));
});

it("refuses a model without weights", async () => {
  const model = { ...modelOf("classify"), graph: networks.classify };
  await expect(tfliteFile(model)).rejects.toMatchObject({ code: "invalid-argument" });
});
