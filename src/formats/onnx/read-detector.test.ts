/**
 * Detectors in ONNX files of others: what makes boxes of encodings is found whatever operators it is made
 * of and whichever side comes first, and NonMaxSuppression's numbers become settings.
 */
import { describe, expect, it } from "vitest";
import { bareDetector, settingCases } from "../../../test/onnx/detectors.ts";
import { type FileOperator, floats, integers, onnxFile } from "../../../test/onnx/onnx-file.ts";
import { readBytes } from "../../../test/onnx/run-read.ts";
import { openBytes } from "../../../test/open-bytes.ts";
import { referenceBackend } from "../../backends/reference/reference.ts";
import { compile } from "../../compile/compile.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { DetectionSettings } from "../../models/model.ts";
import { anchorsOf } from "../../tasks/anchors.ts";
import { usualOnnxSettings } from "./write-settings.ts";
import { writeOnnxAs } from "./writer.ts";

const operator = (
  kind: string,
  inputs: readonly string[],
  outputs: readonly string[],
  settings: FileOperator["settings"] = {},
): FileOperator => ({ kind, inputs, outputs, settings });

/** Two anchors as centre x, centre y, width, height: encodings are biases, whatever the picture. */
const anchors = [0.25, 0.5, 0.5, 0.25, 0.75, 0.5, 0.25, 0.5];
const encodings = [1, 2, 0.5, -0.5, -1, 0, 0.25, 0];

/** As PyTorch's SSDs are exported: horizontal first, divisors 10 and 5, a softmax with its background. */
function foreign(
  end: readonly FileOperator[] = [],
  outputs: Readonly<Record<string, readonly number[]>> = { scores: [1, 2, 3], boxes: [1, 2, 4] },
): Uint8Array {
  const list = (values: readonly number[]) => floats([1, 2, 2], ...values);
  const pick = (first: number) => anchors.filter((_, i) => ((i % 4) & 2) === first);
  return onnxFile({
    inputs: { image: [1, 3, 4, 4] },
    outputs,
    constants: {
      weights: floats([20, 3, 1, 1], ...Array<number>(60).fill(0)),
      bias: floats([20], ...encodings, ...[0, 1, 2, 3, 1, 0], ...[0, 0, 0, 0, 0, 0]),
      flat: integers(1, 20),
      ...{ places: integers(0), halves: integers(2, 2), lists: integers(1, 2, 4) },
      ...{ rows: integers(1, 2, 3), eight: integers(0), end8: integers(8), end14: integers(14) },
      ...{ axis: integers(1), ten: floats([], 0.1), five: floats([], 0.2), two: floats([], 2) },
      ...{ centres: list(pick(0)), sizes: list(pick(2)), one: integers(1), three: integers(3) },
      ...{
        last: integers(2),
        most: integers(7),
        overlap: floats([1], 0.45),
        least: floats([1], 0.3),
      },
      ...{ top: integers(5) },
    },
    operators: [
      operator("Conv", ["image", "weights", "bias"], ["maps"]),
      operator("GlobalAveragePool", ["maps"], ["mean"]),
      operator("Reshape", ["mean", "flat"], ["all"]),
      operator("Slice", ["all", "eight", "end8", "axis"], ["located"]),
      operator("Reshape", ["located", "lists"], ["encodings"]),
      operator("Slice", ["all", "end8", "end14", "axis"], ["classified"]),
      operator("Reshape", ["classified", "rows"], ["logits"]),
      operator("Softmax", ["logits"], ["scores"], { axis: 2 }),
      operator("Split", ["encodings", "halves"], ["moves", "growths"], { axis: 2 }),
      operator("Mul", ["moves", "ten"], ["moved"]),
      operator("Mul", ["moved", "sizes"], ["shift"]),
      operator("Add", ["shift", "centres"], ["centre"]),
      operator("Mul", ["growths", "five"], ["growth"]),
      operator("Exp", ["growth"], ["factor"]),
      operator("Mul", ["factor", "sizes"], ["size"]),
      operator("Div", ["size", "two"], ["half"]),
      operator("Sub", ["centre", "half"], ["from"]),
      operator("Add", ["centre", "half"], ["to"]),
      operator("Concat", ["from", "to"], ["boxes"], { axis: 2 }),
      ...end,
    ],
  });
}

