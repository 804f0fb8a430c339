import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBytes } from "../../../test/open-bytes.ts";
import { code, tinyModel, tinyModelSpec } from "../../../test/tflite/tiny-model.ts";
import { type TensorSpec, writeModel } from "../../../test/tflite/write-model.ts";
import { realValues } from "../../backends/real-values.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { locateRecord } from "../../hub/open-record.ts";
import type { UrlRecord } from "../../hub/record.ts";
import { coralRecords } from "../../hub/records-coral.ts";
import { resolveModel as resolveInBrowser } from "../../hub/source-browser.ts";
import { resolveModel } from "../../hub/source-node.ts";
import { prepareGraph } from "../../tasks/backend-choice.ts";
import { type ImportedNetwork, networkOf } from "../imported-network.ts";
import { openModel } from "../open-model.ts";
import { readTflite } from "./tflite.ts";

const readNetwork = (bytes: Uint8Array): ImportedNetwork => networkOf(readTflite(bytes));

/** The tiny classifier without its last operator: it ends in 8-bit logits. */
function withoutSoftmax(): Uint8Array {
  const spec = tinyModelSpec("int8");
  const outputs = [spec.tensors.findIndex(({ name }) => name === "dense")];
  return writeModel({ ...spec, operators: spec.operators.slice(0, -1), outputs });
}

/** A map of the shortcut's 4 channels, enlarged twice and decided, as DeepLab ends. */
function segmenter(alignCorners: boolean): Uint8Array {
  const { tensors, operators, inputs } = tinyModelSpec("uint8");
  const map = tensors.findIndex(({ name }) => name === "shortcut");
  const { type, scales, zeroPoints } = tensors[map] as Required<TensorSpec>;
  const enlarged = (name: string, edge: number): readonly TensorSpec[] => [
    { name, shape: [1, edge, edge, 4], type, scales, zeroPoints },
    { name: `${name}/size`, shape: [2], type: "int32", data: Int32Array.of(edge, edge) },
  ];
  const last = tensors.length;
  const options = { 2: { u8: alignCorners ? 1 : 0 } };
  return writeModel({
    tensors: [
      ...tensors,
      ...enlarged("once", 9),
      ...enlarged("twice", 17),
      { name: "axis", shape: [], type: "int32", data: Int32Array.of(3) },
      { name: "classes", shape: [1, 17, 17], type: "int64" },
    ],
    operators: [
      ...operators.slice(0, 5),
      { code: code.resizeBilinear, inputs: [map, last + 1], outputs: [last], options },
      { code: code.resizeBilinear, inputs: [last, last + 3], outputs: [last + 2], options },
      { code: code.argMax, inputs: [last + 2, last + 4], outputs: [last + 5], options: {} },
    ],
    inputs,
    outputs: [last + 5],
  });
}

