/** Small models of each task with random weights, and pictures for them. */
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel, DetectorModel, SegmenterModel } from "../../src/models/model.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";

const preset = (edge: number): Preprocess => ({
  width: edge,
  height: edge,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
});
const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `label ${i}`);

/** Five classes. */
export function classifier(): ClassifierModel {
  const graph = withRandomWeights(mobilenetV2({ width: 0.1, resolution: 32, classes: 5 }));
  const features = "head/relu6";
  return {
    name: "small classifier",
    task: "classify",
    graph,
    preprocess: preset(32),
    labels: labels(5),
    features,
  };
}

/** Three classes; anchors as the published detector has them. */
export function detector(resolution = 300): DetectorModel {
  const edges = [16, 32, 64, 128, 256, 512].map((stride) => Math.ceil(resolution / stride));
  return {
    name: "small detector",
    task: "detect",
    graph: withRandomWeights(ssdlite({ width: 0.1, resolution, classes: 3 })),
    preprocess: preset(resolution),
    labels: labels(3),
    features: "head/relu6",
    detection: {
      anchors: {
        featureMaps: edges.map((edge) => [edge, edge] as const),
        minScale: 0.2,
        maxScale: 0.95,
        aspectRatios: [1, 2, 0.5, 3, 1 / 3],
        reduceBoxesInLowestLayer: true,
      },
      boxCoder: [10, 10, 5, 5],
      scoreThreshold: 0.3,
      iouThreshold: 0.6,
      maxDetections: 10,
    },
  };
}

/** Four classes. */
export function segmenter(resolution = 65): SegmenterModel {
  return {
    name: "small segmenter",
    task: "segment",
    graph: withRandomWeights(deeplabV3({ width: 0.1, resolution, classes: 4 })),
    preprocess: preset(resolution),
    labels: labels(4),
    features: "logits",
  };
}

/** Colours that change from pixel to pixel. */
export function picture(seed = 0, width = 40, height = 30): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * (7 + seed)) % 251);
  return { width, height, data };
}
