/**
 * A Keras model's configuration as one list of layers in the order in which they can run. Sequential and
 * Functional models, and models within models, become the same: layers that read the outputs of others.
 * A layer that is called twice, or a second input, is refused by its name.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { invalidModel, isRecord } from "../files.ts";
import { type Argument, type Call, callsOf, type Reference, referencesOf } from "./calls.ts";
import {
  isModelClass,
  type LayerPlace,
  type ListedLayer,
  layerPlaceIn,
  listLayers,
  mostLayers,
} from "./listed-layers.ts";
import type { JsonFields } from "./values.ts";

/** What a layer reads: the output of a layer, by its key, or a value that stands in the file. */
export type Operand = { readonly key: string } | { readonly value: unknown };

/** A layer that computes something. */
export interface KerasLayer {
  /** Of its output; unique. */
  readonly key: string;
  readonly name: string;
  readonly className: string;
  readonly config: JsonFields;
  /** The models around it, outermost first, without the whole; the layer itself is the last. */
  readonly path: readonly LayerPlace[];
  readonly operands: readonly Operand[];
  readonly named: ReadonlyMap<string, Operand>;
  /** Whether it is a function that the model calls, none of the layers that may be called the same. */
  readonly isOperation: boolean;
}

/** A model without models in it. */
export interface KerasNetwork {
  readonly name: string;
  /** What a layer reads comes before it. */
  readonly layers: readonly KerasLayer[];
  /** The keys of its outputs. */
  readonly outputs: readonly string[];
}

/** Models lie in models a few deep. */
const mostDepth = 12;

/**
 * The layers of a model's config, `{"class_name": "Functional", "config": {…}}`.
 *
 * @param place - The file, for errors.
 * @throws MobileNetError `invalid-model` where it is malformed, `unsupported` for what is not read.
 */
export function parseNetwork(model: unknown, place: string): KerasNetwork {
  return new Flattener(place).network(model);
}

class Flattener {
  readonly #place: string;
  readonly #layers: KerasLayer[] = [];
  #hasInput = false;
  #listedLayers = 0;

  constructor(place: string) {
    this.#place = place;
  }

