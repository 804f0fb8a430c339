/**
 * Functions of each value: as layers of their own, as a layer's `activation`, and as operations that a
 * Functional model calls. The same name may mean another function in another version of Keras.
 */
import type { ElementFunction } from "../../graph/ir.ts";
import { quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import { Config, type JsonFields, wordOf } from "./values.ts";

/** Applies a function to a tensor; `part` is what its nodes are called after the layer's name. */
type Apply = (layer: LayerImport, input: KerasTensor, part: string, config: Config) => KerasTensor;

const elementwise =
  (make: (config: Config, layer: LayerImport) => ElementFunction): Apply =>
  (layer, input, part, config) =>
    layer.add(part, { op: "elementwise", function: make(config, layer) }, [input]);

const node =
  (
    body: { op: "softmax" | "sigmoid" } | { op: "activation"; activation: "relu" | "relu6" },
  ): Apply =>
  (layer, input, part) =>
    layer.add(part, body, [input]);

/** Keras 3 changed it: x / 6 + 0.5 instead of 0.2 x + 0.5. */
function hardSigmoid(_: Config, { dialect }: LayerImport): ElementFunction {
  return { kind: "hardSigmoid", slope: dialect === "keras3" ? 1 / 6 : 0.2, offset: 0.5 };
}

/** Largest float32 number. */
const most = 3.4028234663852886e38;

/** The ReLU layer, of which the others are cases. */
const relu: Apply = (layer, input, part, config) => {
  const high = config.number("max_value");
  const slope = config.number("negative_slope", 0);
  const threshold = config.number("threshold", 0);
  if (threshold !== 0 || (high !== undefined && high < 0)) {
    const expected = "a threshold of 0";
    throw layer.fault("unsupported", "it cuts values off", expected, quote([threshold, high]));
  }
  if (slope === 0) {
    if (high === undefined)
      return layer.add(part, { op: "activation", activation: "relu" }, [input]);
    if (high === 6) return layer.add(part, { op: "activation", activation: "relu6" }, [input]);
    const clip: ElementFunction = { kind: "clip", low: 0, high };
    return layer.add(part, { op: "elementwise", function: clip }, [input]);
  }
  const name = (inner: string): string => (part === "" ? inner : `${part}/${inner}`);
  const leaky = { op: "elementwise", function: { kind: "leakyRelu", slope } } as const;
  if (high === undefined) return layer.add(part, leaky, [input]);
  const clip: ElementFunction = { kind: "clip", low: -most, high };
  const low = layer.add(name("leaky"), leaky, [input]);
  return layer.add(part, { op: "elementwise", function: clip }, [low]);
};

const leakyRelu = (missing: number): Apply =>
  elementwise((config) => ({
    kind: "leakyRelu",
    slope: config.number("negative_slope") ?? config.number("alpha", missing),
  }));

/** Softmax over the last axis, which the channels are. */
const softmax: Apply = (layer, input, part, config) => {
  const axis = config.number("axis", -1);
  if (axis !== -1 && axis !== input.dims.length) {
    throw layer.fault("unsupported", "softmax over another axis", "the last", quote(axis));
  }
  return layer.add(part, { op: "softmax" }, [input]);
};

/** Functions by the names that configs give them, without underscores and in lower case. */
const functions: Readonly<Record<string, Apply>> = {
  linear: (_, input) => input,
  relu,
  relu6: node({ op: "activation", activation: "relu6" }),
  sigmoid: node({ op: "sigmoid" }),
  softmax,
  tanh: elementwise(() => ({ kind: "tanh" })),
  hardsigmoid: elementwise(hardSigmoid),
  hardswish: elementwise(() => ({ kind: "hardSwish" })),
  hardsilu: elementwise(() => ({ kind: "hardSwish" })),
  swish: elementwise(() => ({ kind: "swish" })),
  silu: elementwise(() => ({ kind: "swish" })),
  elu: elementwise((config) => ({ kind: "elu", alpha: config.number("alpha", 1) })),
  leakyrelu: leakyRelu(0.2),
};

/** Layers that are functions, some with other defaults than the functions of the same name. */
export const activationLayers: Readonly<Record<string, ReadLayer>> = {
  Activation: (layer) => withActivation(layer, layer.input(), ""),
  ReLU: (layer) => relu(layer, layer.input(), "", layer.config),
  LeakyReLU: (layer) => leakyRelu(0.3)(layer, layer.input(), "", layer.config),
  ELU: named("elu"),
  Softmax: named("softmax"),
};

/** A layer that is one of the functions, with its own config. */
function named(name: string): ReadLayer {
  return (layer) => apply(name, layer, layer.input(), layer.config);
}

/** Applies a function by its name. */
export function apply(
  name: string,
  layer: LayerImport,
  input: KerasTensor,
  config: Config,
): KerasTensor {
  const found = functions[name];
  if (found !== undefined) return found(layer, input, "", config);
  throw layer.fault("unsupported", "no such function is read", undefined, quote(name));
}

/** Whether there is a function of this name. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** What a layer's `activation` makes of its output. */
export function withActivation(
  layer: LayerImport,
  input: KerasTensor,
  part: "" | "activation" = "activation",
): KerasTensor {
  const given = layer.config.value("activation") ?? "linear";
  const { name, config } = functionOf(given);
  const found = name === undefined || !isFunction(name) ? undefined : functions[name];
  if (found !== undefined) return found(layer, input, part, new Config(config, layer.place));
  const expected = `one of ${Object.keys(functions).join(", ")}`;
  throw layer.fault("unsupported", "its activation is not read", expected, quote(given));
}

/** The name and settings of an activation: a name, a function by its name, or a layer in itself. */
function functionOf(given: unknown): {
  readonly name: string | undefined;
  readonly config: JsonFields;
} {
  if (typeof given === "string") return { name: wordOf(given), config: {} };
  const { class_name: className, config } = isRecord(given) ? given : {};
  if (className === "function" && typeof config === "string") {
    return { name: wordOf(config), config: {} };
  }
  const settings = isRecord(config) ? config : {};
  if (className === "Activation") return functionOf(settings["activation"]);
  const name = typeof className === "string" ? wordOf(className) : undefined;
  // The layer's slope is another than the function's.
  const config3 = name === "leakyrelu" ? { alpha: 0.3, ...settings } : settings;
  return { name, config: config3 };
}