describe("a file's network", () => {
  it("sees a classifier: probabilities as the file has them, pooled features", () => {
    const { head, classes, resolution } = readNetwork(tinyModel("uint8"));
    const { task, graph, features } = head;
    expect({ task, classes, resolution }).toEqual({
      task: "classify",
      classes: 6,
      resolution: [5, 5],
    });
    expect(graph.outputs).toEqual(["probabilities"]);
    expect(inferShapes(graph).get(features)).toEqual([1, 1, 1, 4]);
    expect(features).toBe("pool");
  });

  it("adds the softmax that a classifier's file leaves out", () => {
    const { graph } = readNetwork(withoutSoftmax()).head;
    expect(graph.nodes.slice(-2).map(({ op }) => op)).toEqual(["dequantize", "softmax"]);
    expect(inferShapes(graph).get(graph.outputs[0]!)).toEqual([1, 1, 1, 6]);
  });

  it.each(["reference", "wasm"] as const)(
    "gives the probabilities of 8-bit logits on %s",
    async (backend) => {
      const { graph } = readNetwork(withoutSoftmax()).head;
      const logits = graph.nodes.at(-2)!.name;
      const outputs = [logits, ...graph.outputs];
      const { executable } = await prepareGraph({ ...graph, outputs }, { backend });
      const values = Float32Array.from({ length: 75 }, (_, i) => Math.sin(i));
      const results = (await executable.infer([values])).map(realValues);
      const powers = [...results[0]!].map(Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      const probabilities = results[1]!;
      executable.dispose();
      // Six terms, each with an exponential's and a product's rounding: 1e-6 of the value.
      for (const [i, power] of powers.entries()) {
        expect((probabilities[i]! * sum) / power).toBeCloseTo(1, 5);
      }
    },
  );

  it("cuts a segmenter at its logits, before enlarging with aligned corners", () => {
    const { head, classes } = readNetwork(segmenter(true));
    const { task, graph } = head;
    expect({ task, classes }).toEqual({ task: "segment", classes: 4 });
    expect(graph.outputs).toEqual(["shortcut"]);
  });

  it("keeps an enlargement whose pixels lie otherwise", () => {
    expect(readNetwork(segmenter(false)).head.graph.outputs).toEqual(["twice"]);
  });

  it.each(["uint8", "int8"] as const)(
    "feeds %s networks a picture's bytes as they are",
    async (type) => {
      const { preprocess } = await openBytes(new Map([["m.tflite", tinyModel(type)]]), "m");
      for (const byte of [0, 1, 127, 128, 255]) {
        // What the network's quantisation makes of it: scale 1/128, zero point 128 or 0.
        const real = Math.fround(byte * preprocess.scale[0] + preprocess.offset[0]);
        expect(real * 128 + 128).toBe(byte);
      }
    },
  );

  it("refuses a network with a second output", () => {
    const spec = tinyModelSpec("uint8");
    const two = writeModel({ ...spec, outputs: [...spec.outputs, 3] });
    expect(() => readNetwork(two)).toThrow(/one picture in.*2 outputs/);
  });
});

describe("models from TensorFlow Lite files", () => {
  const labels = ["a", "b", "c", "d", "e", "f"];

  it("have the labels beside them, given, or numbers", async () => {
    const file = ["tiny.tflite", tinyModel("uint8")] as const;
    const text = ["labels.txt", new TextEncoder().encode(labels.join("\n"))] as const;
    expect((await openBytes(new Map([file, text]), "tiny")).labels).toEqual(labels);
    expect((await openBytes(new Map([file]), "tiny", { labels })).labels).toEqual(labels);
    expect((await openBytes(new Map([file]), "tiny")).labels[5]).toBe("class 5");
    await expect(openBytes(new Map([file]), "tiny", { labels: ["a"] })).rejects.toThrow(/6 labels/);
  });

  it("refuse options that their network settles itself", async () => {
    const files = new Map([["tiny.tflite", tinyModel("uint8")]]);
    await expect(openBytes(files, "tiny", { resolution: 5 })).rejects.toThrow(
      /settles "resolution" itself.*no options but range, crop, grey, preprocess, labels/,
    );
  });

  it("that a record describes have its labels, and must be its network", async () => {
    const imagenet = coralRecords[0] as UrlRecord;
    const record: UrlRecord = {
      ...imagenet,
      architecture: { ...imagenet.architecture, resolution: [5, 5], classes: 6 },
      labels: { file: "names.txt" },
    };
    const files = new Map([
      ["tiny.tflite", tinyModel("uint8")],
      ["names.txt", new TextEncoder().encode(labels.join("\n"))],
    ]);
    const openRecord = async (of: UrlRecord) => {
      const { source, request } = locateRecord(of, files);
      return await openModel(source, request);
    };
    expect(await openRecord(record)).toMatchObject({
      name: "imagenet",
      task: "classify",
      labels,
      graph: { architecture: record.architecture },
    });
    await expect(openRecord({ ...record, labels: ["a"] })).rejects.toThrow(/6 labels/);
    await expect(openRecord({ ...imagenet, labels })).rejects.toThrow(
      /imagenet: the file is not the record's/,
    );
  });
});

describe("what wrote a file", () => {
  it("is told with the oldest runtime that takes it", async () => {
    const metadata = { min_runtime_version: new TextEncoder().encode("1.14.0\0\0") };
    const bytes = writeModel({ ...tinyModelSpec("int8"), metadata });
    const { origin } = await openBytes(new Map([["tiny.tflite", bytes]]), "tiny");
    expect(origin).toMatchObject({
      framework: "TensorFlow Lite, for runtimes from 1.14.0",
      operations: { CONV_2D: 3, DEPTHWISE_CONV_2D: 1, ADD: 1 },
    });
  });
});

describe("resolveModel of a .tflite file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-tflite-"));
    await writeFile(join(folder, "tiny.tflite"), tinyModel("int8"));
    await writeFile(join(folder, "labels.txt"), "a\nb\nc\nd\ne\nf\n");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("takes a path and the labels beside it", async () => {
    const model = await resolveModel(join(folder, "tiny.tflite"));
    expect(model).toMatchObject({ name: "tiny.tflite", task: "classify" });
    expect(model.labels).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  it("takes an address, in Node and in a browser", async () => {
    const server = createServer((_, response) => response.end(tinyModel("int8")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      for (const resolve of [resolveModel, resolveInBrowser]) {
        const model = await resolve(`http://127.0.0.1:${port}/tiny.tflite`);
        expect(model).toMatchObject({ task: "classify", features: "pool" });
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
