/**
 * Weights under others' names become weights under ours: renamed by the tables, depthwise filters
 * without TensorFlow's trailing multiplier, dense layers as 1×1 convolutions, and separate scales of
 * folded batch norms multiplied in; PyTorch's filters in our order. Values are shared, not copied,
 * wherever they stay the same.
 */
import { MobileNetError } from "../errors.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { invalidModel } from "./files.ts";
import { namelessHead } from "./nameless-head.ts";
import type { WeightPart } from "./naming-scheme.ts";
import { denseLayers, filtersOf } from "./pytorch/layout.ts";
import { looksLikeWeights, type NamingScheme, placeOf, schemes } from "./weight-names.ts";

type Layer = Map<WeightPart, Tensor<"float32">>;

/**
 * Tensors by this library's names, as `bindWeights` takes them.
 *
 * @param tensors - By the names they have in their file; what is no weight of the network (constants
 *   of postprocessing, counters) is left out.
 * @throws MobileNetError `invalid-model` or `unsupported` naming the tensor that has no place.
 *
 * @example
 * ```ts
 * const kernel = { dtype: "float32", shape: [3, 3, 3, 32], data: new Float32Array(864) } as const;
 * const canonical = mapWeights(new Map([["Conv1/kernel", kernel]]), "keras");
 * [...canonical.keys()]; // ["stem/weights"]
 * ```
 */
export function mapWeights(
  tensors: ReadonlyMap<string, Tensor>,
  scheme: NamingScheme,
): Map<string, Tensor> {
  const layers = new Map<string, Layer>();
  const { layout, localNames, place: placeIn } = schemes[scheme];
  const local = localNames([...tensors.keys()]);
  const others = new Map<string, Tensor<"float32">>();
  const nameless = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const place = placeIn(local(name));
    if (place === undefined) {
      if (layout === "pytorch") {
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
  if (scheme === "slim" && ![...layers.keys()].some(isHead)) addNamelessHead(layers, nameless);
  const mapped = new Map<string, Tensor>();
  for (const [name, layer] of nameDenseLayers(layers)) {
    for (const [part, tensor] of normalize(name, layer, layout)) {
      mapped.set(`${name}/${part}`, tensor);
    }
  }
  const dense = denseLayers(others);
  for (const [i, { weights, bias }] of dense.entries()) {
    const name = i === dense.length - 1 ? "classifier" : `hidden_${i + 1}`;
    mapped.set(`${name}/weights`, weights).set(`${name}/bias`, bias);
  }
  return mapped;
}

/** Whether a layer that gives classes has a name. */
export function namesHead(names: Iterable<string>, scheme: NamingScheme): boolean {
  return [...names].some((name) => isHead(placeOf(name, scheme)?.layer ?? ""));
}

function isHead(layer: string): boolean {
  return /^(?:classifier|dense|logits|box_|class_)/.test(layer);
}

/** Gives dense layers without names those of numbered ones. */
function addNamelessHead(layers: Map<string, Layer>, tensors: ReadonlyMap<string, Tensor>): void {
  const features = layers.get("head")?.get("weights")?.shape.at(-1);
  if (features === undefined) return;
  for (const [i, { weights, bias }] of namelessHead(tensors, features).entries()) {
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

function normalize(name: string, layer: Layer, layout: "tensorflow" | "pytorch"): Layer {
  const parts: Layer = new Map(layer);
  const weights = parts.get("weights");
  if (weights === undefined)
    throw invalidModel(name, "the layer has no weights", "weights", "others");
  const kernel = layout === "pytorch" ? filtersOf(name, weights) : withOurShape(name, weights);
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

/** `[rows, columns, channels, 1]` loses its multiplier; a dense `[in, out]` becomes 1×1. */
function withOurShape(name: string, weights: Tensor<"float32">): Tensor<"float32"> {
  const { shape } = weights;
  if (name.endsWith("/depthwise") && shape.length === 4) {
    if (shape[3] !== 1) {
      throw invalidModel(name, "bad depth multiplier", "1 filter per channel", formatShape(shape));
    }
    return { ...weights, shape: shape.slice(0, 3) };
  }
  return shape.length === 2 ? { ...weights, shape: [1, 1, ...shape] } : weights;
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
