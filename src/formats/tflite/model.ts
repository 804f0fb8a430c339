/**
 * TensorFlow Lite files: one file holds the graph, its weights and, where this library wrote it,
 * preprocessing and labels.
 */
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import type { MainFile } from "../format.ts";
import { type ImportedNetwork, networkOf } from "../imported-network.ts";
import { chooseLabels } from "../labels.ts";
import { choosePreprocess, type ModelDescription, type ReadRequest } from "../request.ts";
import { readModelMetadata } from "./model-metadata.ts";
import { readTflite } from "./tflite.ts";

/** The model of a `.tflite` file. */
export async function readTfliteModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const { name, published } = request;
  const network = networkOf(readTflite(main.bytes, main.place));
  const { head, classes, resolution } = network;
  if (published !== undefined) requirePublished(network, published);
  const own = published === undefined ? readModelMetadata(main.bytes) : undefined;
  const usual = network.preprocess;
  const preprocess = choosePreprocess(request, { resolution, own: own?.preprocess, usual });
  const labels = chooseLabels(main, request, { classes, own: own?.labels });
  const known = published && { architecture: published.architecture };
  return { name, preprocess, labels, ...head, graph: { ...head.graph, ...known } };
}

/** Refuses a network that is not a record's. */
function requirePublished(
  { head: { task }, resolution, classes }: ImportedNetwork,
  { name, architecture }: ModelDescription,
): void {
  const outline = (network: Pick<ImportedNetwork, "resolution" | "classes"> & { task: string }) =>
    `${network.task}, ${network.resolution.join("×")}, ${network.classes} classes`;
  const [expected, received] = [outline(architecture), outline({ task, resolution, classes })];
  if (expected === received) return;
  throw new MobileNetError("invalid-model", "the file is not the record's network", {
    node: name,
    expected,
    received,
  });
}