  network(model: unknown): KerasNetwork {
    const { class_name: className, config } = isRecord(model) ? model : {};
    if (!isModelClass(className)) {
      throw new MobileNetError("unsupported", "no model of this Keras class is read", {
        node: this.#place,
        expected: "Sequential or Functional",
        received: quote(className),
      });
    }
    const name = isRecord(config) && typeof config["name"] === "string" ? config["name"] : "model";
    const outputs = this.#model(config, { path: [], given: undefined });
    if (outputs.length > 0 && this.#hasInput) return { name, layers: this.#layers, outputs };
    throw invalidModel(this.#place, "the model has no layers", "an input and an output", "none");
  }

  /** Adds a model's layers and gives the keys of its outputs. */
  #model(config: unknown, around: Around): readonly string[] {
    if (around.path.length > mostDepth) {
      throw this.#fault(around.path, "unsupported", "models lie too deep in models");
    }
    // Of a Sequential model, the oldest files have only the list.
    const fields: JsonFields = isRecord(config) ? config : { layers: config };
    const list = listLayers(fields["layers"], this.#place, around.path);
    this.#listedLayers += list.length;
    if (this.#listedLayers > mostLayers) {
      throw this.#fault(around.path, "invalid-model", "there are too many layers");
    }
    return fields["output_layers"] === undefined
      ? this.#sequence(list, fields, around)
      : this.#functional(list, fields, around);
  }

  /** Layers one after another. */
  #sequence(
    list: readonly ListedLayer[],
    fields: JsonFields,
    { path, given }: Around,
  ): readonly string[] {
    let last: readonly string[] = given ?? [];
    for (const [i, { step, config, isModel }] of list.entries()) {
      const inner = [...path, step];
      const isInput = step.className === "InputLayer";
      if (i === 0 && given === undefined && !isInput && !isModel) {
        const shape = config["batch_input_shape"] ?? fields["build_input_shape"];
        last = [this.#input({ batch_input_shape: shape, dtype: config["dtype"] }, inner)];
      }
      if (last.length > 1) throw this.#fault(inner, "unsupported", "reads several outputs");
      const [key] = last;
      if (isModel) {
        last = this.#model(config, { path: inner, given: key === undefined ? undefined : [key] });
      } else if (isInput && key === undefined) last = [this.#input(config, inner)];
      else last = [this.#layer(step, config, { path: inner, operands: [{ key: key ?? "" }] })];
    }
    return last;
  }

  /** Layers that name what they read, from the outputs back. */
  #functional(list: readonly ListedLayer[], fields: JsonFields, around: Around): readonly string[] {
    const { path, given } = around;
    const listed = new Map(list.map((layer) => [layer.step.name, layer]));
    const calls = new Map<string, Call>();
    const keys = new Map<string, readonly string[]>();
    const inputs = this.#references(fields, "input_layers", path);
    if (given === undefined && inputs.length !== 1) {
      const names = inputs.map(({ layer }) => layer).join(", ");
      throw this.#fault(path, "unsupported", "the model has several inputs", "one input", names);
    }
    if (given !== undefined && given.length !== inputs.length) {
      throw this.#fault(
        path,
        "invalid-model",
        "inputs do not fit",
        `${inputs.length}`,
        `${given.length}`,
      );
    }
    for (const [i, { layer: name }] of inputs.entries()) {
      const layer = listed.get(name);
      if (layer === undefined) throw this.#missing(path, name);
      const inner = [...path, layer.step];
      const key = given?.[i];
      keys.set(name, [
        key === undefined
          ? this.#input(layer.config, inner)
          : this.#layer(layer.step, layer.config, { path: inner, operands: [{ key }] }),
      ]);
    }
    const keyOf = ({ layer, tensor }: Reference): string => {
      const key = keys.get(layer)?.[tensor];
      if (key !== undefined) return key;
      throw this.#fault(
        path,
        "invalid-model",
        "an output is missing",
        `output ${tensor} of ${layer}`,
        "none",
      );
    };
    const outputs = this.#references(fields, "output_layers", path);
    // A stack instead of recursion: a network may be as deep as its file is long.
    const stack = outputs.map(({ layer }) => layer).reverse();
    const open = new Set<string>();
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const layer = listed.get(name);
      if (layer === undefined) throw this.#missing(path, name);
      if (keys.has(name)) {
        stack.pop();
        continue;
      }
      const inner = [...path, layer.step];
      let call = calls.get(name);
      if (call === undefined) {
        call = this.#onlyCall(layer, inner);
        calls.set(name, call);
      }
      const read = referencesIn(call);
      const waiting = read.map((reference) => reference.layer).filter((other) => !keys.has(other));
      if (waiting.length > 0) {
        if (open.has(name)) throw this.#fault(inner, "invalid-model", "reads its own output");
        open.add(name);
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      const operand = (argument: Argument): Operand =>
        "tensor" in argument ? { key: keyOf(argument.tensor) } : argument;
      const operands = call.operands.map(operand);
      if (layer.isModel) {
        this.#requireTensors(call, inner);
        const inputs = operands.flatMap((one) => ("key" in one ? [one.key] : []));
        keys.set(name, this.#model(layer.config, { path: inner, given: inputs }));
        continue;
      }
      const named = new Map([...call.named].map(([key, value]) => [key, operand(value)]));
      const { step, config, isOperation } = layer;
      keys.set(name, [this.#layer(step, config, { path: inner, operands, named, isOperation })]);
    }
    return outputs.map(keyOf);
  }

  #onlyCall({ fields, step }: ListedLayer, path: readonly LayerPlace[]): Call {
    const calls = callsOf(fields["inbound_nodes"]);
    if (calls === undefined)
      throw this.#fault(path, "invalid-model", "its inbound_nodes are malformed");
    const [call, ...others] = calls;
    if (others.length > 0) {
      throw this.#fault(path, "unsupported", "is shared", "one call", `${calls.length} calls`);
    }
    if (call !== undefined) return call;
    throw step.className === "InputLayer"
      ? this.#fault(path, "unsupported", "the model has several inputs")
      : this.#fault(path, "invalid-model", "nothing is read by it");
  }

  /** A model inside is called with tensors; whether it learns or hides some would change what it does. */
  #requireTensors({ operands, named }: Call, path: readonly LayerPlace[]): void {
    const places = operands.flatMap((one) =>
      "value" in one ? [["a constant", one] as const] : [],
    );
    for (const [name, argument] of [...places, ...named]) {
      if ("value" in argument && (argument.value ?? false) === false) continue;
      const received = "value" in argument ? quote(argument.value) : "a tensor";
      throw this.#fault(
        path,
        "unsupported",
        `it is called with ${quote(name)}`,
        "tensors",
        received,
      );
    }
  }

  #references(fields: JsonFields, key: string, path: readonly LayerPlace[]): readonly Reference[] {
    const references = referencesOf(fields[key]);
    if (references !== undefined && references.length > 0) return references;
    const expected = "references to layers";
    throw invalidModel(this.#at(path), `${key} is malformed`, expected, quote(fields[key]));
  }

  #input(config: JsonFields, path: readonly LayerPlace[]): string {
    if (this.#hasInput) throw this.#fault(path, "unsupported", "the model has several inputs");
    this.#hasInput = true;
    const name = path.at(-1)?.name ?? "input";
    return this.#layer({ name, className: "InputLayer", rank: 0 }, config, { path, operands: [] });
  }

  #layer(
    { name, className }: LayerPlace,
    config: JsonFields,
    {
      path,
      operands,
      named = new Map(),
      isOperation = false,
    }: Pick<KerasLayer, "path" | "operands"> & Partial<KerasLayer>,
  ): string {
    const key = `${this.#layers.length}`;
    this.#layers.push({ key, name, className, config, path, operands, named, isOperation });
    return key;
  }

  #missing(path: readonly LayerPlace[], name: string): MobileNetError {
    return invalidModel(this.#at(path), "a layer is missing", `a layer ${quote(name)}`, "none");
  }

  #fault(
    path: readonly LayerPlace[],
    code: "unsupported" | "invalid-model",
    summary: string,
    expected?: string,
    received?: string,
  ): MobileNetError {
    return new MobileNetError(code, summary, { node: this.#at(path), expected, received });
  }

  #at(path: readonly LayerPlace[]): string {
    return layerPlaceIn(this.#place, path);
  }
}

/** The models around a layer and what the innermost is given; nothing where it is the whole. */
interface Around {
  readonly path: readonly LayerPlace[];
  readonly given: readonly string[] | undefined;
}

function referencesIn({ operands, named }: Call): readonly Reference[] {
  return [...operands, ...named.values()].flatMap((argument) =>
    "tensor" in argument ? [argument.tensor] : [],
  );
}
