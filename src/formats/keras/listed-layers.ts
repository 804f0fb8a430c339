/**
 * The layers that a Keras model lists, each with its name, class and config, before anything is known of
 * what reads what.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { invalidModel, isRecord } from "../files.ts";
import type { JsonFields } from "./values.ts";

/** Where a layer or a model lies in the one around it. */
export interface LayerPlace {
  readonly name: string;
  readonly className: string;
  /** How many layers of its class come before it there. */
  readonly rank: number;
}

/** A layer as a model lists it. */
export interface ListedLayer {
  readonly step: LayerPlace;
  readonly fields: JsonFields;
  readonly config: JsonFields;
  readonly isModel: boolean;
  /** Whether it is a function that the model calls. */
  readonly isOperation: boolean;
}

/** Many times as many as networks of this family have. */
export const mostLayers = 20_000;

/** In characters. */
const longestName = 256;

/** Whether a class is one of models, to be opened up. */
export function isModelClass(className: unknown): boolean {
  return className === "Sequential" || className === "Functional" || className === "Model";
}

/**
 * A model's list of layers.
 *
 * @param place - The file, for errors.
 * @param path - The models around, outermost first.
 * @throws MobileNetError `invalid-model` where it is malformed, `unsupported` for an author's own class.
 */
export function listLayers(
  layers: unknown,
  place: string,
  path: readonly LayerPlace[],
): readonly ListedLayer[] {
  const at = layerPlaceIn(place, path);
  if (!Array.isArray(layers) || layers.length > mostLayers) {
    const expected = `a list of at most ${mostLayers} layers`;
    throw invalidModel(at, "the model is malformed", expected, quote(layers));
  }
  const ranks = new Map<string, number>();
  const names = new Set<string>();
  return layers.map((layer: unknown) => {
    const fields = isRecord(layer) ? layer : {};
    const { class_name: className, config } = fields;
    const own = isRecord(config) ? config["name"] : undefined;
    if (typeof className !== "string") {
      throw invalidModel(at, "a layer has no class", "a class_name", quote(className));
    }
    const rank = ranks.get(className) ?? 0;
    ranks.set(className, rank + 1);
    const given = fields["name"] ?? own;
    const name = typeof given === "string" ? given : `${className}_${rank}`;
    const step = { name, className, rank };
    const node = layerPlaceIn(place, [...path, step]);
    if (names.has(name) || name.length > longestName) {
      const expected = `a name of its own, at most ${longestName} characters`;
      throw invalidModel(node, "a layer's name does not tell it apart", expected, quote(name));
    }
    names.add(name);
    requireKeras(fields, node, className);
    const isModel = isModelClass(className);
    const opened = isModel ? { layers: config } : {};
    const known = isRecord(config) ? config : opened;
    return { step, fields, config: known, isModel, isOperation: isFunctionCall(fields, known) };
  });
}

/** A layer in a file, for errors: `model.json, Conv2D "Conv1"`. */
export function layerPlaceIn(file: string, path: readonly LayerPlace[]): string {
  const step = path.at(-1);
  return step === undefined ? file : `${file}, ${layerLabel(step)}`;
}

/** A layer as messages name it: `Conv2D "Conv1"`. */
export function layerLabel({ className, name }: Pick<LayerPlace, "className" | "name">): string {
  return `${className.slice(0, 100)} ${quote(name)}`;
}

/**
 * Whether an entry is a function that Keras 3 calls: its module says so, and where the file leaves
 * modules out, its config is without what every layer's has.
 */
function isFunctionCall({ module, inbound_nodes: nodes }: JsonFields, config: JsonFields): boolean {
  if (typeof module === "string") return module.includes(".ops.");
  const isNew = Array.isArray(nodes) && isRecord(nodes[0]);
  return isNew && !Object.hasOwn(config, "trainable") && !Object.hasOwn(config, "dtype");
}

/** Refuses somebody's own class, which may be called as one of Keras's is. */
function requireKeras(
  { registered_name: name }: JsonFields,
  node: string,
  className: string,
): void {
  if (typeof name !== "string" || !name.includes(">")) return;
  if (isModelClass(className) || name.startsWith("keras")) return;
  throw new MobileNetError("unsupported", "its class is the author's own", {
    node,
    expected: "a class of Keras",
    received: quote(name),
  });
}
