/** A detector's settings in a file: what was written is read, and nothing else is. */
import { describe, expect, it } from "vitest";
import type { DetectionSettings } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import { detectionAsJson, readDetectionSettings } from "./read-detection.ts";

const grid = ssdliteDetection([320, 224]);
const listed: DetectionSettings = {
  ...grid,
  anchors: { boxes: Float32Array.of(0.5, 0.25, 1, 0.1, 0.2, 0.7, 0.3, 0.6) },
  background: false,
  clip: false,
  inclusive: true,
  classAgnostic: true,
  maxPerClass: 7,
};

const json = (settings: DetectionSettings): unknown =>
  JSON.parse(JSON.stringify(detectionAsJson(settings)));

describe("a detector's settings", () => {
  it.each([
    ["with a grid of anchors", grid],
    ["with anchors one by one", listed],
  ])("%s are what was written", (_, settings) => {
    expect(readDetectionSettings(json(settings), "here")).toEqual(settings);
  });

  it.each<[string, object]>([
    ["no divisors", { boxCoder: [10, 10, 5] }],
    ["a divisor of nothing", { boxCoder: [10, 10, 5, 0] }],
    ["a threshold above 1", { scoreThreshold: 2 }],
    ["no threshold", { iouThreshold: undefined }],
    ["half a detection", { maxDetections: 0.5 }],
    ["no detections of a class", { maxPerClass: 0 }],
    ["a flag that is a text", { background: "yes" }],
    ["no anchors", { anchors: undefined }],
    ["half an anchor", { anchors: { boxes: [1, 2, 3] } }],
    ["anchors of texts", { anchors: { boxes: ["1", "2", "3", "4"] } }],
    ["maps without end", { anchors: { ...grid.anchors, featureMaps: Array(65).fill([1, 1]) } }],
    ["maps of millions", { anchors: { ...grid.anchors, featureMaps: [[100_000, 100_000]] } }],
    ["no aspect ratios", { anchors: { ...grid.anchors, aspectRatios: [] } }],
    ["an aspect ratio of nothing", { anchors: { ...grid.anchors, aspectRatios: [0] } }],
  ])("with %s are refused", (_, other) => {
    const value = { ...(json(grid) as object), ...other };
    expect(() => readDetectionSettings(value, "here")).toThrow(/here: bad settings of a detector/);
  });

  it("are an object", () => {
    for (const value of [null, 1, "x", []]) {
      expect(() => readDetectionSettings(value, "here")).toThrow(/an object/);
    }
  });
});
