/** Files of strangers: whatever stands in them at any place, only the library's own error comes out. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { trainFigures } from "../../src/cli/train/figures.ts";
import { openOutput } from "../../src/cli/train/output-folder.ts";
import { matchClasses } from "../../src/data/class-names.ts";
import { parseCocoAnnotations } from "../../src/data/coco-annotations.ts";
import { parseImageList } from "../../src/data/image-list.ts";
import { chooseLabels } from "../../src/formats/labels.ts";
import { metadataName } from "../../src/formats/model-description.ts";
import { writeTrainedModel } from "../../src/formats/own-model.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { readModelMetadata } from "../../src/formats/tflite/model-metadata.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { Tensor } from "../../src/tensor.ts";
import { type RunState, readCheckpoint } from "../../src/train/checkpoint.ts";
import { sealCheckpoint } from "../../src/train/checkpoint-file.ts";
import { openBytes } from "../open-bytes.ts";
import { writeFile as writeFlatbuffer } from "../tflite/write-model.ts";
import { tinyArchitecture, tinyModel } from "./tiny.ts";
import { expectOwnError, hostileJson, replacedJson } from "./values.ts";

const encoder = new TextEncoder();

function safetensors(header: string): Uint8Array {
  const json = encoder.encode(header);
  const bytes = new Uint8Array(8 + json.length + 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const { graph, preprocess, labels } = tinyModel();
const { architecture } = mobilenetV2(tinyArchitecture);
const trained = writeTrainedModel(
  { architecture, preprocess, labels },
  graph.parameters as ReadonlyMap<string, Tensor>,
);
const weight = {
  name: "bias",
  shape: [2],
  dtype: "float32",
  quantization: { dtype: "uint8", scale: 1, min: 0 },
};
const metrics = {
  ...{ epoch: 1, trainingLoss: 1, trainingAccuracy: 0.5, learningRate: 0.1, seconds: 1 },
  ...{ validationLoss: 1, validationAccuracy: 0.5 },
};

/** Each reader of JSON: a document that it takes, and what it does with the text of another. */
const readers: readonly (readonly [string, unknown, (text: string) => unknown])[] = [
  [
    "safetensors",
    { __metadata__: { a: "b" }, bias: { dtype: "F32", shape: [2], data_offsets: [0, 8] } },
    (text) => readSafetensors(safetensors(text)),
  ],
  [
    "a TensorFlow.js manifest",
    { weightsManifest: [{ paths: ["shard.bin"], weights: [weight] }] },
    (text) => {
      const files = { "model.json": encoder.encode(text), "shard.bin": new Uint8Array(2) };
      return openBytes(new Map(Object.entries(files)), "tiny");
    },
  ],
  [
    "a model of our own",
    JSON.parse(new TextDecoder().decode(trained.get("model.json"))),
    (text) => openBytes(new Map([...trained, ["model.json", encoder.encode(text)]]), "tiny"),
  ],
  [
    "a TensorFlow Lite file's metadata",
    { preprocess, labels },
    (text) =>
      readModelMetadata(
        writeFlatbuffer({
          0: { i32: 3 },
          4: { tables: [{}, { 0: { bytes: encoder.encode(text) } }] },
          6: { tables: [{ 0: { text: metadataName }, 1: { i32: 1 } }] },
        }),
      ),
  ],
  ...[["a", "b"], { 0: "a", 1: "b" }].map(
    (document) =>
      [
        "labels",
        document,
        (text: string) => {
          const labels = { path: "classes.json", bytes: encoder.encode(text) };
          chooseLabels({ labels }, { name: "tiny", options: {} }, { classes: 2 });
        },
      ] as const,
  ),
  [
    "COCO's annotations",
    {
      images: [{ id: 7, file_name: "cat.jpg" }],
      annotations: [{ image_id: 7, category_id: 17, bbox: [1, 2, 30, 40], area: 1, iscrowd: 0 }],
      categories: [{ id: 17, name: "cat" }],
    },
    (text) => parseCocoAnnotations(text, "instances.json"),
  ],
  ...[[{ path: "a.jpg", label: "cat", split: "test" }], { "a.jpg": "cat" }].map(
    (document) =>
      [
        "a list of pictures",
        document,
        (text: string) => {
          const entries = parseImageList(text, "list.json");
          matchClasses(
            entries.map(({ label }) => label),
            ["cat"],
            "list.json",
          );
        },
      ] as const,
  ),
  ...(["state", "settings"] as const).map(
    (part) =>
      [
        `a checkpoint's ${part}`,
        part === "state"
          ? { optimizerSteps: 1, progress: { epoch: 1, step: 1 } }
          : { epochs: 3, recipe: { optimizer: { kind: "sgd" } } },
        (text: string) => {
          const settings = '{"epochs":3}';
          const metadata = { settings, state: "{}", [part]: text };
          const bytes = sealCheckpoint({ tensors: new Map(), metadata });
          readCheckpoint(bytes, {} as RunState, { settings, epochs: 3, steps: 5 });
        },
      ] as const,
  ),
  [
    "a run's metrics",
    metrics,
    async (text) => {
      const folder = await mkdtemp(join(tmpdir(), "metrics-"));
      try {
        await writeFile(join(folder, "checkpoint.safetensors"), "");
        await writeFile(join(folder, "metrics.jsonl"), `${text}\n`);
        const output = await openOutput(
          folder,
          { resume: true, force: false },
          trainFigures.classify,
        );
        await output.addEpoch({ ...metrics, epoch: 2 } as never);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  ],
];

describe.each(readers)("%s", (_, document, read) => {
  it("that is as it should be is read, or refused for what is not at hand", async () => {
    await expectOwnError(() => read(JSON.stringify(document)), "the document itself");
  });

  it.each(Object.entries(hostileJson))("may hold %s anywhere", async (name, json) => {
    for (const [path, text] of replacedJson(document, json)) {
      await expectOwnError(() => read(text), `${name} as ${path}`);
    }
  });
});

describe("texts", () => {
  it.each(Object.values(hostileJson).map((json) => json.slice(0, 500_000)))(
    "may be anything: %#",
    async (text) => {
      for (const line of [text, `a.jpg ${text}`, `path,label,split\na.jpg,1,${text}`]) {
        await expectOwnError(() => parseImageList(line, `${text.slice(0, 10_000)}.txt`), "a list");
      }
      await expectOwnError(() => matchClasses([text], labels, text), "a class");
      await expectOwnError(() => openBytes(new Map([[text, new Uint8Array(9)]]), text), "file");
    },
  );
});
