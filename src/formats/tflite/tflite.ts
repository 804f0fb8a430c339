/**
 * Reads a TensorFlow Lite model as a graph with its weights: float32, float16 weights, or 8 bits
 * with one scale per tensor (TensorFlow 1) or per output channel (TensorFlow 2). A file may come from
 * anywhere, so nothing that it says is believed before it is checked.
 */
import type { Graph } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import type { FileFacts } from "../file-facts.ts";
import { foldPads } from "../fold-pads.ts";
import { type DetectionEnd, detectionOperator, readDetection } from "./detection.ts";
import { foldInputOrder } from "./fold-input-order.ts";
import { Importer } from "./importer.ts";
import { rangeBehindInput } from "./input-range.ts";
import { readOperatorInto } from "./operators.ts";
import { readSchema } from "./schema.ts";

/** A file's graph and what its tables say beside it. */
export interface TfliteGraph {
  readonly graph: Graph;
  readonly facts: FileFacts;
}

/**
 * The graph of a `.tflite` file, its parameters bound. Nodes are named after the file's tensors;
 * tensors of rank 2 are `[n, 1, 1, c]`. Where an 8-bit model's class indices fit, ARG_MAX gives bytes.
 *
 * @param bytes - The whole file.
 * @param place - Where it lies, for errors.
 * @throws MobileNetError `invalid-model` where the file is damaged, its operators do not fit together
 *   or its sizes are not fixed; `unsupported` naming the operator where it is none of this family.
 */
export function readTflite(bytes: Uint8Array, place = ""): Graph {
  return readTfliteGraph(bytes, place).graph;
}

/** The same with what the file's tables say beside the graph. */
export function readTfliteGraph(bytes: Uint8Array, place = ""): TfliteGraph {
  const model = readSchema(bytes);
  const importer = new Importer(model, { place, bytes: bytes.length });
  const operations = new Map<string, number>();
  let detection: DetectionEnd | undefined;
  for (const operator of model.operators) {
    if (operator.kind === detectionOperator && detection === undefined) {
      detection = readDetection(importer, operator);
    } else readOperatorInto(importer, operator);
    operations.set(operator.kind, (operations.get(operator.kind) ?? 0) + 1);
  }
  const read = importer.finish(detection?.ends);
  const range = rangeBehindInput(read, importer.affines);
  const { description, runtime } = model;
  const framework = [
    "TensorFlow Lite",
    ...(description === "" ? [] : [description.replace(/\.$/, "")]),
    ...(runtime === undefined ? [] : [`for runtimes from ${runtime}`]),
  ];
  return {
    graph: pruneGraph(foldPads(foldInputOrder(read))),
    facts: {
      framework: framework.join(", "),
      operations,
      ...(range && { range }),
      ...(detection && { detection }),
      notes: [...importer.notes],
    },
  };
}
