/** The models that this package itself carries: trained and quantised with it. */
import { cifar10Labels } from "../models/labels.ts";
import type { ShippedRecord } from "./record.ts";
import { signed, tensorflow } from "./records-shared.ts";

/** The models in `models/`. */
export const shippedRecords: readonly ShippedRecord[] = [
  {
    name: "cifar10",
    title: "MobileNetV2, the 10 classes of CIFAR-10, 128×128, 8 bits; works without a network",
    architecture: {
      network: "mobilenet-v2",
      task: "classify",
      width: 1,
      resolution: [128, 128],
      classes: 10,
      outputStride: 32,
      hidden: [],
      ...tensorflow,
    },
    preprocess: {
      width: 128,
      height: 128,
      fit: { kind: "stretch" },
      centers: "legacy",
      ...signed,
    },
    labels: cifar10Labels,
    source: {
      kind: "shipped",
      package: "mobilenetv2",
      version: "0.1.0",
      folder: "models",
      files: [
        {
          path: "cifar10.tflite",
          bytes: 2_733_328,
          sha256: "1bfb263b171493694556c7ba5a8a20a9906981f0692b2abf6a0b9f515db82440",
        },
      ],
    },
    // Of the weights that its training began with, those of ssdlite-coco.
    licence: "Apache-2.0",
    homepage: "https://www.npmjs.com/package/mobilenetv2",
    metrics: [
      {
        name: "top-1",
        value: 0.9473,
        dataset: "CIFAR-10, test",
        source: "bench/results/fine-tune-cifar10.json",
      },
    ],
  },
];
