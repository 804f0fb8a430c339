/**
 * A plan's operations as the kernels like them: a convolution with its batch norm or bias, its activation
 * and the sum with a shortcut is one group; what no kernel takes stays a single operation, which the
 * reference's own layer computes in the network's memory. Nothing is reordered, so that results stay the
 * plan's.
 */
import type { BatchNormNode, FeatureShape, Quantization } from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import type { WindowShape } from "../layers/window.ts";
import {
  isOperation,
  type PlannedOperation,
  plannedWindow,
  type Source,
  type TrainingPlan,
} from "../plan.ts";

/** The number of a group, or −1 for the network's input. */
type GroupSource = number;

/** Convolution → batch norm or bias → activation (→ plus a shortcut). */
export interface LayerGroup {
  readonly kind: "layer";
  readonly name: string;
  readonly form: "convolution" | "depthwise";
  readonly window: WindowShape;
  /** Whether the window is unfolded into rows of its taps. */
  readonly unfolded: boolean;
  readonly weights: string;
  readonly bias: string | undefined;
  readonly norm: BatchNormNode | undefined;
  readonly activation: "none" | "relu" | "relu6";
  /** The 8 bits that its values are simulated in, if any. */
  readonly grid: Quantization | undefined;
  readonly sources: readonly [input: GroupSource];
  /** What is added to the output. */
  readonly shortcut: GroupSource | undefined;
  readonly output: FeatureShape;
}

/** The mean over a map. */
export interface PoolGroup {
  readonly kind: "pool";
  readonly name: string;
  readonly input: FeatureShape;
  readonly sources: readonly [input: GroupSource];
  readonly output: FeatureShape;
}

/** A classifier: any number of classes from pooled features, with a bias. */
export interface DenseGroup {
  readonly kind: "dense";
  readonly name: string;
  readonly weights: string;
  readonly bias: string;
  readonly sources: readonly [input: GroupSource];
  readonly features: number;
  readonly output: FeatureShape;
}

/** An operation that is computed by its layer, one after the other. */
export interface SingleGroup {
  readonly kind: "single";
  readonly name: string;
  readonly operation: PlannedOperation;
  readonly sources: readonly GroupSource[];
  readonly output: FeatureShape;
}

/** The channels of a layer's map, which lie filled up to a multiple of 8, as they are alone. */
export interface CompactGroup {
  readonly kind: "compact";
  readonly name: string;
  readonly sources: readonly [input: GroupSource];
  readonly output: FeatureShape;
}

export type Group = LayerGroup | PoolGroup | DenseGroup | SingleGroup | CompactGroup;

/** Groups in the order of the data, and which of them leave the network. */
export interface GroupedPlan {
  readonly groups: readonly Group[];
  readonly outputs: readonly { readonly name: string; readonly source: number }[];
}

/** Groups a plan. */
export function groupPlan(plan: TrainingPlan): GroupedPlan {
  return new Grouping(plan).run();
}

class Grouping {
  readonly #plan: TrainingPlan;
  /** How often each operation's values are read, as an output too. */
  readonly #readers: readonly number[];
  readonly #groups: Group[] = [];
  /** By operation: the group that makes its values. */
  readonly #made = new Map<Source, number>([[-1, -1]]);
  readonly #taken = new Set<Source>();
  readonly #compact = new Map<number, number>();

  constructor(plan: TrainingPlan) {
    this.#plan = plan;
    const readers = new Array<number>(plan.operations.length).fill(0);
    const read = [...plan.operations.flatMap(({ sources }) => sources)];
    for (const source of [...read, ...plan.outputs.map((output) => output.source)]) {
      if (source >= 0) readers[source]! += 1;
    }
    this.#readers = readers;
  }

  run(): GroupedPlan {
    for (const [index, operation] of this.#plan.operations.entries()) {
      if (this.#taken.has(index)) continue;
      const made =
        this.#dense(index, operation) ?? this.#layer(index, operation) ?? this.#pool(operation);
      const { group, last = index } = made ?? { group: this.#single(operation) };
      this.#groups.push(group);
      this.#made.set(last, this.#groups.length - 1);
    }
    const outputs = this.#plan.outputs.map(({ name, source }) => {
      return { name, source: this.#compacted(this.#made.get(source)!) };
    });
    return { groups: this.#groups, outputs };
  }

  #single(operation: PlannedOperation): SingleGroup {
    const sources = operation.sources.map((source) => this.#compacted(this.#made.get(source)!));
    const { node, output } = operation;
    return { kind: "single", name: node.name, operation, sources, output };
  }

  /** The group whose values lie as single operations read them. */
  #compacted(group: number): number {
    const layer = this.#groups[group];
    if (layer?.kind !== "layer" || layer.output[3] % 8 === 0) return group;
    const known = this.#compact.get(group);
    if (known !== undefined) return known;
    const { name, output } = layer;
    this.#groups.push({ kind: "compact", name, sources: [group], output });
    this.#compact.set(group, this.#groups.length - 1);
    return this.#groups.length - 1;
  }

  #pool(operation: PlannedOperation): { group: Group; last?: number } | undefined {
    if (!isOperation(operation, "globalAveragePool")) return undefined;
    const [input, output] = [operation.inputs[0]!, operation.output];
    const source = this.#made.get(operation.sources[0]!)!;
    const padded = this.#groups[source]?.kind === "layer" && input[3] % 8 !== 0;
    if (input[3] % 4 !== 0 || padded || (source >= 0 && input[3] % 8 !== 0)) return undefined;
    return { group: { kind: "pool", name: operation.node.name, input, sources: [source], output } };
  }

