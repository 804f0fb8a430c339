import { describe, expect, it } from "vitest";
import { randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { compile } from "../compile/compile.ts";
import { readTflite } from "../formats/tflite/tflite.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph, Network } from "../graph/ir.ts";
import type { RgbImage } from "../image/image.ts";
import { preprocess } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import { bottleneckResnet } from "../models/bottleneck-resnet.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { decode } from "../tasks/decode-node.ts";
import { loadDetector } from "../tasks/node.ts";
import { calibrations } from "./observe.ts";
import { type QuantizeOptions, quantizeModel } from "./quantize-model.ts";

/** Blocks of colour, so that channels and places differ as in a photograph. */
function picture(seed: number): RgbImage {
  const random = seededRandom(seed);
  const colours = Uint8Array.from({ length: 8 * 8 * 3 }, () => Math.floor(random() * 256));
  const data = new Uint8Array(32 * 32 * 3);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / 3 / 32 / 4), Math.floor(((i / 3) % 32) / 4)];
    data[i] = colours[(y * 8 + x) * 3 + (i % 3)]!;
  }
  return { width: 32, height: 32, data };
}

const images = [1, 2, 3, 4].map(picture);
/** A preset that no convention gives away, so that it has to travel with the file. */
const preset: Preprocess = {
  width: 32,
  height: 32,
  fit: { kind: "central-crop", fraction: 0.875 },
  centers: "align-corners",
  scale: [1 / 255, 1 / 200, 1 / 255],
  offset: [0, -0.1, 0],
};

const networks = { classify: mobilenetV2, segment: deeplabV3, detect: ssdlite };

const small = { width: 0.35, resolution: 32, classes: 6 } as const;

function modelOf(task: keyof typeof networks): Model {
  const graph = networks[task](small);
  const labels = ["a", "b", "c", "d", "e", "f"];
  const bound = bindWeights(graph, randomWeights(graph, 11));
  const shared = { name: "small", graph: bound, preprocess: preset, labels, features: "x" };
  return { task, detection: ssdliteDetection([32, 32]), ...shared } as Model;
}

const run = (model: Model, options: Partial<QuantizeOptions<RgbImage>> = {}) =>
  quantizeModel<RgbImage>(model, { images, ...options }, decode);

/** The bytes that leave a network, on both backends. */
async function outputsOf(graph: Graph, image: RgbImage): Promise<readonly ArrayLike<number>[]> {
  const results: ArrayLike<number>[] = [];
  for (const backend of [referenceBackend, wasmBackend]) {
    const executable = await backend.prepare(compile(graph, backend.target));
    preprocess(image, preset, executable.input());
    executable.run();
    results.push(...graph.outputs.map((_, i) => executable.outputTensor(i).data));
    executable.dispose();
  }
  return results;
}

