/**
 * TensorFlow Lite files: one file holds the graph, its weights and, where somebody wrote them into it,
 * preprocessing and labels.
 */
import type { InputNode } from "../../graph/ir.ts";
import type { Model } from "../../models/model.ts";
import type { FileFacts } from "../file-facts.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import { factsOf, metadataName } from "../model-description.ts";
import type { ReadRequest } from "../request.ts";
import { contradictionOf, rangeOfMetadata } from "./input-range.ts";
import { readModelMetadata } from "./model-metadata.ts";
import { readStandardMetadata, type StandardMetadata } from "./standard-metadata.ts";
import { readTfliteGraph, type TfliteGraph } from "./tflite.ts";

/** The model of a `.tflite` file. */
export async function readTfliteModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const read = readTfliteGraph(main.bytes, main.place);
  const { graph, facts } = read;
  if (request.published !== undefined) return modelOfGraph(graph, facts, main, request);
  const own = readModelMetadata(main.bytes);
  if (own !== undefined) {
    const said = factsOf(own, facts, `the file's ${metadataName} metadata`);
    return modelOfGraph(graph, said, main, request);
  }
  const standard = await readStandardMetadata(main.bytes);
  return modelOfGraph(graph, standard ? withMetadata(read, standard) : facts, main, request);
}

/** A detector's settings with the metadata's threshold, which is more than the operator's own. */
function withThreshold(
  { detection }: FileFacts,
  scoreThreshold: number | undefined,
): Pick<FileFacts, "detection"> {
  if (detection === undefined || scoreThreshold === undefined) return {};
  return { detection: { ...detection, settings: { ...detection.settings, scoreThreshold } } };
}

/** What the tables say, and what the metadata says beside them; operators come before words. */
function withMetadata({ graph, facts }: TfliteGraph, standard: StandardMetadata): FileFacts {
  const input = graph.nodes.find((node): node is InputNode => node.op === "input");
  const { range, note } = input === undefined ? {} : rangeOfMetadata(standard, input);
  const stated = facts.range ?? range;
  const { title, labels, scoreThreshold } = standard;
  return {
    ...facts,
    ...withThreshold(facts, scoreThreshold),
    ...(stated && { range: stated }),
    ...(labels && { labels }),
    notes: [
      ...(facts.notes ?? []),
      ...(title === "" ? [] : [`the file describes itself: ${title}`]),
      ...standard.notes,
      ...(scoreThreshold !== undefined && facts.detection === undefined
        ? [`the metadata wants scores of at least ${scoreThreshold}, others are given too`]
        : []),
      ...(note === undefined ? [] : [note]),
      ...contradictionOf(range, facts.range),
    ],
  };
}
