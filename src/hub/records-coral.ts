/**
 * The official 8-bit models: trained with simulated quantisation by the authors of TensorFlow's
 * model garden, published as TensorFlow Lite files. The network is read from the file; the
 * architecture here says what it is, and is checked against it.
 */
import type { Preprocess } from "../image/presets.ts";
import { vocLabels } from "../models/labels.ts";
import type { HubFile, UrlRecord, UrlSource } from "./record.ts";
import { tensorflow } from "./records-shared.ts";

/** The repository's state that all files are from. */
const commit = "104342d2d3480b3e66203073dac24f4e2dbb4c41";
const repository = "google-coral/test_data";

function published(files: readonly HubFile[]): UrlSource {
  const baseUrl = `https://raw.githubusercontent.com/${repository}/${commit}/`;
  return { kind: "url", version: commit, baseUrl, files };
}

/** A square picture whose bytes are the network's own: scale 1/128, zero point 128. */
function bytesAsTheyAre(edge: number): Preprocess {
  return {
    width: edge,
    height: edge,
    fit: { kind: "stretch" },
    centers: "half-pixel",
    scale: [1 / 128, 1 / 128, 1 / 128],
    offset: [-1, -1, -1],
  };
}

/** What all of these share. */
const shared = {
  licence: "Apache-2.0",
  homepage: `https://github.com/${repository}`,
  metrics: [],
} as const;

const segmenter = {
  network: "deeplabv3",
  task: "segment",
  resolution: [513, 513],
  classes: 21,
  outputStride: 16,
  aspp: false,
  ...tensorflow,
} as const;

/** The models of https://github.com/google-coral/test_data. */
export const coralRecords: readonly UrlRecord[] = [
  {
    name: "imagenet",
    title: "MobileNetV2, 1000 ImageNet classes and the background, 224×224, 8 bits",
    architecture: {
      network: "mobilenet-v2",
      task: "classify",
      width: 1,
      resolution: [224, 224],
      classes: 1001,
      outputStride: 32,
      hidden: [],
      ...tensorflow,
    },
    preprocess: bytesAsTheyAre(224),
    labels: { file: "imagenet_labels.txt" },
    source: published([
      {
        path: "mobilenet_v2_1.0_224_quant.tflite",
        bytes: 3_610_798,
        sha256: "7aad0c74c5e3c06e5eb3c827e13304fdd68a83da6087d92ee169c24ff9fd4776",
      },
      {
        path: "imagenet_labels.txt",
        bytes: 21_686,
        sha256: "b8aaeb5630c62626a7d124a05c0e14230a7ffdd2136a31d0190a4fb71c1d82f1",
      },
    ]),
    ...shared,
  },
  {
    name: "deeplabv3-voc-int8",
    title: "DeepLabv3 MobileNetV2, 21 PASCAL VOC classes, 513×513, output stride 16, 8 bits",
    architecture: { ...segmenter, width: 1 },
    preprocess: bytesAsTheyAre(513),
    labels: vocLabels,
    source: published([
      {
        path: "deeplabv3_mnv2_pascal_quant.tflite",
        bytes: 2_193_224,
        sha256: "350af47fd346ea6d74b58833a351f583ba860e9806ec5bd292ff8d8f1f249398",
      },
    ]),
    ...shared,
  },
  {
    name: "deeplabv3-voc-0.5-int8",
    title: "DeepLabv3 MobileNetV2 0.5, 21 PASCAL VOC classes, 513×513, output stride 16, 8 bits",
    architecture: { ...segmenter, width: 0.5 },
    preprocess: bytesAsTheyAre(513),
    labels: vocLabels,
    source: published([
      {
        path: "deeplabv3_mnv2_dm05_pascal_quant.tflite",
        bytes: 760_904,
        sha256: "0470d2a782aa54eeeb99d32e7b6b3fb7722905c7c4f5d26bd957ec861366d48b",
      },
    ]),
    ...shared,
  },
];