describe("a quantised network", () => {
  it.each(["classify", "segment"] as const)(
    "gives the same bytes on both backends and keeps what it was for: %s",
    async (task) => {
      const model = modelOf(task);
      const { file, report } = await run(model);
      const [reference, wasm] = await outputsOf(readTflite(file), picture(9));
      expect(wasm).toEqual(reference);
      expect(new Set(Array.from(reference!)).size).toBeGreaterThan(2);
      const loaded = await openBytes(new Map([["small.tflite", file]]), "small");
      expect(loaded.task).toBe(task);
      expect(loaded.labels).toEqual(model.labels);
      expect(loaded.preprocess).toEqual(model.preprocess);
      expect(report.bytes.after).toBeLessThan(0.5 * report.bytes.before);
    },
  );

  it.each<readonly [string, Network]>([
    ["nonlinear bottlenecks", mobilenetV2({ ...small, block: { nonlinear: true } })],
    ["shortcuts between expansions", mobilenetV2({ ...small, block: { shortcut: "expansion" } })],
    ["no shortcuts, t = 3", mobilenetV2({ ...small, block: { shortcut: "none", expansion: 3 } })],
    ["ResNet's bottlenecks", bottleneckResnet(small)],
    ["MobileNetV1", mobilenetV1(small)],
  ])("of %s computes what was written, and says what it is", async (_, network) => {
    const model = {
      ...modelOf("classify"),
      graph: bindWeights(network, randomWeights(network, 5)),
    };
    const { file, report } = await run(model);
    const [reference, wasm] = await outputsOf(readTflite(file), picture(9));
    expect(wasm).toEqual(reference);
    const logits = report.layers.find(({ name }) => name === "classifier");
    // As of the paper's network; without bounds, shortcuts that are left out or added would show.
    expect(logits?.signalToNoise).toBeGreaterThan(10);
    const loaded = await openBytes(new Map([["small.tflite", file]]), "small");
    expect(loaded.graph.architecture).toEqual(network.architecture);
    expect(loaded.origin?.notes).toEqual([]);
  });

  it("has int8 weights with one scale per output channel", async () => {
    const { file } = await run(modelOf("classify"));
    const { nodes, parameters } = readTflite(file);
    const convolutions = nodes.filter((node) => "weights" in node);
    expect(convolutions.length).toBe(53);
    for (const node of convolutions) {
      const { shape, data, quantization } = parameters.get(
        "weights" in node ? (node.weights as string) : "",
      )!;
      expect(data).toBeInstanceOf(Int8Array);
      expect(quantization?.scales.length).toBe(shape.at(-1));
      expect(quantization?.zeroPoints.every((zero) => zero === 0)).toBe(true);
    }
  });

  it("stays near the float network: 15 dB and more at the classifier's logits", async () => {
    const { report } = await run(modelOf("classify"));
    const logits = report.layers.find(({ name }) => name === "classifier");
    // Each of 53 layers adds about a step's rounding, 1/√12 of 1/255 of its range: near 45 dB a
    // layer, 45 − 10 · log10(53) ≈ 28 together; half of that in dB would be a mistake, not noise.
    expect(logits?.signalToNoise).toBeGreaterThan(15);
    expect(report.agreement.fraction).toBe(1);
  });

  it.each(calibrations)(
    "can be calibrated by %s, the same bytes each time",
    async (calibration) => {
      const model = modelOf("classify");
      const [first, second] = [
        await run(model, { calibration }),
        await run(model, { calibration }),
      ];
      expect(Buffer.compare(first.file, second.file)).toBe(0);
      expect(first.report.settings.calibration).toBe(calibration);
    },
  );

  it.each(["uint8", "float32"] as const)("loads with %s ends as well", async (io) => {
    const model = modelOf("classify");
    const [{ file: inner }, { file }] = [await run(model), await run(model, { io })];
    const image = picture(9);
    const [expected] = await outputsOf(readTflite(inner), image);
    const loaded = await openBytes(new Map([["small.tflite", file]]), "small");
    const [received] = await outputsOf(loaded.graph, image);
    expect(loaded.preprocess).toEqual(model.preprocess);
    expect(received).toEqual(expected);
  });

  it("has pixels of the pictures' own size compared where it segments", async () => {
    const { report } = await run(modelOf("segment"), { heldOut: [picture(8)], equalize: true });
    expect(report.agreement).toMatchObject({ measure: "pixels", count: 32 * 32 });
    expect(report.evaluation).toEqual({ images: 1, heldOut: true });
    expect(report.equalization?.channels).toBeGreaterThan(1000);
  });
});

describe("quantisation", () => {
  it("tells how far it is and stops when told to", async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const stopped = run(modelOf("classify"), {
      signal: control.signal,
      onProgress: ({ phase, done, total }) => {
        seen.push(`${phase} ${done}/${total}`);
        if (done === 2) control.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(seen).toEqual(["calibrate 1/4", "calibrate 2/4"]);
  });

  it.each([
    ["no pictures", { images: [] }, /bad images/],
    ["an unknown method", { calibration: "best" as never }, /bad calibration/],
    ["a percentile out of range", { calibration: "percentile", percentile: 3 }, /bad percentile/],
    ["a misspelt option", { equalise: true } as never, /no option "equalise"/],
  ] as const)("refuses %s", async (_, options, message) => {
    await expect(run(modelOf("classify"), options)).rejects.toThrow(message);
  });

  it("refuses what is 8-bit already, and a picture that is none", async () => {
    const { file } = await run(modelOf("classify"));
    const again = await openBytes(new Map([["small.tflite", file]]), "small");
    await expect(run(again)).rejects.toThrow(/8-bit already/);
    const broken = { width: 4, height: 4, data: new Uint8Array(3) };
    await expect(
      run(modelOf("classify"), { images: [images[0]!, broken], damaged: "stop" }),
    ).rejects.toThrow(/images\[1\]: /);
    await expect(run(modelOf("classify"), { heldOut: [broken] })).rejects.toThrow(/heldOut\[0\]: /);
  });
});

it.each(["int8", "float32"] as const)(
  "a detector's file says what its boxes mean: %s",
  async (io) => {
    const { file } = await run(modelOf("detect"), { io });
    const read = await openBytes(new Map([["small.tflite", file]]), "small");
    const { labels, detection } = modelOf("detect") as Extract<Model, { task: "detect" }>;
    expect(read).toMatchObject({ task: "detect", preprocess: preset, labels, detection });
    const detector = await loadDetector(read);
    const { detections } = await detector.detect(picture(9), { scoreThreshold: 0.01 });
    expect(detections.length).toBeGreaterThan(0);
    detector.dispose();
  },
);

it("what was assumed of a model is told of its file as well", async () => {
  const assumptions = [
    { about: "range", assumed: "bytes become −1 to 1", option: "range" },
    { about: "labels", assumed: "classes are numbered", option: "labels" },
  ] as const;
  const { file } = await run({ ...modelOf("classify"), assumptions });
  const read = await openBytes(new Map([["small.tflite", file]]), "small");
  expect(read.assumptions).toEqual([
    { about: "range", assumed: "bytes become −1 to 1, in the model that this was made of" },
    { about: "labels", assumed: "classes are numbered, in the model that this was made of" },
  ]);
});
