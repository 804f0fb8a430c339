/**
 * What a Keras model's configuration says, in whatever container: its layers by their classes and its
 * input. Any of it may be missing or of another kind; then it is left out.
 */
import { isRecord } from "./files.ts";
import { countNames, type FileOutline } from "./outline.ts";

/** A parsed object. */
export type Json = Readonly<Record<string, unknown>>;

/** Models within models, at most so deep. */
const mostDepth = 16;

/** The outline of a model's configuration, of whatever container. */
export function outlineLayers(model: unknown): Omit<FileOutline, "framework"> {
  const layers = layersIn(recordOf(model), 0);
  const [shaped] = layers.flatMap(({ config }) => {
    const { name, batch_input_shape: one, batch_shape: other, dtype } = recordOf(config);
    const shape = Array.isArray(one) ? one : other;
    if (!Array.isArray(shape)) return [];
    const sizes = shape.map((size) => (Number.isSafeInteger(size) ? (size as number) : null));
    const type = typeof dtype === "string" ? dtype : "float32";
    return [{ name: typeof name === "string" ? name : "input", shape: sizes, dtype: type }];
  });
  return {
    operations: countNames(
      textsAmong(layers.map((layer) => layer["class_name"])).filter(
        (name) => name !== "InputLayer",
      ),
    ),
    inputs: shaped === undefined ? [] : [shaped],
    outputs: [],
  };
}

/** All layers, those of models within the model in their place. */
function layersIn(model: Json, depth: number): readonly Json[] {
  const { config } = model;
  const layers = listOf(Array.isArray(config) ? config : recordOf(config)["layers"]);
  if (layers.length === 0 || depth === mostDepth) return depth === 0 ? [] : [model];
  return layers.flatMap((layer) => layersIn(layer, depth + 1));
}

/** A record, or none of its fields. */
export function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** A list of records, or an empty one. */
export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

/** Those of some values that are texts. */
export function textsAmong(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}
