/**
 * Weights under others' names become weights under ours: renamed by the tables, depthwise filters
 * without TensorFlow's trailing multiplier, dense layers as 1×1 convolutions, and separate scales of
 * folded batch norms multiplied in; PyTorch's filters in our order. Values are shared, not copied,
 * wherever they stay the same.
 */
import { MobileNetError } from "../errors.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { invalidModel } from "./files.ts";
import type { SchemeRow, WeightPart } from "./naming-scheme.ts";

type Layer = Map<WeightPart, Tensor<"float32">>;

/** Finds dense layers whose names say nothing among tensors, by the features that they read. */
type FindHead = (
  tensors: ReadonlyMap<string, Tensor>,
  features: number,
) => readonly {
  readonly weights: Tensor<"float32">;
  readonly bias?: Tensor<"float32"> | undefined;
}[];

/**
 * Tensors by this library's names, as `bindWeights` takes them.
 *
 * @param row - Whose names they have.
 * @param findHead - For weights whose head may have no telling names.
 * @throws MobileNetError `invalid-model` or `unsupported` naming the tensor that has no place.
 */
export function mapByRow(
  tensors: ReadonlyMap<string, Tensor>,
  row: SchemeRow,
  findHead?: FindHead,
): Map<string, Tensor> {
  const layers = new Map<string, Layer>();
  const local = row.localNames([...tensors.keys()]);
  const others = new Map<string, Tensor<"float32">>();
  const nameless = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const place = row.place(local(name));
    if (place === undefined) {
      if (row.dense !== undefined) {
        if (tensor.dtype === "float32") others.set(local(name), tensor as Tensor<"float32">);
        continue;
      }
      if (looksLikeWeights(name, tensor)) throw unknownLayer(name, tensor);
      nameless.set(name, tensor);
      continue;
    }
    if (tensor.dtype !== "float32") throw invalidModel(name, "wrong type", "float32", tensor.dtype);
    const layer: Layer = layers.get(place.layer) ?? new Map();
    if (layer.has(place.part)) throw invalidModel(name, "two tensors for one place", "one", "two");
    layer.set(place.part, tensor as Tensor<"float32">);
    layers.set(place.layer, layer);
  }
  if (findHead !== undefined && ![...layers.keys()].some(isHead)) {
    addNamelessHead(layers, nameless, findHead);
  }
  const mapped = new Map<string, Tensor>();
  for (const [name, layer] of nameDenseLayers(layers)) {
    for (const [part, tensor] of normalize(name, layer, row)) {
      mapped.set(`${name}/${part}`, tensor);
    }
  }
  const dense = row.dense?.(others) ?? [];
  for (const [i, { weights, bias }] of dense.entries()) {
    const name = i === dense.length - 1 ? "classifier" : `hidden_${i + 1}`;
    mapped.set(`${name}/weights`, weights).set(`${name}/bias`, bias);
  }
  return mapped;
}

/** Whether a layer that gives classes has a name. */
export function namesHead(names: readonly string[], row: SchemeRow): boolean {
  const local = row.localNames(names);
  return names.some((name) => isHead(row.place(local(name))?.layer ?? ""));
}

function isHead(layer: string): boolean {
  return /^(?:classifier|dense|logits|box_|class_)/.test(layer);
}

/** Gives dense layers without names those of numbered ones. */
function addNamelessHead(
  layers: Map<string, Layer>,
  tensors: ReadonlyMap<string, Tensor>,
  findHead: FindHead,
): void {
  const features = layers.get("head")?.get("weights")?.shape.at(-1);
  if (features === undefined) return;
  for (const [i, { weights, bias }] of findHead(tensors, features).entries()) {
    const parts: Layer = new Map([["weights", weights]]);
    if (bias !== undefined) parts.set("bias", bias);
    layers.set(`dense_${i + 1}`, parts);
  }
}

/** Dense layers in order of their numbers: `hidden_1` …, the last is the classifier. */
function nameDenseLayers(layers: ReadonlyMap<string, Layer>): ReadonlyMap<string, Layer> {
  const dense = [...layers.keys()]
    .filter((name) => name.startsWith("dense"))
    .sort((a, b) => Number(a.slice("dense_".length)) - Number(b.slice("dense_".length)));
  const names = new Map(dense.map((name, i) => [name, `hidden_${i + 1}`]));
  const last = dense.at(-1);
  if (last !== undefined && !layers.has("classifier")) names.set(last, "classifier");
  return new Map([...layers].map(([name, layer]) => [names.get(name) ?? name, layer]));
}

function normalize(name: string, layer: Layer, row: SchemeRow): Layer {
  const parts: Layer = new Map(layer);
  const weights = parts.get("weights");
  if (weights === undefined)
    throw invalidModel(name, "the layer has no weights", "weights", "others");
  const kernel = row.filters(name, weights);
  const channels = kernel.shape.at(-1)!;
  const scale = parts.get("scale");
  parts.delete("scale");
  parts.set("weights", scale === undefined ? kernel : scaled(name, kernel, scale));
  // Keras leaves out a γ of ones (scale = false) and a β of zeros (center = false).
  if (parts.has("batch_norm/variance")) {
    for (const [part, value] of [
      ["batch_norm/gamma", 1],
      ["batch_norm/beta", 0],
    ] as const) {
      if (parts.has(part)) continue;
      const data = new Float32Array(channels).fill(value);
      parts.set(part, { dtype: "float32", shape: [channels], data });
    }
  }
  return parts;
}

/** Weights times one factor per output channel, which is the last axis in both layouts. */
function scaled(
  name: string,
  weights: Tensor<"float32">,
  scale: Tensor<"float32">,
): Tensor<"float32"> {
  const channels = weights.shape.at(-1)!;
  if (scale.data.length !== channels) {
    const received = formatShape(scale.shape);
    throw invalidModel(name, "the folded scale does not fit", `${channels} values`, received);
  }
  const data = new Float32Array(weights.data.length);
  for (let from = 0; from < data.length; from += channels) {
    for (let channel = 0; channel < channels; channel++) {
      data[from + channel] = weights.data[from + channel]! * scale.data[channel]!;
    }
  }
  return { ...weights, data };
}

function unknownLayer(name: string, tensor: Tensor): MobileNetError {
  return new MobileNetError("unsupported", "weights of a layer that MobileNetV2 does not have", {
    node: name,
    received: formatShape(tensor.shape),
    remedy: "Classifiers, their backbones, SSDLite and DeepLabv3 are read by their names.",
  });
}

/**
 * Whether a tensor without a place is one that the network would need: constants of postprocessing,
 * counters and shapes have low ranks, convolutions and dense layers do not.
 */
function looksLikeWeights(name: string, tensor: Tensor): boolean {
  const { length: rank } = tensor.shape;
  return tensor.dtype === "float32" && (rank === 4 || (rank === 2 && /kernel|weights/.test(name)));
}
