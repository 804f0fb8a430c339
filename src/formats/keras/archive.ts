/**
 * Keras's own archives, `.keras`: a zip of the configuration, the version that wrote it, and weights in
 * HDF5. There, a layer lies under its place among the layers of its class (`layers/conv2d_1`), which
 * stays the same whatever layers are called.
 */
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import type { Tensor } from "../../tensor.ts";
import { invalidModel, isRecord, parseJson } from "../files.ts";
import type { MainFile } from "../format.ts";
import { type Hdf5Object, openHdf5 } from "../hdf5/hdf5.ts";
import type { ReadRequest } from "../request.ts";
import { mostUnpacked, ZipArchive } from "../zip.ts";
import type { LayerPlace } from "./listed-layers.ts";
import { modelOfKeras } from "./model.ts";
import type { KerasLayer } from "./network.ts";
import type { KerasWeights, LayerWeights } from "./weights.ts";

/** Where an archive has its layers. */
export const configName = "config.json";
const metadataName = "metadata.json";
const weightsName = "model.weights.h5";

/** Models lie in models a few deep. */
const mostDepth = 16;

/** The model of a `.keras` file. */
export async function readKerasArchive(main: MainFile, request: ReadRequest): Promise<Model> {
  const { bytes, place } = main;
  const archive = new ZipArchive(bytes, mostUnpacked(bytes.length));
  const json = async (name: string): Promise<unknown> =>
    parseJson(await readPart(archive, name, place), `${place}: ${name}`);
  const metadata = await json(metadataName);
  const weights = await readPart(archive, weightsName, place);
  const root = openHdf5(weights, `${place}: ${weightsName}`);
  const places = await readPlaces(root, { depth: 0, seen: new Set() });
  const content = {
    model: await json(configName),
    version: isRecord(metadata) ? metadata["keras_version"] : undefined,
    bytes: bytes.length + weights.length,
    weights: () => new PlacedWeights(places),
  } satisfies Parameters<typeof modelOfKeras>[0];
  return modelOfKeras(content, main, request);
}

async function readPart(archive: ZipArchive, name: string, place: string): Promise<Uint8Array> {
  const bytes = await archive.read(name);
  if (bytes !== undefined) return bytes;
  const names = archive.names.slice(0, 5).join(", ") || "no files";
  const isOther = name === weightsName && archive.names.some((one) => one.includes("weights"));
  if (!isOther) throw invalidModel(place, "a part of the archive is missing", name, names);
  throw new MobileNetError("unsupported", "the archive's weights are not read", {
    node: place,
    expected: weightsName,
    received: names,
    remedy: "Save the model again with model.save('model.keras').",
  });
}

/** What a group of weights holds: those of a layer, and the layers of a model. */
interface Place {
  /** The layer's own name, where the file has it. */
  readonly name: string | undefined;
  /** In order. */
  readonly weights: LayerWeights;
  /** By the names of the groups: `conv2d_1`. */
  readonly layers: ReadonlyMap<string, Place>;
}

async function readPlaces(
  group: Hdf5Object,
  { depth, seen }: { readonly depth: number; readonly seen: Set<Hdf5Object> },
): Promise<Place> {
  // Each group counts once, so that links cannot lead in a circle.
  const isNew = depth <= mostDepth && !seen.has(group);
  seen.add(group);
  const vars = isNew ? group.member("vars") : undefined;
  const weights = new Map<string, Tensor>();
  for (const name of vars?.names() ?? []) {
    const dataset = vars?.member(name);
    if (dataset?.isDataset()) weights.set(name, await dataset.tensor());
  }
  const inner = isNew
    ? (group.member("layers") ?? group.member("_layer_checkpoint_dependencies"))
    : undefined;
  const layers = new Map<string, Place>();
  for (const name of inner?.names() ?? []) {
    const member = inner?.member(name);
    if (member === undefined || member.isDataset()) continue;
    layers.set(name, await readPlaces(member, { depth: depth + 1, seen }));
  }
  const [name] = vars?.texts("name") ?? [];
  return { name, weights, layers };
}

/** Weights by the places of layers in their models. */
class PlacedWeights implements KerasWeights {
  readonly #root: Place;
  readonly #taken = new Set<Place>();

  constructor(root: Place) {
    this.#root = root;
  }

  find({ path }: KerasLayer): LayerWeights | undefined {
    const found = path.reduce<Place | undefined>(
      (place, step) => place && memberOf(place, step),
      this.#root,
    );
    if (found === undefined || this.#taken.has(found)) return undefined;
    this.#taken.add(found);
    return found.weights;
  }

  findByShape(): undefined {
    return undefined;
  }

  rest(): readonly string[] {
    return this.#restIn(this.#root, "");
  }

  #restIn({ layers }: Place, path: string): readonly string[] {
    return [...layers].flatMap(([name, place]) => [
      ...(place.weights.size > 0 && !this.#taken.has(place) ? [`${path}${name}`] : []),
      ...this.#restIn(place, `${path}${name}/`),
    ]);
  }
}

/** A layer's group: the one that has its name, else the one of its place among those of its class. */
function memberOf({ layers }: Place, { name, className, rank }: LayerPlace): Place | undefined {
  const named = [...layers.values()].filter((place) => place.name === name);
  if (named.length === 1) return named[0];
  const base = snakeCase(className);
  const exact = layers.get(rank === 0 ? base : `${base}_${rank}`);
  const numbered = [...layers.keys()]
    .map((key) => ({ key, number: numberOf(key, base) }))
    .filter((one): one is { key: string; number: number } => one.number !== undefined)
    .sort((a, b) => a.number - b.number);
  // Keras 2 passes over numbers.
  return exact ?? layers.get(numbered[rank]?.key ?? "");
}

/** The number after a class's name: 0 where there is none. */
function numberOf(key: string, base: string): number | undefined {
  if (key === base) return 0;
  const rest = key.startsWith(`${base}_`) ? key.slice(base.length + 1) : "";
  return /^\d{1,9}$/.test(rest) ? Number(rest) : undefined;
}

/** A class's name as Keras writes it in files: `separable_conv2d`. */
function snakeCase(className: string): string {
  return className
    .slice(0, 200)
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
