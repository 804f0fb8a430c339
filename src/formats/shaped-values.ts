/**
 * The values of a graph while it is written for libraries in which a tensor has as many dimensions as it
 * needs: a vector of classes `[n, channels]`, a detector's list `[n, rows, channels]`, else a map. Each
 * value stays as it was made, and gets other dimensions only where something asks for them.
 */
import type { FeatureShape, Graph, NodeOf } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { type Shape, sameShape } from "../tensor.ts";

/** A tensor by its name in the file, and its dimensions without the batch. */
export interface ShapedValue {
  readonly tensor: string;
  readonly dims: Shape;
}

/** Values that become one, along an axis that is counted with the batch. */
export interface JoinedValues {
  readonly inputs: readonly ShapedValue[];
  readonly axis: number;
  readonly dims: Shape;
}

/** What a graph's nodes have given. */
export class ShapedValues {
  readonly #shapes: ReadonlyMap<string, FeatureShape>;
  readonly #values = new Map<string, ShapedValue>();
  readonly #reshaped = new Map<string, string>();
  readonly #reshape: (name: string, from: ShapedValue, dims: Shape) => string;

  /** @param reshape - Adds what gives the same values other dimensions, and says its name. */
  constructor(graph: Graph, reshape: (name: string, from: ShapedValue, dims: Shape) => string) {
    this.#shapes = inferShapes(graph);
    this.#reshape = reshape;
  }

  shape(name: string): FeatureShape {
    return required(this.#shapes, name);
  }

  set(name: string, value: ShapedValue): ShapedValue {
    this.#values.set(name, value);
    return value;
  }

  get(name: string): ShapedValue {
    return required(this.#values, name);
  }

  /** A node's values as a map of rows, columns and channels. */
  map(name: string): ShapedValue {
    return this.as(name, this.shape(name).slice(1));
  }

  /** A node's values in as few dimensions as tell what it is. */
  least(name: string): ShapedValue {
    return this.as(name, leastDims(this.shape(name)));
  }

  /** The values of several nodes, in the dimensions that they have where all have equally many, else as maps. */
  alike(names: readonly string[]): readonly ShapedValue[] {
    const own = names.map((name) => this.get(name));
    const isAlike = own.every(({ dims }) => dims.length === own[0]?.dims.length);
    return isAlike ? own : names.map((name) => this.map(name));
  }

  /**
   * What a node joins: its inputs, along which of their axes (counted with the batch), and the dimensions
   * of the result. Lists are joined as lists and vectors as vectors where the axis is one of theirs.
   */
  joined({ inputs: names, axis }: NodeOf<"concat">): JoinedValues {
    const own = this.alike(names);
    const rank = own[0]?.dims.length ?? 3;
    const isThere = axis === 3 || rank === 3 || (rank === 2 && axis === 1);
    const inputs = isThere ? own : names.map((name) => this.map(name));
    const at = axis === 3 && isThere ? rank : axis;
    const total = inputs.reduce((sum, { dims }) => sum + (dims[at - 1] ?? 0), 0);
    const dims = (inputs[0]?.dims ?? []).map((size, i) => (i === at - 1 ? total : size));
    return { inputs, axis: at, dims };
  }

  /** A node's values under these dimensions. */
  as(name: string, dims: Shape): ShapedValue {
    const value = this.get(name);
    if (sameShape(value.dims, dims)) return value;
    const key = `${dims.join()} ${name}`;
    const tensor = this.#reshaped.get(key) ?? this.#reshape(name, value, dims);
    this.#reshaped.set(key, tensor);
    return { tensor, dims };
  }
}

/** As few dimensions as tell what a map is, without the batch. */
export function leastDims([, rows, columns, channels]: FeatureShape): Shape {
  if (rows === 1 && columns === 1) return [channels];
  return columns === 1 ? [rows, channels] : [rows, columns, channels];
}
