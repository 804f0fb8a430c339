/**
 * TensorFlow.js models, graph or layers: `model.json` and the shards that its manifest names, or both
 * packed as scripts. A topology is read as it is, a graph's or layers'; of models without one, and of
 * published ones, whose records say what they are, only names and values of the weights count.
 */
import type { Model } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import { isRecord, type ModelFiles, parseJson } from "./files.ts";
import type { MainFile } from "./format.ts";
import { modelOfPublished } from "./published-weights.ts";
import { ByteBudget, readAll } from "./reading.ts";
import type { ReadRequest } from "./request.ts";
import { readWeightGroups } from "./tfjs.ts";
import { parseManifest, type WeightGroup } from "./tfjs-manifest.ts";

/** Strings have their lengths in the data; this is plenty for them. */
const mostStringBytes = 64 * 2 ** 20;

/** What reads scripts; few models are such, so it is loaded with the first. */
type Unpacker = typeof import("./tfjs-bundle.ts");

/** Whether a file is a script that carries data. */
export function isScript(name: string): boolean {
  return name.toLowerCase().endsWith(".min.js");
}

/** The model of a `model.json` or `model.min.js`. */
export async function readTfjsModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const unpacker = isScript(main.name) ? await import("./tfjs-bundle.ts") : undefined;
  const json = unpacker
    ? unpacker.unpackManifest(main.bytes, main.place)
    : parseJson(main.bytes, main.place);
  const groups = parseManifest(json, main.place);
  // What reads the topology comes while the weights do.
  const [read, shards] = await Promise.all([
    readerOf(json, main, request),
    collectShards(groups, { main, unpacker, signal: request.signal }),
  ]);
  return await read(readWeightGroups(groups, shards), groups);
}

type Reader = (
  tensors: Map<string, Tensor>,
  groups: readonly WeightGroup[],
) => Model | Promise<Model>;

/** What makes a model of the weights: a reader of the topology that there is, or of names alone. */
async function readerOf(json: unknown, main: MainFile, request: ReadRequest): Promise<Reader> {
  const { published, name } = request;
  if (published !== undefined) {
    return async (tensors) =>
      modelOfPublished(tensors, published, name) ?? (await byNames())(tensors, main, request);
  }
  const { modelTopology: topology } = isRecord(json) ? json : {};
  if (isRecord(json) && hasGraph(topology)) {
    const { readGraphModel } = await import("./tfjs-graph/model.ts");
    return (tensors) => readGraphModel(json, tensors, main, request);
  }
  if (isRecord(json) && hasLayers(topology)) {
    const { readLayersModel } = await import("./keras/tfjs-layers.ts");
    return (tensors, groups) => {
      const weights = groups.flatMap((group) => group.weights);
      const bytes = weights.reduce((sum, weight) => sum + weight.bytes, 0);
      const quantized = weights.some(({ affine }) => affine !== undefined);
      return readLayersModel(json, { tensors, bytes, quantized }, main, request);
    };
  }
  const modelOfWeights = await byNames();
  return (tensors) => modelOfWeights(tensors, main, request);
}

async function byNames(): Promise<typeof import("./named-weights.ts")["modelOfWeights"]> {
  return (await import("./named-weights.ts")).modelOfWeights;
}

/** Whether a topology lists layers; a graph model's lists nodes. */
function hasLayers(topology: unknown): boolean {
  return isRecord(topology) && !Object.hasOwn(topology, "node");
}

/** Whether a topology is a graph, whole or not; an empty one says nothing. */
function hasGraph(topology: unknown): boolean {
  if (!isRecord(topology) || !Object.hasOwn(topology, "node")) return false;
  const { node } = topology;
  return !(Array.isArray(node) && node.length === 0);
}

/** All shards by their paths; they share one budget, the bytes of the weights that they declare. */
async function collectShards(
  groups: readonly WeightGroup[],
  {
    main,
    unpacker,
    signal,
  }: {
    readonly main: MainFile;
    readonly unpacker: Unpacker | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ModelFiles> {
  const paths = groups.flatMap((group) => group.paths);
  const weights = groups.flatMap((group) => group.weights);
  const bytes = weights.reduce((sum, weight) => sum + weight.bytes, 0);
  const hasStrings = weights.some(({ dtype }) => dtype === "string");
  const plain = bytes + (hasStrings ? mostStringBytes : 0);
  const budget = new ByteBudget(unpacker ? unpacker.packedBytes(plain, paths.length) : plain);
  const shards = await readAll(paths, signal, async (path, stop) => {
    if (unpacker === undefined) return [path, await main.read(path, budget, stop)] as const;
    const packed = unpacker.packedShard(path);
    return [path, unpacker.unpackShard(await main.read(packed, budget, stop), packed)] as const;
  });
  return new Map(shards);
}
