/**
 * TensorFlow Lite files: one file holds the graph, its weights and, where this library wrote it,
 * preprocessing and labels.
 */
import type { Model } from "../../models/model.ts";
import type { FileFacts } from "../file-facts.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import type { ReadRequest } from "../request.ts";
import { metadataName, readModelMetadata } from "./model-metadata.ts";
import { readTflite } from "./tflite.ts";

/** The model of a `.tflite` file. */
export async function readTfliteModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const graph = readTflite(main.bytes, main.place);
  const { published } = request;
  const own = published === undefined ? readModelMetadata(main.bytes) : undefined;
  const from = `the file's ${metadataName} metadata`;
  const facts: FileFacts = {
    framework: "TensorFlow Lite",
    operations: new Map(),
    ...(own && {
      preprocess: { value: own.preprocess, from },
      labels: { value: own.labels, from },
    }),
  };
  return modelOfGraph(graph, facts, main, request);
}