  /** A convolution of pooled features with a bias and nothing else, which nothing else reads. */
  #dense(index: number, operation: PlannedOperation): { group: Group; last?: number } | undefined {
    if (!isOperation(operation, "conv2d")) return undefined;
    const { node, inputs, output, sources } = operation;
    const { name, weights, bias } = node;
    const [, rows, columns, features] = inputs[0]!;
    const source = this.#made.get(sources[0]!)!;
    const alone = sources[0]! < 0 || this.#readers[sources[0]!] === 1;
    const plain = this.#groups[source]?.kind !== "layer" && features % 4 === 0;
    const single = rows === 1 && columns === 1 && isPointwise(node);
    const isOutput = this.#plan.outputs.some((of) => of.source === index);
    if (bias === undefined || !alone || !plain || !single || !isOutput) return undefined;
    if (this.#readers[index] !== 1) return undefined;
    const group = {
      kind: "dense",
      name,
      weights,
      bias,
      sources: [source],
      features,
      output,
    } as const;
    return { group };
  }

  #layer(index: number, operation: PlannedOperation): { group: Group; last?: number } | undefined {
    if (!isOperation(operation, "conv2d", "depthwiseConv2d")) return undefined;
    const { node, sources } = operation;
    const source = this.#made.get(sources[0]!)!;
    const window = plannedWindow(operation);
    const isPadded = this.#groups[source]?.kind === "layer";
    const isProduct = isOperation(operation, "conv2d");
    const form = isProduct ? "convolution" : "depthwise";
    const way = isProduct ? productWay(operation, source, isPadded) : filterWay(window, isPadded);
    if (way === undefined) return undefined;
    let last = index;
    const next = (): PlannedOperation | undefined => {
      if (this.#readers[last] !== 1) return undefined;
      return this.#plan.operations.find(({ sources: of }) => of.includes(last));
    };
    const take = (): void => {
      last = this.#plan.operations.findIndex(({ sources: of }) => of.includes(last));
      this.#taken.add(last);
    };
    let norm: BatchNormNode | undefined;
    const second = next();
    if (node.bias === undefined && isOperation(second, "batchNorm")) {
      norm = second.node;
      take();
    }
    let activation: LayerGroup["activation"] = "none";
    const third = next();
    if (isOperation(third, "activation")) {
      activation = third.node.activation;
      take();
    }
    let grid: Quantization | undefined;
    const fourth = next();
    if (isOperation(fourth, "fakeQuantize")) {
      grid = fourth.node.quantization;
      take();
    }
    // A sum of values that were cut passes its gradient on as it is, but not to all of them.
    const linear = activation === "none" && grid === undefined;
    const shortcut = linear ? this.#shortcut(next(), last) : undefined;
    if (shortcut !== undefined) take();
    const { name, weights, bias } = node;
    const { output } = operation;
    return {
      group: {
        ...{ kind: "layer", name, form, window, unfolded: way === "unfolded" },
        ...{ weights, bias, norm, activation, grid, sources: [source], shortcut, output },
      },
      last,
    };
  }

  /** The other summand, where it is there before the convolution is and lies as its sum does. */
  #shortcut(sum: PlannedOperation | undefined, own: Source): number | undefined {
    if (!isOperation(sum, "add") || sum.sources[0] === sum.sources[1]) return undefined;
    const other = sum.sources[0] === own ? sum.sources[1]! : sum.sources[0]!;
    const group = this.#made.get(other);
    if (group === undefined) return undefined;
    const channels = sum.output[3];
    return channels % 8 === 0 ? group : undefined;
  }
}

/** How a filter per channel is computed; undefined where the kernels have no way. */
function filterWay({ kernel, stride, input }: WindowShape, isPadded: boolean): "plain" | undefined {
  const fits = kernel.join() === "3,3" && stride <= 2;
  return fits && (isPadded || input[3] % 8 === 0) ? "plain" : undefined;
}

/** How a convolution over all channels is computed. */
function productWay(
  { node, inputs }: PlannedOperation<"conv2d">,
  source: number,
  isPadded: boolean,
): "plain" | "unfolded" | undefined {
  if (node.kernel[0] !== node.kernel[1]) return undefined;
  const channels = isPadded ? 8 : inputs[0]![3];
  // The gradient of a map that is not the input comes by eights.
  const fits = channels % (source >= 0 ? 8 : 4) === 0;
  return fits && isPointwise(node) ? "plain" : "unfolded";
}
