/**
 * ONNX files: one file has the graph and mostly its weights; what its exporter says of labels and
 * preprocessing stands in pairs of texts.
 */

import { MobileNetError } from "../../errors.ts";
import { ranges } from "../../image/presets.ts";
import type { Model } from "../../models/model.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import type { FileFacts } from "../file-facts.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import { factsOf } from "../model-description.ts";
import { graphOptions, requireRead } from "../model-options.ts";
import type { ReadRequest } from "../request.ts";
import { contradictionOf, rangeBehindInput } from "../tflite/input-range.ts";
import { readExternalFiles } from "./external-data.ts";
import { readOnnxMetadata } from "./metadata.ts";
import { type OnnxGraph, readOnnxGraph } from "./read-graph.ts";
import { readOnnxFile } from "./schema.ts";

/** The model of an `.onnx` file. */
export async function readOnnxModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const { place, bytes } = main;
  const { options, name, signal } = request;
  const file = readOnnxFile(bytes, place);
  const external = await readExternalFiles(file, main, signal);
  const beside = [...external.values()].reduce((sum, { length }) => sum + length, 0);
  const metadata = readOnnxMetadata(file.metadata);
  const given = sizeOf(request);
  const size = { given, stated: metadata.size };
  const read = readOnnxGraph(file, { place, bytes: bytes.length + beside, external, size });
  if (!read.open && options.resolution !== undefined) {
    requireRead(options, graphOptions, `${name}, an ONNX file of a fixed size`);
  }
  // Operators and types come before words.
  const words = metadata.range;
  const counts = bytesOf(read) ?? rangeBehindInput(read.read, read.affines, words?.value);
  const range = counts ?? words;
  const unsaid = (read.detector?.assumed ?? []).map(
    (assumed) => ({ about: "head", assumed }) as const,
  );
  const facts: FileFacts = {
    framework: file.producer === "" ? "ONNX" : `ONNX by ${file.producer}`,
    operations: read.operations,
    assumptions: [...read.assumptions, ...(metadata.own?.value.detection ? [] : unsaid)],
    notes: [...read.notes, ...contradictionOf(words, counts)],
    ...(range && { range }),
    ...(read.detector && { detection: read.detector.detection }),
    ...(metadata.labels && { labels: metadata.labels }),
    ...(metadata.architecture && { architecture: metadata.architecture }),
    ...(/^pytorch\b/i.test(file.producer) && { usualRange: "imagenet" as const }),
  };
  const { own } = metadata;
  const said = own === undefined ? facts : factsOf(own.value, facts, own.from);
  return modelOfGraph(read.graph, said, main, request);
}

/** Rows and columns that the caller says. */
function sizeOf({ name, options }: ReadRequest): readonly [number, number] | undefined {
  const { resolution, preprocess } = options;
  const [rows, columns] = typeof resolution === "object" ? resolution : [resolution, resolution];
  if (rows === undefined || columns === undefined) {
    return preprocess && [preprocess.height, preprocess.width];
  }
  const sound = [rows, columns].every((size) => isNumberIn(size, 1, 16_384) && size % 1 === 0);
  if (sound) return [rows, columns];
  throw new MobileNetError("invalid-argument", "bad resolution", {
    node: name,
    expected: "whole numbers from 1 to 16384",
    received: quote(resolution),
  });
}

/** An input of whole bytes takes pictures as they are. */
function bytesOf({ bytes }: OnnxGraph): FileFacts["range"] {
  return bytes ? { value: ranges.bytes, from: "the input's element type, uint8" } : undefined;
}
