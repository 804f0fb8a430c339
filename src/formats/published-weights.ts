/**
 * The short way of published weights: a record says what they are, so that nothing is detected, assumed
 * or named, and pages that load them download no more than this.
 */
import { placeError } from "../errors.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Model } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import type { Tensor } from "../tensor.ts";
import { mapByRow } from "./map-weights.ts";
import type { ModelDescription } from "./request.ts";
import { taskConventions } from "./task-conventions.ts";
import { tensorflowSchemes } from "./tensorflow-names.ts";

/**
 * The model of a record with these weights; nothing where they need a longer look: without a head, or
 * with names that are not TensorFlow's.
 *
 * @throws MobileNetError `invalid-model` where the weights are not the record's.
 */
export function modelOfPublished(
  tensors: ReadonlyMap<string, Tensor>,
  published: ModelDescription,
  name: string,
): Model | undefined {
  const names = [...tensors.keys()];
  const row = Object.values(tensorflowSchemes).find(({ mark }) =>
    names.some((each) => mark.test(each)),
  );
  if (row === undefined || published.headless === true) return undefined;
  const { architecture, preprocess, labels } = published;
  const { task, resolution } = architecture;
  const graph = bindWeights(buildNetwork(architecture), weightsOf(tensors, { row, task, name }));
  const said = "the hub's record";
  const model = {
    ...{ name, graph, preprocess, labels, features: graph.landmarks.features },
    origin: {
      ...{ format: "", operations: {}, range: said, labels: said, notes: [] },
      framework: `${row.title}, by the weights' names`,
    },
  };
  return { ...model, ...taskConventions[task].head(resolution, published) };
}

function weightsOf(
  tensors: ReadonlyMap<string, Tensor>,
  {
    row,
    task,
    name,
  }: {
    readonly row: Parameters<typeof mapByRow>[1];
    readonly task: Model["task"];
    readonly name: string;
  },
): ReadonlyMap<string, Tensor> {
  try {
    const mapped = mapByRow(tensors, row);
    // A segmenter's files carry the classifier's last convolution too.
    if (task !== "segment") return mapped;
    return new Map([...mapped].filter(([key]) => !key.startsWith("head/")));
  } catch (error) {
    throw placeError(error, name);
  }
}
