/** Detectors whose files give boxes or objects are read back as the detectors that they were. */
import { describe, expect, it } from "vitest";
import { randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { settingCases } from "../../test/onnx/detectors.ts";
import { readModel } from "../../test/onnx/read-model.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { readStandardMetadata } from "../formats/tflite/standard-metadata.ts";
import { bindWeights } from "../graph/bind.ts";
import type { DetectorModel } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { decode } from "../tasks/decode-node.ts";
import type { Detection } from "../tasks/detector.ts";
import { loadDetector } from "../tasks/node.ts";
import type { ConversionTarget, ConvertOptions } from "./conversion.ts";
import { convertModel } from "./convert-model.ts";

const random = seededRandom(4);
const picture = {
  ...{ width: 70, height: 50 },
  data: Uint8Array.from({ length: 70 * 50 * 3 }, () => random() * 256),
};
const host = {
  decode,
  open: (files: ReadonlyMap<string, Uint8Array>) => openBytes(files, "read"),
};

function detector(
  said: Partial<DetectorModel["detection"]> = {},
  scores: "sigmoid" | "softmax" = "sigmoid",
): DetectorModel {
  const network = ssdlite({ width: 0.35, resolution: 64, classes: 3, scores });
  return {
    ...{ name: "small", task: "detect", labels: ["a", "b", "c"] },
    graph: bindWeights(network, randomWeights(network, 3)),
    features: network.landmarks.features,
    detection: { ...ssdliteDetection([64, 64]), ...said } as DetectorModel["detection"],
    preprocess: {
      ...{ width: 64, height: 64, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...{ scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], offset: [-1, -1, -1] },
    },
  };
}

type Options = Omit<ConvertOptions<typeof picture>, "to">;
const convert = (model: DetectorModel, to: ConversionTarget, options: Options) =>
  convertModel(model, { to, images: [picture], ...options }, host);

async function objectsOf(model: DetectorModel) {
  using loaded = await loadDetector(model);
  return (await loaded.detect(picture)).detections;
}

/** What the model itself finds, by its settings. */
const wanted: Record<string, Detection[]> = {};

const ways: readonly (readonly [ConversionTarget, "decoded" | "suppressed"])[] = [
  ["onnx", "decoded"],
  ["onnx", "suppressed"],
  ["tflite", "suppressed"],
];

describe.each(ways)("%s with %s boxes", (to, boxes) => {
  it.each(Object.keys(settingCases))("finds the same objects when read back: %s", async (name) => {
    const model = detector(settingCases[name]);
    if (name === "no score" && to === "tflite") {
      await expect(convert(model, to, { boxes })).rejects.toThrow(/no score is above/);
      return;
    }
    const images = name === "usual" ? [picture] : undefined;
    const { files, report } = await convert(model, to, { boxes, images });
    expect(report.settings.boxes).toBe(boxes);
    if (images !== undefined) expect(report.comparison?.largestDifference).toBe(0);
    const read = (await openBytes(files, "small")) as DetectorModel;
    expect(read.assumptions).toEqual([]);
    expect(read.detection).toEqual(model.detection);
    expect(read.graph.architecture).toEqual(model.graph.architecture);
    wanted[name] ??= await objectsOf(model);
    if (name !== "no score") expect(wanted[name].length).toBeGreaterThan(0);
    expect(await objectsOf(read)).toEqual(wanted[name]);
  });

  it("has 8 bits or half precision within", async () => {
    const model = detector({}, "softmax");
    for (const precision of ["f16", "int8"] as const) {
      const { files, report } = await convert(model, to, { boxes, precision });
      const read = (await openBytes(files, "small")) as DetectorModel;
      expect(read.detection).toEqual(model.detection);
      expect(report.comparison?.largestDifference).toBeLessThan(precision === "f16" ? 0.1 : 1);
      const again = await convert({ ...read, name: "again" }, to, { boxes });
      expect(again.report.comparison?.largestDifference).toBe(0);
    }
  });
});

describe("what is refused", () => {
  it.each([
    ["onnx", { boxes: "all" as never }, /bad boxes: expected raw, decoded, suppressed/],
    ["onnx", { boxes: "suppressed", opset: 10 }, /operator set 10 has no GatherND/],
    ["tflite", { boxes: "decoded" }, /no decoded boxes.*suppressed, or convert to onnx/],
    ["safetensors", { boxes: "raw" }, /takes no boxes.*convert to onnx or tflite/],
  ] as const)("%s with %o", async (to, options, message) => {
    await expect(convert(detector(), to, options)).rejects.toThrow(message);
  });

  it("is settings that do not fit the outputs, and no classes", async () => {
    const model = detector();
    for (const said of [{ labels: [] }, { labels: ["a"] }]) {
      await expect(
        convert({ ...model, ...said }, "onnx", { boxes: "suppressed", images: undefined }),
      ).rejects.toThrow(/do not fit its outputs: expected 96×1×4 and 96×1×/);
    }
    const detection = { ...model.detection, background: false } as DetectorModel["detection"];
    await expect(
      convert({ ...model, detection }, "tflite", { boxes: "suppressed", images: undefined }),
    ).rejects.toThrow(/96×1×4 and 96×1×3, a label/);
  });

  it("is several images at once by TensorFlow Lite's operator, which ONNX takes", async () => {
    const one = detector();
    const nodes = one.graph.nodes.map((node) =>
      node.op === "input" ? { ...node, shape: [2, ...node.shape.slice(1)] } : node,
    );
    const model = { ...one, graph: { ...one.graph, nodes } } as DetectorModel;
    const options = { boxes: "suppressed", images: undefined } as const;
    await expect(convert(model, "tflite", options)).rejects.toThrow(
      /takes one image.*batch of 1.*raw, or as ONNX/,
    );
    const { files } = await convert(model, "onnx", options);
    const { outputs } = readModel(files.get("model.onnx")!);
    expect(outputs.map(({ name, dims }) => [name, ...dims])).toEqual([
      ["detection_boxes", 2, 100, 4],
      ["detection_classes", 2, 100],
      ["detection_scores", 2, 100],
      ["num_detections", 2],
    ]);
  });

  it("is boxes of a grid", async () => {
    const detection = { kind: "grid", scoreThreshold: 0.5, maxDetections: 9 } as const;
    await expect(
      convert({ ...detector(), detection }, "onnx", { boxes: "decoded", images: undefined }),
    ).rejects.toThrow(/only detectors of anchors have boxes/);
  });
});

describe("a TensorFlow Lite file of objects", () => {
  it("names its tensors and classes for MediaPipe", async () => {
    const { files, report } = await convert(detector(), "tflite", { boxes: "suppressed" });
    expect(report.changes.map(({ code }) => code)).toContain("uncut-boxes");
    const file = files.get("model.tflite")!;
    const said = await readStandardMetadata(file);
    // Without the background: the operator's classes are counted without it.
    expect(said?.labels?.value).toEqual(["a", "b", "c"]);
    const text = new TextDecoder("latin1").decode(file);
    for (const name of ["location", "category", "score", "number of detections"]) {
      expect(text).toContain(name);
    }
  });
});
