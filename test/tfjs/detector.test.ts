/** Detectors of the Object Detection API are read from their graphs: anchors, divisors and thresholds too. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DetectorModel } from "../../src/models/model.ts";
import { decodeBoxes } from "../../src/tasks/boxes.ts";
import { openBytes } from "../open-bytes.ts";
import { runGraph } from "../tflite/run-file.ts";
import { anchors, type DetectorOptions, detectorFile, side } from "./detector-file.ts";
import { bytesOf } from "./picture.ts";

async function open(options: DetectorOptions): Promise<DetectorModel> {
  const model = await openBytes(detectorFile(options).files(), "mine");
  expect(model.task).toBe("detect");
  return model as DetectorModel;
}

const path = new URL("../golden/tfjs-graphs.json", import.meta.url);
const { detector: golden } = JSON.parse(readFileSync(path, "utf8")) as {
  detector: { boxes: number[]; scores: number[] };
};

describe("a detector's graph", () => {
  it.each([true, false])("gives TensorFlow.js's boxes and scores (lists: %s)", async (lists) => {
    const { graph, detection, preprocess } = await open({ lists });
    if (detection.kind === "grid" || !("boxes" in detection.anchors)) throw new Error("no anchors");
    const picture = bytesOf([side, side, 3]);
    const { scale, offset } = preprocess;
    const input = picture.map((byte, i) => byte * scale[(i % 3) as 0] + offset[(i % 3) as 0]);
    const [encodings, scores] = await runGraph(graph, input);
    const { boxCoder } = detection;
    const boxes = decodeBoxes(encodings!, { anchors: detection.anchors.boxes, boxCoder });
    for (const [i, edge] of golden.boxes.entries()) expect(boxes[i]).toBeCloseTo(edge, 5);
    for (const [i, score] of golden.scores.entries()) {
      expect(scores![Math.floor(i / 2) * 3 + 1 + (i % 2)]).toBeCloseTo(score, 5);
    }
  });

  it("says its size, its range and how it fits pictures", async () => {
    const model = await open({});
    expect(model.preprocess).toMatchObject({
      ...{ width: side, height: side, fit: { kind: "stretch" }, centers: "legacy" },
      offset: [-1, -1, -1],
    });
    expect(model.preprocess.scale[0]).toBeCloseTo(2 / 255, 9);
    expect(model.assumptions?.map(({ about }) => about)).toEqual([
      "head",
      "head",
      "head",
      "labels",
    ]);
    expect(model.labels).toEqual(["class 0", "class 1"]);
  });

  it("has its anchors and divisors", async () => {
    const { detection } = await open({});
    if (detection.kind === "grid" || !("boxes" in detection.anchors)) throw new Error("no anchors");
    expect(detection.boxCoder).toEqual([10, 10, 5, 5]);
    const { boxes } = detection.anchors;
    for (const [i, value] of anchors.entries()) expect(boxes[i]).toBeCloseTo(value, 6);
  });

  it("takes a size of the caller's for none, as it has its own", async () => {
    const files = detectorFile().files();
    await expect(openBytes(files, "mine", { resolution: 64 })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining("resolution"),
    });
  });

  it("takes thresholds from the operation that suppresses", async () => {
    const op = "NonMaxSuppressionV5";
    const { detection, assumptions } = await open({
      lists: true,
      suppression: { op, constants: [20, 0.45, 0.3, 0] },
    });
    const settings = { scoreThreshold: 0.3, iouThreshold: 0.45, maxDetections: 20 };
    expect(detection).toMatchObject(settings);
    expect(assumptions?.map(({ about }) => about)).toEqual(["labels"]);
    const combined = await open({
      suppression: { op: "CombinedNonMaxSuppression", constants: [10, 30, 0.6, 0.25] },
    });
    expect(combined.detection).toMatchObject({ maxPerClass: 10, maxDetections: 30, clip: false });
  });

  it("refuses boxes that lower each other's scores", async () => {
    const op = "NonMaxSuppressionV5";
    const suppression = { op, constants: [20, 0.45, 0.3, 0.5] };
    await expect(openBytes(detectorFile({ suppression }).files(), "mine")).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("NonMaxSuppressionV5"),
    });
  });

  it("counts every column where none is the background's", async () => {
    const { detection, labels, graph } = await open({ background: false });
    expect(detection).toMatchObject({ background: false });
    expect(labels).toHaveLength(2);
    expect(graph.outputs).toHaveLength(2);
  });
});
