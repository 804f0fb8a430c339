/**
 * Which of a file's weights are a layer's. The topology says what layers there are; weights are found by
 * the layer's name, which the last part of a weight's name follows: `model/Conv1/kernel:0`. A layer whose
 * name leads to none gets what fits it by shape, where a single group does; anything else would be a guess.
 */
import { type Shape, sameShape, type Tensor } from "../../tensor.ts";
import type { KerasLayer } from "./network.ts";

/** A weight that a layer needs: what it is called there, and its shape. */
export interface Wanted {
  /** `kernel`, or other names that versions of Keras gave it. */
  readonly roles: readonly [string, ...string[]];
  /** Any size where −1. */
  readonly shape: Shape;
}

/** A layer's weights by the last part of their names, or by their numbers in order. */
export type LayerWeights = ReadonlyMap<string, Tensor>;

/** The weights of a file. */
export interface KerasWeights {
  /** Those that a layer's place or name leads to. */
  find(layer: KerasLayer): LayerWeights | undefined;
  /** Those of no layer, where a single group of them is just what is wanted. */
  findByShape(wanted: readonly Wanted[]): LayerWeights | undefined;
  /** The names of groups that no layer has taken. */
  rest(): readonly string[];
}

/** Names are looked up by so many of their last parts. */
const mostParts = 12;

/** So many layers may be called otherwise than their weights. */
const mostByShape = 100;

/** Weights under names that the layers' names are in. */
export class NamedWeights implements KerasWeights {
  /** By all of the name but its last part. */
  readonly #groups = new Map<string, Map<string, Tensor>>();
  /** The groups that end like this after a slash. */
  readonly #endings = new Map<string, string[]>();
  /** The groups that begin like this before the first slash. */
  readonly #beginnings = new Map<string, string[]>();
  readonly #taken = new Set<string>();
  readonly #ofLayers: ReadonlySet<string>;
  #byShape = 0;

  constructor(
    tensors: Iterable<readonly [name: string, tensor: Tensor]>,
    layers: readonly KerasLayer[],
  ) {
    for (const [name, tensor] of tensors) {
      const [group, part] = partsOf(name);
      let weights = this.#groups.get(group);
      if (weights === undefined) {
        weights = new Map();
        this.#groups.set(group, weights);
        this.#index(group);
      }
      weights.set(part, tensor);
    }
    this.#ofLayers = new Set(layers.flatMap((layer) => this.#groupOf(layer) ?? []));
  }

  find(layer: KerasLayer): LayerWeights | undefined {
    return this.#take(this.#groupOf(layer));
  }

  findByShape(wanted: readonly Wanted[]): LayerWeights | undefined {
    if (++this.#byShape > mostByShape) return undefined;
    const fitting = [...this.#groups].filter(
      ([group, weights]) =>
        !this.#taken.has(group) && !this.#ofLayers.has(group) && fits(weights, wanted),
    );
    return fitting.length === 1 ? this.#take(fitting[0]?.[0]) : undefined;
  }

  rest(): readonly string[] {
    return [...this.#groups.keys()].filter((group) => !this.#taken.has(group));
  }

  /** Weights are one layer's: a second that they might be of does not get them. */
  #take(group: string | undefined): LayerWeights | undefined {
    if (group === undefined || this.#taken.has(group)) return undefined;
    this.#taken.add(group);
    return this.#groups.get(group);
  }

  #index(group: string): void {
    const add = (map: Map<string, string[]>, key: string): void => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [group]);
      else list.push(group);
    };
    const first = group.indexOf("/");
    add(this.#beginnings, first < 0 ? group : group.slice(0, first));
    for (let at = group.length, parts = 0; at > 0 && parts < mostParts; parts++) {
      at = group.lastIndexOf("/", at - 1);
      add(this.#endings, group.slice(at + 1));
    }
  }

  #groupOf({ name, path }: KerasLayer): string | undefined {
    const names = path.slice(-mostParts).map((step) => step.name);
    const whole = names.map((_, i) => names.slice(i).join("/"));
    const exact = whole.find((candidate) => this.#groups.has(candidate));
    if (exact !== undefined) return exact;
    for (const candidate of whole) {
      const found = this.#endings.get(candidate);
      if (found !== undefined) return only(found, names);
    }
    // What lies under the layer's name as under a folder's.
    return names.length === 1 ? only(this.#beginnings.get(name) ?? [], names) : undefined;
  }
}

/** The one of some groups, or the one whose name has the names of the models around the layer. */
function only(groups: readonly string[], names: readonly string[]): string | undefined {
  if (groups.length <= 1) return groups[0];
  const around = names.slice(0, -1);
  const inside = groups.slice(0, 64).filter((group) => {
    const parts = group.split("/");
    return around.length > 0 && around.every((name) => parts.includes(name));
  });
  return inside.length === 1 ? inside[0] : undefined;
}

/** A name's group and its last part; what folders of Keras 3 are called says nothing. */
function partsOf(full: string): readonly [group: string, part: string] {
  const name = full.replace(/:0$/, "").replaceAll("\\", "/");
  const at = name.lastIndexOf("/");
  const group = name.slice(0, Math.max(at, 0)).replace(/\/vars$/, "");
  return [group, name.slice(at + 1)];
}

/** The weight of a group that has one of these roles, or that stands where it does. */
export function pick(
  weights: LayerWeights,
  { roles }: Wanted,
  position: number,
): Tensor | undefined {
  for (const role of roles) {
    // TensorFlow.js and Keras count what had the same name in one session: kernel_1.
    const found = weights.get(role) ?? singleCounted(weights, role);
    if (found !== undefined) return found;
  }
  return weights.get(`${position}`);
}

function singleCounted(weights: LayerWeights, role: string): Tensor | undefined {
  const counted = [...weights.keys()].filter((name) => {
    const at = name.lastIndexOf("_");
    return name.slice(0, at) === role && /^_\d{1,9}$/.test(name.slice(at));
  });
  return counted.length === 1 ? weights.get(counted[0] ?? "") : undefined;
}

function fits(weights: LayerWeights, wanted: readonly Wanted[]): boolean {
  return (
    weights.size === wanted.length &&
    wanted.every((want, i) => {
      const tensor = pick(weights, want, i);
      return tensor !== undefined && hasShape(tensor, want.shape);
    })
  );
}

/** Whether a tensor has a shape in which −1 stands for any size. */
export function hasShape({ shape }: Tensor, wanted: Shape): boolean {
  return sameShape(
    shape,
    wanted.map((size, axis) => (size === -1 ? (shape[axis] ?? -1) : size)),
  );
}
