/** A converted model is read back as it was: the same answers, and nothing that has to be assumed. */
import { describe, expect, it } from "vitest";
import { randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Network } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { Preprocess } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { decode } from "../tasks/decode-node.ts";
import type { ConvertOptions } from "./conversion.ts";
import { convertModel } from "./convert-model.ts";
import { type ConversionTarget, targetNames } from "./targets.ts";

const small = { width: 0.35, resolution: 32, classes: 3 } as const;
const random = seededRandom(4);
const pictures = Array.from({ length: 2 }, () => ({
  ...{ width: 40, height: 30 },
  data: Uint8Array.from({ length: 40 * 30 * 3 }, () => random() * 256),
}));
const host = {
  decode,
  open: (files: ReadonlyMap<string, Uint8Array>) => openBytes(files, "read"),
};

/** A preset that no convention gives away, so that it has to travel with the file. */
const preset: Preprocess = {
  ...{ width: 32, height: 32, fit: { kind: "central-crop", fraction: 0.8 } },
  centers: "align-corners",
  scale: [1 / 255, 1 / 200, 1 / 255],
  offset: [0, -0.1, 0],
};

type Kind = "classify" | "several labels" | "segment" | "detect" | "embed" | "v1";
const networks: Readonly<Record<Kind, () => Network>> = {
  classify: () => mobilenetV2({ ...small, padding: "symmetric", epsilon: 1e-5 }),
  "several labels": () => mobilenetV2({ ...small, scores: "sigmoid", hidden: [8] }),
  segment: () => deeplabV3({ ...small, aspp: true }),
  detect: () => ssdlite({ ...small, resolution: 64 }),
  embed: () => mobilenetV2(small),
  v1: () => mobilenetV1(small),
};

function modelOf(kind: Kind, seed = 3): Model {
  const network = networks[kind]();
  const graph = bindWeights(network, randomWeights(network, seed));
  const { features } = network.landmarks;
  const [height, width] = network.architecture.resolution;
  const preprocess = { ...preset, height, width };
  const labels = ["a", "two\nlines", "ü, “quoted”"];
  const base = { name: "small", graph, preprocess, labels, features };
  if (kind === "detect")
    return { ...base, task: kind, detection: ssdliteDetection([height, width]) };
  if (kind === "segment") return { ...base, task: kind };
  if (kind === "several labels") return { ...base, task: "classify", multiLabel: true };
  if (kind === "embed") {
    return { ...base, graph: selectOutputs(graph, [features]), labels: [], task: kind };
  }
  return { ...base, task: "classify" };
}

type Options = Omit<ConvertOptions<(typeof pictures)[number]>, "to">;
const convert = (model: Model, to: ConversionTarget, options: Options = {}) =>
  convertModel(model, { to, images: pictures, ...options }, host);

const kinds = Object.keys(networks) as Kind[];

describe.each(targetNames)("to %s", (to) => {
  it.each(kinds.filter((kind) => to !== "safetensors" || kind !== "embed"))(
    "a model is read back with the same answers, and nothing is assumed: %s",
    async (kind) => {
      const model = modelOf(kind);
      const { files, report } = await convert(model, to);
      const read = await openBytes(files, "small");
      expect(read.assumptions ?? []).toEqual([]);
      const { task, labels, preprocess } = model;
      expect(read).toMatchObject({ task, labels, preprocess });
      expect(read.graph.architecture).toEqual(model.graph.architecture);
      if (model.task === "detect") expect(read).toMatchObject({ detection: model.detection });
      expect(report.comparison).toMatchObject({ images: 2, largestDifference: 0 });
      expect(report.comparison?.largestValue).toBeGreaterThan(0);
    },
  );
});
