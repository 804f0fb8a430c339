/** Layers models as JSON, written by hand: what a test says about layers, with weights of ones. */
import type { ModelFiles } from "../../../src/formats/files.ts";

/** A layer of a Sequential model, or with what it reads, of a Functional one. */
export interface JsonLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly inbound_nodes?: readonly unknown[];
}

export const layer = (
  className: string,
  name: string,
  config: Readonly<Record<string, unknown>> = {},
): JsonLayer => ({ class_name: className, config: { name, trainable: true, ...config } });

/** An input layer. */
export const input = (shape: readonly (number | null)[], name = "picture"): JsonLayer =>
  layer("InputLayer", name, { batch_input_shape: [null, ...shape], dtype: "float32" });

/** One layer after another. */
export const sequential = (layers: readonly JsonLayer[], name = "model"): JsonLayer => ({
  class_name: "Sequential",
  config: { name, layers },
});

/** Layers that read others by name. */
export function functional(
  layers: readonly (readonly [layer: JsonLayer, ...reads: string[]])[],
  [first, last]: readonly [inputs: readonly string[], outputs: readonly string[]],
): JsonLayer {
  const refer = (names: readonly string[]): unknown[] => names.map((name) => [name, 0, 0]);
  return {
    class_name: "Functional",
    config: {
      name: "model",
      layers: layers.map(([one, ...reads]) => ({
        ...one,
        name: one.config["name"],
        inbound_nodes: reads.length === 0 ? [] : [reads.map((name) => [name, 0, 0, {}])],
      })),
      input_layers: refer(first),
      output_layers: refer(last),
    },
  };
}

/** The files of a layers model: weights by names and shapes, all of the value. */
export function layersFiles(
  model: unknown,
  {
    weights = {},
    value = 1,
    version = "2.15.0",
    extra = {},
  }: {
    readonly weights?: Readonly<Record<string, readonly number[]>>;
    readonly value?: number;
    readonly version?: unknown;
    readonly extra?: Readonly<Record<string, unknown>>;
  } = {},
): ModelFiles {
  const encode = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
  const listed = Object.entries(weights).map(([name, shape]) => ({
    name,
    shape,
    dtype: "float32",
  }));
  const count = listed.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const modelTopology = { model_config: model, keras_version: version };
  const weightsManifest = [{ paths: ["./weights.bin"], weights: listed }];
  const beside = Object.entries(extra).map(([name, json]) => [name, encode(json)] as const);
  return new Map([
    ["model.json", encode({ format: "layers-model", modelTopology, weightsManifest })],
    ["weights.bin", new Uint8Array(new Float32Array(count).fill(value).buffer)],
    ...beside,
  ]);
}
