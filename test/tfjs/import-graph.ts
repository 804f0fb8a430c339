/** A graph as it is read, before anything is made of it for a task. */
import type { ModelFiles } from "../../src/formats/files.ts";
import { readWeightGroups } from "../../src/formats/tfjs.ts";
import { neededNodes, outputsOf, pictureInputOf } from "../../src/formats/tfjs-graph/file-input.ts";
import { parseGraphDef } from "../../src/formats/tfjs-graph/graph-def.ts";
import { importNodes } from "../../src/formats/tfjs-graph/operations.ts";
import { parseManifest } from "../../src/formats/tfjs-manifest.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { pruneGraph } from "../../src/graph/rewrite.ts";

/** The graph in some files for a picture of this size. */
export function importGraph(files: ModelFiles, [rows, columns]: readonly number[]): Graph {
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const tensors = readWeightGroups(parseManifest(json, "model.json"), files);
  const graph = parseGraphDef(json.modelTopology, "model.json");
  const outputs = outputsOf(json, graph);
  const order = neededNodes(graph, outputs);
  const input = pictureInputOf(json, order, "model.json");
  const file = { graph, tensors, place: "model.json", bytes: 1_000_000, framework: "TensorFlow" };
  const shape = [1, rows!, columns!, input.channels] as const;
  const importer = importNodes(file, order, { ...input, shape });
  const nodes = outputs.map((output) => {
    const value = importer.value(output);
    if (value.type === "map") return importer.outputNode(value);
    throw value.type === "unread" ? value.error : new Error(`${output.node} is no map`);
  });
  return pruneGraph(importer.finish("graph", nodes));
}
