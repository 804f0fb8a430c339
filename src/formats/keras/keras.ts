/**
 * Keras models, as Keras and TensorFlow.js write them: a configuration that lists layers, and weights by
 * the layers' names. The container, JSON or HDF5, is the concern of others; here both become a graph,
 * and what the file says about it.
 */
import type { Graph } from "../../graph/ir.ts";
import { pruneGraph } from "../../graph/rewrite.ts";
import { quote } from "../../untrusted.ts";
import type { FileFacts } from "../file-facts.ts";
import { foldPads } from "../fold-pads.ts";
import { fitOfResizing } from "./front-resizing.ts";
import { KerasImporter, type KerasSource } from "./importer.ts";
import { checkInner, inputOf, type KerasInput } from "./input.ts";
import { LayerImport } from "./layer-import.ts";
import { readLayer } from "./layers.ts";
import { layerLabel } from "./listed-layers.ts";
import { type KerasLayer, type KerasNetwork, parseNetwork } from "./network.ts";
import type { KerasWeights } from "./weights.ts";

/** A Keras model in a file, whatever the container. */
export interface KerasFile extends KerasSource {
  /** `{"class_name": "Functional", "config": {…}}`. */
  readonly model: unknown;
  /** Rows and columns where the file leaves them open, as the caller has them. */
  readonly resolution: readonly [rows: number, columns: number] | undefined;
  /** The weights, once the layers are known. */
  weights(network: KerasNetwork): KerasWeights;
}

/** What a Keras model's file says. */
export interface KerasModel {
  readonly graph: Graph;
  readonly facts: FileFacts;
  readonly input: KerasInput;
}

/**
 * The graph and the facts of a Keras model.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` naming the layer that is not
 *   read.
 */
export function readKeras(file: KerasFile): KerasModel {
  const { place, framework } = file;
  const network = parseNetwork(file.model, place);
  const importer = new KerasImporter(file, network, file.weights(network));
  const input = inputOf(network, file.resolution, place);
  const operations = new Map<string, number>();
  for (const layer of network.layers) {
    importer.read(layer, () => {
      if (layer.operands.length === 0) return importer.input(layer, input.dims);
      const part = new LayerImport(importer, layer);
      if (layer.className === "InputLayer") {
        checkInner(layer, part.input().dims, place);
        return part.input();
      }
      const { className } = layer;
      operations.set(className, (operations.get(className) ?? 0) + 1);
      return readLayer(part, framework);
    });
  }
  const graph = pruneGraph(foldPads(importer.finish(network)));
  const whole = network.layers.find(({ operands }) => operands.length === 0);
  const range = importer.range() ?? (input.isWhole ? wholeRange(whole) : undefined);
  // A caller who prepares pictures gives them in the size that Resizing makes.
  const front = file.statesRange ? input.resizing : undefined;
  const { fit, notes: ofFit = [] } =
    front === undefined ? {} : fitOfResizing(new LayerImport(importer, front));
  const notes = [...importer.notes, ...ofFit, ...restNotes(importer)];
  return { graph, facts: { framework, operations, range, fit, notes }, input };
}

/** Whole numbers can only be the bytes themselves. */
function wholeRange(layer: KerasLayer | undefined): FileFacts["range"] {
  if (layer === undefined) return undefined;
  const value = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;
  return { value, from: `${layerLabel(layer)}, which takes whole numbers` };
}

/** Weights that no layer has, which a converter may have left. */
function restNotes({ weights }: KerasImporter): readonly string[] {
  const rest = weights
    .rest()
    .filter((name) => !/seed_generator|^optimizer|(^|\/)iteration/.test(name));
  if (rest.length === 0) return [];
  const shown = rest
    .slice(0, 3)
    .map((name) => quote(name))
    .join(", ");
  return [`weights of ${rest.length} layers are no part of the model: ${shown}`];
}
