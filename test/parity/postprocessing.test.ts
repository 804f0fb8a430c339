/**
 * Postprocessing against TensorFlow.js, fed with the network outputs that it had itself: whatever
 * differs here is the postprocessing's own doing.
 */
import { describe, expect, it } from "vitest";
import type { AnchorSettings } from "../../src/models/model.ts";
import { generateAnchors } from "../../src/tasks/anchors.ts";
import { decodeBoxes } from "../../src/tasks/boxes.ts";
import { segmentLogits } from "../../src/tasks/segmentation.ts";
import { suppress } from "../../src/tasks/suppression.ts";
import {
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

const anchorSettings: AnchorSettings = {
  featureMaps: [19, 10, 5, 3, 2, 1].map((size) => [size, size] as const),
  minScale: 0.2,
  maxScale: 0.95,
  aspectRatios: [1, 2, 0.5, 3, 0.3333],
  reduceBoxesInLowestLayer: true,
};

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("detection postprocessing"), () => {
  const outputs = "detection-float/outputs/";

  it.each(detectionCases)("decodes the boxes of $name", ({ name }) => {
    const decoder = { anchors: generateAnchors(anchorSettings), boxCoder: [10, 10, 5, 5] } as const;
    const boxes = decodeBoxes(readFloats(`${outputs}${name}.encodings.f32`), decoder);
    // Encodings reach 14; float32 exp and products of values near 1 err by some 1e-6.
    expect(largestDifference(boxes, readFloats(`${outputs}${name}.boxes.f32`))).toBeLessThan(1e-5);
  });

  it.each(detectionCases)("keeps the boxes that coco-ssd keeps in $name", ({ name, input }) => {
    const { width, height } = readImage(`detection-float/inputs/${input}`);
    const kept = suppress(
      {
        boxes: readFloats(`${outputs}${name}.boxes.f32`),
        scores: readFloats(`${outputs}${name}.scores.f32`),
        columns: 90,
        firstClass: 0,
      },
      { scoreThreshold: 0.5, iouThreshold: 0.5, maxDetections: 20, classAgnostic: true },
    );
    const golden = readJson(`${outputs}${name}.detections.json`) as readonly GoldenDetection[];
    expect(kept.map(({ score }) => score)).toEqual(golden.map(({ score }) => score));
    kept.forEach(({ box: [ymin, xmin, ymax, xmax] }, i) => {
      const pixels = [xmin * width, ymin * height, (xmax - xmin) * width, (ymax - ymin) * height];
      // Equal inputs; only the products' rounding to double may differ.
      expect(largestDifference(pixels, golden[i]!.bbox)).toBeLessThan(1e-3);
    });
  });
});

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("segmentation postprocessing"), () => {
  it.each(segmentationCases)("assigns the pixels of $name", ({ name, input }) => {
    const { width, height } = readImage(`segmentation-float/inputs/${input}`);
    const outputs = `segmentation-float/outputs/${name}`;
    const logits = {
      data: readFloats(`${outputs}.logits.f32`),
      rows: 65,
      columns: 65,
      classes: 21,
    };
    // 513 pixels over 65 logits with aligned corners: 8 pixels from one logit to the next.
    const { classMap, pixels } = segmentLogits(logits, {
      rows: Float64Array.from({ length: height }, (_, y) => y / 8),
      columns: Float64Array.from({ length: width }, (_, x) => x / 8),
    });
    const golden = readBytes(`${outputs}.classes.u8`);
    const equal = golden.filter((index, i) => classMap[i] === index).length;
    expect(equal / golden.length).toBeGreaterThanOrEqual(0.999);
    expect(pixels.reduce((sum, count) => sum + count)).toBe(width * height);
  });
});
