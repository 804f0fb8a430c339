/** The made-up format's reader: a classifier with random weights. */
import { decodeText } from "../../src/formats/files.ts";
import type { ReadModel } from "../../src/formats/format.ts";
import { ByteBudget } from "../../src/formats/reading.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { ranges } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";

export const readSeeded: ReadModel = async (main, { name, options, signal }) => {
  const [, width, beside = ""] = decodeText(main.bytes).trim().split(" ");
  const labels = decodeText(await main.read(beside, new ByteBudget(100), signal)).split("\n");
  const { length: classes } = labels;
  const { resolution = 32 } = options;
  const graph = withRandomWeights(mobilenetV2({ width: Number(width), resolution, classes }));
  const [height, edge] = graph.architecture.resolution;
  const { features } = graph.landmarks;
  const pictures = {
    width: edge,
    height,
    fit: { kind: "stretch" },
    centers: "half-pixel",
  } as const;
  const preprocess = { ...pictures, ...ranges.signed };
  return { name, task: "classify", graph, labels, features, preprocess };
};
