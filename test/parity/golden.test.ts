/**
 * The published float models, from the example photographs to results, against the small set of
 * TensorFlow.js outputs in `test/golden` (made by `test/golden/make`).
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { decodeImage } from "../../src/image/decode-node.ts";
import type { ClassifierModel, DetectorModel, SegmenterModel } from "../../src/models/model.ts";
import { loadClassifier, loadDetector, loadEmbedder, loadSegmenter } from "../../src/tasks/node.ts";
import { type Available, pullModel, rawSession, requireModel } from "./models.ts";
import { clipped, largestDifference } from "./shared-golden.ts";

interface Golden<Case> {
  readonly cases: readonly (Case & { readonly image: string })[];
}

interface ClassificationCase {
  readonly probabilities: readonly number[];
  /** Every 16th of the pooled features. */
  readonly features: readonly number[];
}

/** The lists run in step: sampled anchors, each one's best class, its score, its four encodings. */
interface DetectionCase {
  readonly width: number;
  readonly height: number;
  readonly anchors: readonly number[];
  readonly classes: readonly number[];
  readonly scores: readonly number[];
  readonly encodings: readonly number[];
  readonly detections: readonly {
    readonly class: number;
    readonly score: number;
    readonly box: readonly [number, number, number, number];
  }[];
}

/** Logits at every `gridStep`-th row and column; the class map as runs of class and length. */
interface SegmentationCase {
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  readonly gridStep: number;
  readonly grid: readonly number[];
  readonly runs: readonly number[];
}

function readGolden<Case>(name: string): Golden<Case> {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
}

const readExample = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`../../examples/images/${name}`, import.meta.url));

const backends: readonly { readonly backend: Backend }[] = [
  { backend: wasmBackend },
  { backend: referenceBackend },
];

/** All cases on the fast backend, one on the scalar one. */
function casesFor<Case>(backend: Backend, { cases }: Golden<Case>): Golden<Case>["cases"] {
  return backend === referenceBackend ? cases.slice(0, 1) : cases;
}

describe("classification", () => {
  const golden = readGolden<ClassificationCase>("classification");
  let pulled: Available<ClassifierModel>;
  beforeAll(async () => {
    pulled = await pullModel("nsfw", "classify");
  });

  it.for(backends)("has the same probabilities ($backend.name)", async ({ backend }, context) => {
    using classifier = await loadClassifier(requireModel(pulled, context), { backend });
    for (const { image, probabilities } of casesFor(backend, golden)) {
      const classes = await classifier.classify(await readExample(image));
      expect(classes).toHaveLength(probabilities.length);
      for (const { index, score } of classes) {
        // Resizing and 53 layers in float32, summed in another order.
        expect(Math.abs(score - probabilities[index]!), image).toBeLessThan(1e-4);
      }
    }
  });

  it("has the same features", async (context) => {
    using embedder = await loadEmbedder(requireModel(pulled, context), { backend: wasmBackend });
    for (const { image, features } of golden.cases) {
      const embedding = await embedder.embed(await readExample(image));
      const sampled = embedding.filter((_, i) => i % 16 === 0);
      expect(largestDifference(sampled, features), image).toBeLessThan(1e-3);
    }
  });
});

describe("detection", () => {
  const golden = readGolden<DetectionCase>("detection");
  let pulled: Available<DetectorModel>;
  beforeAll(async () => {
    pulled = await pullModel("ssdlite-coco", "detect");
  });

  it.for(backends)("has the same scores and encodings ($backend.name)", async (row, context) => {
    using session = await rawSession(requireModel(pulled, context), row.backend);
    for (const item of casesFor(row.backend, golden)) {
      const { outputs } = await session.run(await decodeImage(await readExample(item.image)));
      const [encodings, scores] = outputs as readonly [Float32Array, Float32Array];
      const oursAt = item.anchors.map((anchor, i) => scores[anchor * 91 + 1 + item.classes[i]!]!);
      expect(largestDifference(oursAt, item.scores), item.image).toBeLessThan(1e-4);
      const ours = item.anchors.flatMap((anchor) => [
        ...encodings.subarray(anchor * 4, anchor * 4 + 4),
      ]);
      // The box coder divides by 5 at least: less than 4e-4 of an anchor's edge.
      expect(largestDifference(ours, item.encodings), item.image).toBeLessThan(2e-3);
    }
  });

  it("has the same final list as coco-ssd", async (context) => {
    using detector = await loadDetector(requireModel(pulled, context), { backend: wasmBackend });
    for (const { image, width, height, detections: expected } of golden.cases) {
      const result = await detector.detect(await readExample(image), {
        classAgnostic: true,
        scoreThreshold: 0.5,
        iouThreshold: 0.5,
        maxDetections: 20,
      });
      expect([result.width, result.height]).toEqual([width, height]);
      const { detections } = result;
      expect(
        detections.map(({ index }) => index),
        image,
      ).toEqual(expected.map((e) => e.class));
      detections.forEach(({ score, box }, i) => {
        expect(Math.abs(score - expected[i]!.score), image).toBeLessThan(1e-4);
        const ours = [box.x, box.y, box.width, box.height];
        const theirs = clipped(expected[i]!.box, { width, height });
        // Encodings agree to some 3e-4, which the box coder divides by 5 at least.
        const tolerance = 1e-4 * Math.max(width, height);
        expect(largestDifference(ours, theirs), image).toBeLessThan(tolerance);
      });
    }
  });
});

describe("segmentation", () => {
  const golden = readGolden<SegmentationCase>("segmentation");
  let pulled: Available<SegmenterModel>;
  beforeAll(async () => {
    pulled = await pullModel("deeplabv3-voc", "segment");
  });

  it("has the same class map", async (context) => {
    using segmenter = await loadSegmenter(requireModel(pulled, context), { backend: wasmBackend });
    for (const { image, runs } of golden.cases) {
      const { classMap } = await segmenter.segment(await readExample(image));
      let [position, equal] = [0, 0];
      for (let i = 0; i < runs.length; i += 2) {
        const run = classMap.subarray(position, position + runs[i + 1]!);
        equal += run.filter((index) => index === runs[i]).length;
        position += runs[i + 1]!;
      }
      expect(position, image).toBe(classMap.length);
      expect(equal / classMap.length, image).toBeGreaterThanOrEqual(0.999);
    }
  });

  it("has the same logits", async (context) => {
    using session = await rawSession(requireModel(pulled, context), wasmBackend);
    for (const { image, rows, columns, classes, gridStep, grid } of golden.cases) {
      const { outputs } = await session.run(await decodeImage(await readExample(image)));
      const ours: number[] = [];
      for (let row = 0; row < rows; row += gridStep) {
        for (let column = 0; column < columns; column += gridStep) {
          const start = (row * columns + column) * classes;
          ours.push(...outputs[0]!.subarray(start, start + classes));
        }
      }
      // Logits reach some 40, and summing in another order differs by 1e-5 of that and more.
      expect(largestDifference(ours, grid), image).toBeLessThan(2e-3);
    }
  });
});
