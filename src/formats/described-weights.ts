/**
 * Weights in one file with this library's description of their model: the network is built from the
 * architecture that the description states, and nothing is assumed.
 */
import { bindWeights } from "../graph/bind.ts";
import type { Model } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { nameClasses } from "./assume.ts";
import { invalidModel } from "./files.ts";
import type { MainFile } from "./format.ts";
import { metadataName, readModelDescription } from "./model-description.ts";
import { requireRead } from "./model-options.ts";
import { readNetwork } from "./read-architecture.ts";
import type { ReadRequest } from "./request.ts";
import { restateForHead } from "./restate-epsilon.ts";
import { mapWeights, type NamingScheme, schemes } from "./weight-names.ts";

/** What stands in the file. */
interface Described {
  readonly tensors: ReadonlyMap<string, Tensor<"float32">>;
  /** The description, as JSON. */
  readonly said: string;
  /** Whose names the weights have; this library's own where absent. */
  readonly names: string | undefined;
}

/**
 * The model.
 *
 * @throws MobileNetError `invalid-model` where description and weights do not fit together.
 */
export function readDescribedWeights(
  { tensors, said, names = "canonical" }: Described,
  main: Pick<MainFile, "labels" | "place">,
  request: ReadRequest,
): Model {
  const { name, options } = request;
  requireRead(options, ["labels"], `${name}, a file that describes its model`);
  const own = readModelDescription(new TextEncoder().encode(said));
  const network = readNetwork(own.architecture, metadataName);
  const { architecture } = network;
  if (!isScheme(names)) {
    const known = Object.keys(schemes).join(", ");
    throw invalidModel(main.place, "unknown names of weights", known, quote(names));
  }
  const mapped = names === "canonical" ? tensors : mapWeights(tensors, names);
  const { convention } = schemes[names];
  const weights =
    names === "canonical"
      ? mapped
      : restateForHead(mapped, convention, { to: architecture.epsilon });
  const graph = bindWeights(network, weights);
  const from = `the file's ${metadataName} metadata`;
  const { task } = architecture;
  const labels = nameClasses(own.labels.length, {
    ...{ own: { value: own.labels, from }, main, request, background: task === "detect" },
  });
  const base = {
    ...{ name, graph, preprocess: own.preprocess, labels: labels.labels },
    features: network.landmarks.features,
    ...(own.assumptions && { assumptions: own.assumptions }),
    origin: { format: "", operations: {}, range: from, labels: labels.from, notes: [] },
  };
  if (task === "detect") {
    const detection = own.detection ?? ssdliteDetection(architecture.resolution);
    return { ...base, task, detection };
  }
  const isMultiLabel = architecture.network === "mobilenet-v2" && architecture.scores === "sigmoid";
  if (isMultiLabel) return { ...base, task: "classify", multiLabel: true };
  return task === "segment" ? { ...base, task } : { ...base, task };
}

function isScheme(name: string): name is NamingScheme {
  return Object.hasOwn(schemes, name);
}
