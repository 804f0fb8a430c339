/**
 * A graph while a Keras model's layers are read into it, one after another. Feature maps are rank 4 in
 * the graph; a Keras tensor of fewer dimensions lies in the last of them, so that a vector of c values is
 * `[1, 1, 1, c]`. What scales the picture before anything else reads it is no part of the graph: it is
 * the range that the file states.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph, Node, Parameter } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { ranges } from "../../image/presets.ts";
import { required } from "../../required.ts";
import type { Shape } from "../../tensor.ts";
import type { FileFacts } from "../file-facts.ts";
import { GraphImport, type NodeBody } from "../graph-import.ts";
import { layerLabel } from "./listed-layers.ts";
import type { KerasLayer, KerasNetwork } from "./network.ts";
import type { KerasWeights } from "./weights.ts";

/** What a layer gives: a node, and its shape as Keras has it, without the batch. */
export interface KerasTensor {
  readonly node: string;
  readonly dims: Shape;
}

/** A factor and a summand, for all channels or for each. */
export interface ChannelAffine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** What is known of a Keras model besides its layers. */
export interface KerasSource {
  /** The file, for errors. */
  readonly place: string;
  /** Bytes of its weights and topology: the graph may take a few times as many. */
  readonly bytes: number;
  /** What wrote the topology: `Keras 2.15.0`. */
  readonly framework: string;
  /** Which of the ways in which versions differ are its. */
  readonly dialect: "keras2" | "keras3" | "tfjs";
  /** Whether what scales the picture at the front becomes the range; else it stays in the graph. */
  readonly statesRange: boolean;
}

/** Collects nodes for layers. */
export class KerasImporter {
  readonly source: KerasSource;
  readonly weights: KerasWeights;
  readonly graph: GraphImport<string>;
  readonly #tensors = new Map<string, KerasTensor>();
  readonly #shapes = new Map<string, FeatureShape>();
  readonly #readers = new Map<string, number>();
  /** The names of parameters by their keys, and what they name. */
  readonly #names = new Map<string, string>();
  readonly #parameters = new Map<string, Parameter>();
  /** Constants made for the graph, in values, besides the file's. */
  #allowance: number;
  #front: Front | undefined;
  readonly notes: string[] = [];

  constructor(source: KerasSource, network: KerasNetwork, weights: KerasWeights) {
    this.source = source;
    this.weights = weights;
    this.graph = new GraphImport(source.place, source.bytes);
    this.#allowance = source.bytes + 65_536;
    const read = network.layers.flatMap(({ operands, named }) => [...operands, ...named.values()]);
    const keys = [...read.flatMap((one) => ("key" in one ? [one.key] : [])), ...network.outputs];
    for (const key of keys) this.#readers.set(key, (this.#readers.get(key) ?? 0) + 1);
  }

