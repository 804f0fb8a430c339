/**
 * Detectors for files that decode boxes and let them suppress each other: small networks with settings of
 * every kind, and what a file's engine gives held against what the library makes of the same encodings.
 */
import type { DetectorEnd } from "../../src/formats/detector-end.ts";
import { type OnnxSettings, usualOnnxSettings } from "../../src/formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../../src/formats/onnx/writer.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Graph, Node } from "../../src/graph/ir.ts";
import type { DetectionSettings } from "../../src/models/model.ts";
import { ssdlite, ssdliteDetection } from "../../src/models/ssdlite.ts";
import { anchorsOf } from "../../src/tasks/anchors.ts";
import { decodeBoxes } from "../../src/tasks/boxes.ts";
import { suppress } from "../../src/tasks/suppression.ts";
import { randomWeights, seededRandom } from "../conformance/random.ts";
import type { Engine } from "./compare.ts";
import type { OnnxTensor } from "./read-model.ts";

/** Settings that differ from the usual ones. */
export const settingCases: Readonly<Record<string, Partial<DetectionSettings>>> = {
  usual: {},
  "few objects": { maxDetections: 3 },
  "few of each class": { maxPerClass: 1, maxDetections: 5 },
  "classes together": { classAgnostic: true },
  "few, classes together": { classAgnostic: true, maxDetections: 2 },
  "not cut": { clip: false },
  "equal scores too": { inclusive: true },
  "any score": { scoreThreshold: 0, inclusive: true },
  "above 0": { scoreThreshold: 0, maxDetections: 500 },
  "no score": { scoreThreshold: 1 },
  "no overlap": { iouThreshold: 0 },
  "any overlap": { iouThreshold: 1 },
  "odd thresholds": { scoreThreshold: 0.4999999, iouThreshold: 1 / 3 },
  "more than there are": { maxDetections: 100_000 },
  "other divisors": { boxCoder: [1, 2, 3, 4] },
};

/** A small detector with random weights and some settings. */
export function smallDetector(
  said: Partial<DetectionSettings>,
  { classes = 3, seed = 1 }: { readonly classes?: number; readonly seed?: number } = {},
): { readonly graph: Graph; readonly settings: DetectionSettings; readonly classes: number } {
  const network = ssdlite({ width: 0.35, resolution: 64, classes });
  return {
    graph: bindWeights(network, randomWeights(network, seed)),
    settings: { ...ssdliteDetection([64, 64]), ...said },
    // Without a background its column is a class.
    classes: said.background === false ? classes + 1 : classes,
  };
}

/** The same without a network before its heads: encodings and scores of a map of 4×4 cells. */
export function bareDetector(said: Partial<DetectionSettings>): ReturnType<typeof smallDetector> {
  const [classes, anchors, cells] = [3, 3, 16];
  const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" } as const;
  const convolution = (name: string): Node => ({
    ...{ op: "conv2d", name, inputs: ["image"], ...window, activation: "none" },
    weights: `${name}/weights`,
  });
  const shape = [anchors * cells, 1, 4] as const;
  const nodes: readonly Node[] = [
    { op: "input", name: "image", inputs: [], shape: [1, 4, 4, 6] },
    convolution("located"),
    { op: "reshape", name: "box_encodings", inputs: ["located"], shape },
    convolution("classified"),
    { op: "reshape", name: "logits", inputs: ["classified"], shape },
    { op: "sigmoid", name: "class_scores", inputs: ["logits"] },
  ];
  const random = seededRandom(6);
  const weights = () => ({
    shape: [1, 1, 6, 4 * anchors],
    data: Float32Array.from({ length: 24 * anchors }, () => 4 * random() - 2),
  });
  const grid = { featureMaps: [[4, 4]], minScale: 0.2, maxScale: 0.95, aspectRatios: [1] } as const;
  const settings = {
    ...ssdliteDetection([64, 64]),
    anchors: { ...grid, reduceBoxesInLowestLayer: true },
    ...said,
  };
  const parameters = new Map([
    ["located/weights", weights()],
    ["classified/weights", weights()],
  ]);
  const outputs = ["box_encodings", "class_scores"];
  return { graph: { name: "bare", nodes, outputs, parameters }, settings, classes };
}

/** Objects of one image, best first: class, score and corners. */
type Found = readonly (readonly number[])[];

/**
 * The largest difference between a file's boxes or objects and the library's of the encodings that the
 * same engine gives.
 *
 * @param inputs - Of the file, which may be several images.
 * @throws Error where other objects are found.
 */
export async function detectionDifference(
  detector: ReturnType<typeof smallDetector>,
  inputs: ReadonlyMap<string, OnnxTensor>,
  {
    engine,
    boxes,
    settings: said = usualOnnxSettings,
  }: {
    readonly engine: Engine;
    readonly boxes: DetectorEnd["boxes"];
    readonly settings?: OnnxSettings;
  },
): Promise<number> {
  const { graph, settings, classes } = detector;
  const anchors = anchorsOf(settings.anchors);
  const detection = { boxes, settings, anchors, classes };
  const raw = [...(await engine(writeOnnxAs(graph, said), inputs)).values()];
  const made = await engine(writeOnnxAs(graph, { ...said, detection }), inputs);
  const [encodings, scores] = raw.map(({ data }) => Float32Array.from(data)) as [
    Float32Array,
    Float32Array,
  ];
  const columns = raw[1]!.dims.at(-1)!;
  const count = anchors.length / 4;
  const images = encodings.length / anchors.length;
  let largest = 0;
  const hold = (wanted: ArrayLike<number>, found: ArrayLike<number>, what: string): void => {
    if (wanted.length !== found.length) {
      throw new Error(`${wanted.length} ${what} wanted, ${found.length} found`);
    }
    for (let i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]! - found[i]!));
    }
  };
  for (let image = 0; image < images; image++) {
    const own = encodings.subarray(image * anchors.length, (image + 1) * anchors.length);
    const decoded = decodeBoxes(own, { anchors, boxCoder: settings.boxCoder });
    const ofImage = scores.subarray(image * count * columns, (image + 1) * count * columns);
    if (boxes === "decoded") {
      const per = <T extends number>(name: string, each: T) =>
        Array.from(made.get(name)!.data).slice(image * count * each, (image + 1) * count * each);
      hold(decoded, per("boxes", 4), "corners");
      const wanted = ofImage.filter((_, i) => i % columns >= columns - classes);
      hold(wanted, per("scores", classes), "scores");
      continue;
    }
    const firstClass = columns - classes;
    const kept: Found = suppress(
      { boxes: decoded, scores: ofImage, columns, firstClass },
      settings,
    ).map(({ classIndex, score, box }) => [classIndex, score, ...box]);
    const found = objectsOf(made, image);
    hold(kept.flat(), found.flat(), "numbers of objects");
  }
  return largest;
}

/** The objects that a file of suppressed boxes gives of an image. */
export function objectsOf(outputs: ReadonlyMap<string, OnnxTensor>, image: number): Found {
  const [boxes, classes, scores, counts] = [
    ...["detection_boxes", "detection_classes", "detection_scores", "num_detections"],
  ].map((name) => outputs.get(name)!);
  const most = classes!.dims.at(-1)!;
  return Array.from({ length: counts!.data[image]! }, (_, i) => {
    const at = image * most + i;
    return [
      classes!.data[at]!,
      scores!.data[at]!,
      ...Array.from(boxes!.data).slice(4 * at, 4 * at + 4),
    ];
  });
}
