/**
 * Reads a TensorFlow Lite model as a graph with its weights: float32, float16 weights, or 8 bits
 * with one scale per tensor (TensorFlow 1) or per output channel (TensorFlow 2). A file may come from
 * anywhere, so nothing that it says is believed before it is checked.
 */
import type { Graph } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import { foldPads } from "./fold-pads.ts";
import { Importer } from "./importer.ts";
import { readOperatorInto } from "./operators.ts";
import { readSchema } from "./schema.ts";

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
  const model = readSchema(bytes);
  const importer = new Importer(model, { place, bytes: bytes.length });
  for (const operator of model.operators) readOperatorInto(importer, operator);
  return pruneGraph(foldPads(importer.finish()));
}
