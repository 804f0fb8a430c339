/**
 * The three published float models, end to end from the stored pictures, against TensorFlow.js. Both
 * engines sum in float32 in different orders; tolerances are those under which a user sees the same.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import type { RgbImage } from "../../src/image/image.ts";
import type {
  AnchorSettings,
  ClassifierModel,
  DetectionSettings,
  DetectorModel,
  SegmenterModel,
} from "../../src/models/model.ts";
import { generateAnchors } from "../../src/tasks/anchors.ts";
import { decodeBoxes } from "../../src/tasks/boxes.ts";
import { loadDetector, loadEmbedder, loadSegmenter } from "../../src/tasks/node.ts";
import { type Available, pullModel, rawSession, requireModel } from "./models.ts";
import {
  classificationCases,
  clipped,
  detectionCases,
  type GoldenDetection,
  hasSharedGolden,
  largestDifference,
  readBytes,
  readFloats,
  readImage,
  readJson,
  segmentationCases,
  titleWithSharedGolden,
} from "./shared-golden.ts";

/** All cases on the fast backend, one on the scalar one, which takes seconds a picture. */
function casesFor<Case>(backend: Backend, cases: readonly Case[]): readonly Case[] {
  return backend === referenceBackend ? cases.slice(0, 1) : cases;
}

const scalarToo: readonly { readonly backend: Backend }[] = [
  { backend: wasmBackend },
  { backend: referenceBackend },
];

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("classification"), () => {
  let pulled: Available<ClassifierModel>;
  beforeAll(async () => {
    pulled = await pullModel("nsfw", "classify");
  });
  const outputs = "classification-float/outputs/";

  /** The stored inputs are bytes over 255. */
  function picture(input: string): RgbImage {
    const data = Uint8Array.from(readFloats(`classification-float/inputs/${input}`), (value) =>
      Math.round(value * 255),
    );
    return { width: 224, height: 224, data };
  }

  it.for(scalarToo)("has the same probabilities ($backend.name)", async ({ backend }, context) => {
    using session = await rawSession(requireModel(pulled, context), backend);
    for (const { name, input } of casesFor(backend, classificationCases)) {
      const { outputs: ours } = await session.run(picture(input));
      const golden = readFloats(`${outputs}${name}.probabilities.f32`);
      expect(largestDifference(ours[0]!, golden), name).toBeLessThan(1e-4);
    }
  });

  it.for(scalarToo)("has the same features ($backend.name)", async ({ backend }, context) => {
    using embedder = await loadEmbedder(requireModel(pulled, context), { backend });
    for (const { name, input } of casesFor(backend, classificationCases)) {
      const golden = readFloats(`${outputs}${name}.features.f32`);
      const ours = await embedder.embed(picture(input));
      expect(largestDifference(ours, golden), name).toBeLessThan(1e-3);
    }
  });
});

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("detection"), () => {
  let pulled: Available<DetectorModel>;
  beforeAll(async () => {
    pulled = await pullModel("ssdlite-coco", "detect");
  });
  const folder = "detection-float";

  it.for(scalarToo)(
    "has the same scores and boxes ($backend.name)",
    async ({ backend }, context) => {
      const model = requireModel(pulled, context);
      const detection = model.detection as DetectionSettings;
      const anchors = generateAnchors(detection.anchors as AnchorSettings);
      using session = await rawSession(model, backend);
      // The scalar backend takes seconds a picture: one is enough for it.
      for (const { name, input } of casesFor(backend, detectionCases)) {
        const { outputs } = await session.run(readImage(`${folder}/inputs/${input}`));
        const decoder = { anchors, boxCoder: detection.boxCoder };
        const boxes = decodeBoxes(outputs[0]!, decoder);
        const golden = (what: string): Float32Array =>
          readFloats(`${folder}/outputs/${name}.${what}.f32`);
        expect(largestDifference(boxes, golden("boxes")), name).toBeLessThan(1e-4);
        const scores = outputs[1]!.filter((_, i) => i % 91 !== 0);
        expect(largestDifference(scores, golden("scores")), name).toBeLessThan(1e-4);
      }
    },
  );

  it("has the same final list", async (context) => {
    using detector = await loadDetector(requireModel(pulled, context), { backend: wasmBackend });
    for (const { name, input } of detectionCases) {
      const image = readImage(`${folder}/inputs/${input}`);
      const golden = readJson(
        `${folder}/outputs/${name}.detections.json`,
      ) as readonly GoldenDetection[];
      const { detections } = await detector.detect(image, {
        classAgnostic: true,
        scoreThreshold: 0.5,
        iouThreshold: 0.5,
        maxDetections: 20,
      });
      expect(
        detections.map(({ label }) => label),
        name,
      ).toEqual(golden.map((g) => g.class));
      // Encodings agree to some 3e-4, which the box coder divides by 5 at least: 1e-4 of an edge.
      const tolerance = 1e-4 * Math.max(image.width, image.height);
      detections.forEach(({ score, box }, i) => {
        expect(Math.abs(score - golden[i]!.score), name).toBeLessThan(1e-4);
        const ours = [box.x, box.y, box.width, box.height];
        expect(largestDifference(ours, clipped(golden[i]!.bbox, image)), name).toBeLessThan(
          tolerance,
        );
      });
    }
  });
});

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("segmentation"), () => {
  let pulled: Available<SegmenterModel>;
  beforeAll(async () => {
    pulled = await pullModel("deeplabv3-voc", "segment");
  });

  it.for(segmentationCases)(
    "has the same classes and logits in $name",
    async ({ name, input }, context) => {
      const model = requireModel(pulled, context);
      const image = readImage(`segmentation-float/inputs/${input}`);
      using segmenter = await loadSegmenter(model, { backend: wasmBackend });
      const { classMap } = await segmenter.segment(image);
      const golden = readBytes(`segmentation-float/outputs/${name}.classes.u8`);
      const equal = golden.filter((index, i) => classMap[i] === index).length;
      expect(equal / golden.length).toBeGreaterThanOrEqual(0.999);
      using session = await rawSession(model, wasmBackend);
      const { outputs } = await session.run(image);
      const logits = readFloats(`segmentation-float/outputs/${name}.logits.f32`);
      // Logits reach 43; float32 sums of some thousand products differ by 1e-5 of that and more.
      expect(largestDifference(outputs[0]!, logits)).toBeLessThan(2e-3);
    },
  );
});