const suppressed = foreign(
  [
    operator("Transpose", ["scores"], ["by_class"], { perm: [0, 2, 1] }),
    operator("Slice", ["by_class", "one", "three", "one"], ["candidates"]),
    operator("NonMaxSuppression", ["boxes", "candidates", "most", "overlap", "least"], ["kept"]),
  ],
  { kept: [9, 3] },
);

describe("a detector of others", () => {
  it("has anchors and divisors by trying, and its encodings with the vertical first", async () => {
    const { graph, detector } = readBytes(foreign());
    const { detection, assumed } = detector!;
    expect(detection.classes).toBe(2);
    const { anchors: listed, boxCoder } = detection.settings;
    expect(boxCoder).toEqual([10, 10, 5, 5]);
    const found = [...anchorsOf(listed)];
    for (const [i, side] of found.entries()) expect(side).toBeCloseTo(anchors[i ^ 1]!, 5);
    const shapes = inferShapes(graph);
    expect(graph.outputs.map((name) => shapes.get(name))).toEqual([
      [1, 2, 1, 4],
      [1, 2, 1, 3],
    ]);
    const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
    const [first] = await executable.infer([new Float32Array(48)]);
    expect([...first!.data]).toEqual(encodings.map((_, i) => encodings[i ^ 1]!));
    executable.dispose();
    expect(assumed).toEqual([
      "the first class is the background",
      "scores above 0.5 count",
      "boxes of a class overlap by 0.6 at most",
      "at most 100 objects are found",
    ]);
  });

  it("says how boxes suppress each other", () => {
    const { detection, assumed } = readBytes(suppressed).detector!;
    const { anchors: _, ...settings } = detection.settings;
    // Seven of a class are all of them; without a limit over classes these are as many as there are.
    expect(settings).toEqual({
      ...{ boxCoder: [10, 10, 5, 5], scoreThreshold: 0.3, iouThreshold: 0.45 },
      ...{ maxDetections: 4, clip: false },
    });
    expect(assumed).toEqual([]);
  });

  it("is a model that the tasks load", async () => {
    const model = await openBytes(new Map([["ssd.onnx", suppressed]]), "ssd");
    expect(model).toMatchObject({ task: "detect", labels: ["class 0", "class 1"] });
  });

  it("is refused by an operator that neither makes boxes nor chooses among them", () => {
    const bent = foreign([operator("Erf", ["boxes"], ["bent"])], { bent: [1, 2, 4] });
    expect(() => readBytes(bent)).toThrow(/Erf.*no such operation here/);
    const none = onnxFile({
      inputs: { image: [1, 3, 4, 4] },
      outputs: { grown: [1, 3, 4, 4] },
      operators: [operator("Exp", ["image"], ["grown"])],
    });
    expect(() => readBytes(none)).toThrow(/Exp.*no such operation here/);
  });
});

describe("a detector of our own without its metadata", () => {
  const general: readonly (keyof DetectionSettings)[] = [
    ...(["boxCoder", "iouThreshold", "classAgnostic", "clip", "maxPerClass"] as const),
  ];
  it.each(Object.keys(settingCases))("has the settings by its operators: %s", (name) => {
    const { graph, settings, classes } = bareDetector(settingCases[name]!);
    const detection = {
      ...({ boxes: "suppressed", settings, classes } as const),
      anchors: anchorsOf(settings.anchors),
    };
    const file = writeOnnxAs(graph, { ...usualOnnxSettings, detection, metadata: new Map() });
    const read = readBytes(file);
    const shapes = inferShapes(read.graph);
    const rows = detection.anchors.length / 4;
    expect(read.graph.outputs.map((output) => shapes.get(output))).toEqual([
      [1, rows, 1, 4],
      [1, rows, 1, 4],
    ]);
    const found = read.detector!.detection.settings;
    for (const field of general) {
      if (field === "iouThreshold") expect(found[field]).toBeCloseTo(settings[field], 6);
      else expect([field, found[field]]).toEqual([field, settings[field]]);
    }
    // A bound for scores that may equal it is the number below.
    expect(found.scoreThreshold).toBeCloseTo(settings.scoreThreshold, 6);
    const groups = settings.classAgnostic ? 1 : classes;
    const most = Math.min(settings.maxDetections, (groups * detection.anchors.length) / 4);
    expect(found.maxDetections).toBe(most);
    const [own, boxes] = [detection.anchors, anchorsOf(found.anchors)];
    expect(boxes).toHaveLength(own.length);
    for (const [i, side] of own.entries()) expect(boxes[i]).toBeCloseTo(side, 5);
  });
});
