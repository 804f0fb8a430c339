/**
 * Writes a graph as an ONNX model, operator set 13, that any engine of the last years takes. Constants
 * and values are named after the graph's parameters and nodes.
 */
import type { Graph } from "../../graph/ir.ts";
import { OnnxDraft } from "./draft.ts";
import { writeDetectorEnd } from "./write-detection.ts";
import { writeOnnxNode } from "./write-operators.ts";
import { type OnnxSettings, usualOnnxSettings } from "./write-settings.ts";

/**
 * The bytes of an `.onnx` file that computes the graph, float32 or 8-bit.
 *
 * Inputs are `[n, channels, rows, columns]` under their nodes' names. So are outputs, except for results
 * of one pixel, which are `[n, channels]`, and for lists that a reshape made (one column), which are
 * `[n, rows, channels]`. What is 8-bit in the graph is uint8 in the file: integers of int8 plus 128. An
 * engine may round its 8-bit values to neighbouring steps, since the format leaves that to it.
 *
 * @param graph - With values for its parameters; batch norms, activations and shortcuts may be joined
 *   or not, blocks may not.
 * @throws MobileNetError `unsupported` naming the operation and node that the format has no operator
 *   for, `invalid-argument` where a parameter has no values, `invalid-model` where shapes or types do
 *   not fit.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 10 });
 * const tensors = new Map(
 *   [...graph.parameters].map(([name, { shape }]) => {
 *     const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.01);
 *     return [name, { dtype: "float32" as const, shape, data }];
 *   }),
 * );
 * const file = writeOnnx(bindWeights(graph, tensors));
 * new TextDecoder().decode(file.subarray(4, 15)); // "mobilenetv2"
 * ```
 */
export function writeOnnx(graph: Graph): Uint8Array {
  return writeOnnxAs(graph, usualOnnxSettings);
}

/**
 * The same in another operator set or layout, or for any number of images; of a detector also with its
 * boxes or its objects in place of encodings and scores.
 *
 * @throws MobileNetError `unsupported` with the least operator set that can say it, too.
 */
export function writeOnnxAs(graph: Graph, settings: OnnxSettings): Uint8Array {
  const draft = new OnnxDraft(graph, settings);
  for (const node of graph.nodes) writeOnnxNode(draft, node);
  const { detection } = settings;
  return draft.finish(detection && writeDetectorEnd(draft, detection));
}
