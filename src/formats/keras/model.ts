/**
 * From a Keras model, in whatever container, to a model of this library: the options that it leaves to
 * the caller, and what is assumed where nobody says.
 */
import { MobileNetError } from "../../errors.ts";
import type { Graph } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Model } from "../../models/model.ts";
import { resolutionOf } from "../../models/options.ts";
import { required } from "../../required.ts";
import { quote } from "../../untrusted.ts";
import type { FileFacts } from "../file-facts.ts";
import type { MainFile } from "../format.ts";
import { modelOfGraph } from "../graph-model.ts";
import { factsOf, type ModelMetadata, metadataName } from "../model-description.ts";
import { graphOptions, requireRead } from "../model-options.ts";
import type { ReadRequest } from "../request.ts";
import type { KerasInput } from "./input.ts";
import { type KerasFile, readKeras } from "./keras.ts";

/** What a container knows of a Keras model. */
export type KerasContent = Pick<KerasFile, "model" | "bytes" | "weights"> & {
  /** `2.15.0`, or `tfjs-layers 4.22.0`. */
  readonly version: unknown;
  /** What it was converted by, where the file says. */
  readonly converter?: unknown;
  /** What the container says besides the layers, once the input is known. */
  readonly facts?: (input: KerasInput) => Partial<FileFacts>;
  /** This library's own description of the whole model, where the container has one. */
  readonly own?: ModelMetadata | undefined;
  readonly notes?: readonly string[];
};

/** The model that a Keras file's content is. */
export function modelOfKeras(content: KerasContent, main: MainFile, request: ReadRequest): Model {
  const { options, name } = request;
  const { preprocess } = options;
  const prepared = preprocess && ([preprocess.height, preprocess.width] as const);
  const chosen = options.resolution ?? prepared;
  const file: KerasFile = {
    ...content,
    ...versionOf(content, main.place),
    place: main.place,
    // A caller's own preprocessing is made for the input as the file has it, and so is a description's.
    statesRange: preprocess === undefined && content.own === undefined,
    resolution: chosen === undefined ? undefined : resolutionOf({ resolution: chosen }),
  };
  const layers = readKeras(file);
  const { input } = layers;
  const said = content.facts?.(input);
  // Where a file beside the model says what its input takes, layers at the front work on that.
  const twice = said?.range !== undefined && layers.facts.range !== undefined;
  const read = twice ? readKeras({ ...file, statesRange: false }) : layers;
  requireRead(options, input.isStated ? graphOptions : [...graphOptions, "resolution"], name);
  const notes = [...(content.notes ?? []), ...(read.facts.notes ?? [])];
  const found = { ...read.facts, ...said, notes };
  const { own } = content;
  const facts = own ? factsOf(own, found, `the file's ${metadataName} metadata`) : found;
  const graph = own?.detection ? listsInRows(read.graph) : read.graph;
  const model = modelOfGraph(graph, facts, main, request);
  if (input.isStated || chosen !== undefined) return model;
  const assumed = `the input has ${input.dims.slice(0, 2).join("×")} pixels`;
  const assumption = { about: "resolution", assumed, option: "resolution" } as const;
  return { ...model, assumptions: [...(model.assumptions ?? []), assumption] };
}

/** A detector's outputs with an anchor a row: lists of two dimensions have them along the columns. */
function listsInRows(graph: Graph): Graph {
  const shapes = inferShapes(graph);
  const names = new Set(graph.nodes.map(({ name }) => name));
  const nodes = [...graph.nodes];
  const outputs = graph.outputs.map((output) => {
    const [, rows, columns, values] = required(shapes, output);
    if (rows !== 1 || columns === 1) return output;
    let name = `${output}/anchors`;
    while (names.has(name)) name += "'";
    names.add(name);
    nodes.push({ op: "reshape", name, inputs: [output], shape: [columns, 1, values] });
    return name;
  });
  return { ...graph, nodes, outputs };
}

/** What wrote a topology, and which of the ways in which versions differ are its. */
function versionOf(
  { version, converter }: Pick<KerasContent, "version" | "converter">,
  place: string,
): Pick<KerasFile, "framework" | "dialect"> {
  const by =
    typeof converter === "string" && converter !== "" ? `, ${converter.slice(0, 100)}` : "";
  if (version === undefined || version === null) {
    return { framework: `Keras of an unknown version${by}`, dialect: "keras2" };
  }
  const found =
    typeof version === "string" ? /^(tfjs-layers )?((\d+)\.[\w.+-]*)$/.exec(version) : null;
  const [, layers, number = "", major] = found ?? [];
  if (found === null || number.length > 100) {
    throw new MobileNetError("unsupported", "this version of Keras is not known", {
      node: place,
      expected: "2.15.0, say",
      received: quote(version),
    });
  }
  if (layers !== undefined)
    return { framework: `TensorFlow.js layers ${number}${by}`, dialect: "tfjs" };
  return { framework: `Keras ${number}${by}`, dialect: Number(major) >= 3 ? "keras3" : "keras2" };
}