  /** Adds the input. */
  input(layer: KerasLayer, dims: Shape): KerasTensor {
    const shape = mapShape(dims);
    const node = this.graph.add(layer.name, { op: "input", inputs: [], shape }, undefined);
    this.#shapes.set(node, shape);
    const channels = shape[3];
    this.#front = {
      key: layer.key,
      scale: new Array<number>(channels).fill(1),
      offset: new Array<number>(channels).fill(0),
      layers: [],
      isOpen: this.source.statesRange,
      pixels: new Set([layer.key]),
      bytesFor: undefined,
    };
    return { node, dims };
  }

  /** What a key's layer has given. */
  tensor(key: string): KerasTensor {
    const tensor = this.#tensors.get(key);
    if (tensor !== undefined) return tensor;
    throw new MobileNetError("invalid-model", "a layer reads what no layer gives", {
      node: this.source.place,
    });
  }

  /** Reads a layer by what its class does. */
  read(layer: KerasLayer, make: () => KerasTensor): void {
    const made = make();
    this.#tensors.set(layer.key, made);
    const front = this.#front;
    if (front === undefined) return;
    const isFirst = this.#isAtFront(layer);
    if (isFirst && made.node === this.tensor(front.key).node) front.key = layer.key;
    else if (isFirst) front.isOpen = false;
    const [read] = layer.operands.flatMap((one) => ("key" in one ? [one.key] : []));
    const passes = read !== undefined && made.node === this.tensor(read).node;
    // What is cut out, moved or enlarged has the same range.
    if ((passes || movesValues.has(layer.className)) && this.#readsFrom(layer, front.pixels)) {
      front.pixels.add(layer.key);
    }
  }

  /** Takes a scale and an offset as the picture's range, where nothing else reads the picture. */
  foldIntoRange(layer: KerasLayer, { scale, offset }: ChannelAffine): boolean {
    const front = this.#front;
    if (front === undefined) return false;
    if (!this.#isAtFront(layer)) {
      // It stays where it is, and tells all the same that it was made for bytes.
      const isOfBytes = scale.every((value) => Math.abs(value) <= largestOfBytes);
      if (isOfBytes && this.#readsFrom(layer, front.pixels)) front.bytesFor ??= layerLabel(layer);
      return false;
    }
    const at = (list: readonly number[], channel: number): number => list[channel] ?? list[0] ?? 0;
    const scales = front.scale.map((value, i) => value * at(scale, i));
    const offsets = front.offset.map((value, i) => value * at(scale, i) + at(offset, i));
    // What enlarges its values was not made for bytes from 0 to 255, but for 0 to 1, say.
    if (scales.some((value) => Math.abs(value) > 1)) return false;
    front.scale = scales;
    front.offset = offsets;
    front.layers.push(layerLabel(layer));
    return true;
  }

  /** The range that layers at the front make of bytes. */
  range(): FileFacts["range"] {
    const front = this.#front;
    if (front === undefined) return undefined;
    if (front.layers.length === 0) {
      const { bytesFor: from } = front;
      return this.source.statesRange && from !== undefined
        ? { value: ranges.bytes, from }
        : undefined;
    }
    const three = ([a = 0, b = a, c = a]: readonly number[]): [number, number, number] => [a, b, c];
    const value = { scale: three(front.scale), offset: three(front.offset) };
    return { value, from: front.layers.slice(0, 4).join(" and ") };
  }

  /** Adds a node and gives its output, with as many dimensions as are asked for. */
  add(layer: KerasLayer, name: string, body: NodeBody, rank: number): KerasTensor {
    const shape = this.#shapeOf(layer, name, body);
    const node = this.graph.add(name, body, undefined);
    this.#shapes.set(node, shape);
    return { node, dims: shape.slice(4 - rank) };
  }

  /** Makes a parameter once; where its values are none of the file's, they count before they are made. */
  parameter(
    key: string,
    { name, made = 0 }: { readonly name: string; readonly made?: number },
    make: () => Parameter,
  ): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    this.#allowance -= made;
    if (this.#allowance < 0) {
      throw new MobileNetError("invalid-model", "constants take far more than the file holds", {
        node: this.source.place,
        expected: "channels that the weights have too",
        received: `${made} values for ${name}`,
      });
    }
    const parameter = make();
    const given = this.graph.parameter(key, { name, use: "" }, () => parameter);
    this.#names.set(key, given);
    this.#parameters.set(given, parameter);
    return given;
  }

  /** The graph with the network's outputs. */
  finish({ name, outputs }: KerasNetwork): Graph {
    const tensors = outputs.map((key) => {
      const { node } = this.tensor(key);
      const shape = required(this.#shapes, node);
      if (this.graph.value(key) === undefined) {
        this.graph.alias(key, node, { node, shape, quantization: undefined });
      }
      return { key, name: node };
    });
    return this.graph.finish(name, tensors);
  }

  #readsFrom({ operands }: KerasLayer, keys: ReadonlySet<string>): boolean {
    const read = operands.flatMap((one) => ("key" in one ? [one.key] : []));
    return read.length > 0 && read.every((key) => keys.has(key));
  }

  #isAtFront({ operands }: KerasLayer): boolean {
    const [operand] = operands.filter((one): one is { key: string } => "key" in one);
    const front = this.#front;
    return (
      front?.isOpen === true && operand?.key === front.key && this.#readers.get(front.key) === 1
    );
  }

  /** The shape that a node would have, without walking the whole graph again. */
  #shapeOf(layer: KerasLayer, name: string, body: NodeBody): FeatureShape {
    const inputs = [...new Set(body.inputs)].map((input): Node => {
      const shape = required(this.#shapes, input);
      return { op: "input", name: input, inputs: [], shape };
    });
    const node = { ...body, name: `${name} ` } as Node;
    const graph = { name: "", nodes: [...inputs, node], outputs: [], parameters: this.#parameters };
    try {
      return required(inferShapes(graph), node.name);
    } catch (cause) {
      if (!(cause instanceof MobileNetError)) throw cause;
      const { expected, received } = cause;
      const summary = "it does not fit what it reads";
      const at = `${this.source.place}, ${layerLabel(layer)}`;
      throw new MobileNetError("invalid-model", summary, { node: at, expected, received, cause });
    }
  }
}

/** What scales the picture before anything else. */
interface Front {
  key: string;
  scale: readonly number[];
  offset: readonly number[];
  readonly layers: string[];
  /** Until something else than scales reads the picture. */
  isOpen: boolean;
  /** The keys of what holds the picture's own numbers, or some of them. */
  readonly pixels: Set<string>;
  /** The layer that scales such numbers, where none does so at the front. */
  bytesFor: string | undefined;
}

/** Layers whose values are those of their inputs, or 0. */
const movesValues: ReadonlySet<string> = new Set([
  ...["Resizing", "CenterCrop", "Cropping2D", "ZeroPadding2D", "UpSampling2D", "Reshape"],
  ...["Permute", "MaxPooling2D", "MaxPool2D", "AveragePooling2D", "AvgPool2D"],
]);

/** What scales bytes makes them at most a few units large. */
const largestOfBytes = 1 / 16;

/** The graph's shape of a Keras tensor. */
export function mapShape(dims: Shape): FeatureShape {
  const [a, b, c] = [...[1, 1, 1].slice(dims.length), ...dims];
  return [1, a ?? 1, b ?? 1, c ?? 1];
}
