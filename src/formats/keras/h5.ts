/**
 * Keras's HDF5 files. Of whole models the configuration is an attribute of the file, the weights of each
 * layer lie in a group that is called after it and lists them in order; what an optimizer left is passed
 * over. Files of weights alone have the groups, whose names tell the network.
 */
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import type { Tensor } from "../../tensor.ts";
import { invalidModel, parseJson } from "../files.ts";
import type { MainFile } from "../format.ts";
import { type Hdf5Object, openHdf5 } from "../hdf5/hdf5.ts";
import { type ModelMetadata, metadataName, readModelDescription } from "../model-description.ts";
import { graphOptions, requireRead } from "../model-options.ts";
import { modelOfWeights } from "../named-weights.ts";
import type { ReadRequest } from "../request.ts";
import { modelOfKeras } from "./model.ts";
import { NamedWeights } from "./weights.ts";

/** The model of a `.h5` file. */
export async function readKerasH5(main: MainFile, request: ReadRequest): Promise<Model> {
  const { bytes, place } = main;
  const root = openHdf5(bytes, place);
  const [config] = root.texts("model_config") ?? [];
  if (config === undefined) return await readWeightsAlone(root, main, request);
  requireRead(request.options, ["resolution", ...graphOptions], `${request.name}, a whole model`);
  const weights = root.member("model_weights");
  if (weights === undefined) {
    throw invalidModel(place, "the file has no weights", "a group model_weights", "none");
  }
  const tensors = await readGroups(weights, place);
  const [version] = root.texts("keras_version") ?? weights.texts("keras_version") ?? [];
  const content = {
    model: parseJson(new TextEncoder().encode(config), `${place}: model_config`),
    version,
    bytes: bytes.length,
    own: request.published ? undefined : ownDescription(root),
    weights: ({ layers }) => new NamedWeights(tensors, layers),
  } satisfies Parameters<typeof modelOfKeras>[0];
  return modelOfKeras(content, main, request);
}

/** What this library says of a model in a file that it wrote: an attribute of the file. */
function ownDescription(root: Hdf5Object): ModelMetadata | undefined {
  const [said] = root.texts(metadataName) ?? [];
  return said === undefined ? undefined : readModelDescription(new TextEncoder().encode(said));
}

/** What `save_weights` wrote: layers' names are all that tells the network. */
async function readWeightsAlone(
  root: Hdf5Object,
  main: MainFile,
  request: ReadRequest,
): Promise<Model> {
  if (namesIn(root, "layer_names") === undefined) throw noModel(main.place, root);
  return modelOfWeights(await readGroups(root, main.place), main, request);
}

/** Names of layers or weights, which are in several attributes where they are too long for one. */
function namesIn(group: Hdf5Object, attribute: string): readonly string[] | undefined {
  const whole = group.texts(attribute);
  if (whole !== undefined) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = group.texts(`${attribute}${i}`);
    if (part === undefined) return i === 0 ? undefined : parts;
    parts.push(...part);
  }
}

/** Far more than any network of this family has. */
const mostWeights = 20_000;

/** All weights, under the names of their groups and their own. */
async function readGroups(
  weights: Hdf5Object,
  place: string,
): Promise<ReadonlyMap<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  let count = 0;
  for (const layer of namesIn(weights, "layer_names") ?? weights.names()) {
    const group = weights.find(layer);
    if (group === undefined) throw missing(place, layer);
    for (const name of namesIn(group, "weight_names") ?? []) {
      const full = `${layer}/${name}`;
      const dataset = group.find(name);
      if (dataset === undefined) throw missing(place, full);
      if (!tensors.has(full)) tensors.set(full, await dataset.tensor());
      if (++count > mostWeights)
        throw invalidModel(place, "too many weights", `at most ${mostWeights}`, "more");
    }
  }
  return tensors;
}

function missing(place: string, name: string): MobileNetError {
  return invalidModel(place, "weights that it lists are missing", name.slice(0, 200), "nothing");
}

function noModel(place: string, root: Hdf5Object): MobileNetError {
  const names = root.names().slice(0, 5).join(", ");
  return new MobileNetError("unsupported", "the file holds no Keras model, at most its weights", {
    node: place,
    expected: "an attribute model_config",
    received: names === "" ? "no groups" : `groups ${names}`,
    remedy: "Save the whole model: model.save('model.h5'), not model.save_weights.",
  });
}
