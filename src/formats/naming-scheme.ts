/**
 * What a naming scheme is: who names weights so, how such names become places in our network, and the
 * conventions of those who do, which leave no trace in the weights and are wrong for any others.
 */
import type { RangeName } from "../image/presets.ts";
import type { Tensor } from "../tensor.ts";

/** What a tensor is to its layer. `scale` multiplies the weights, where an exporter left it apart. */
export type WeightPart =
  | "weights"
  | "bias"
  | "scale"
  | "batch_norm/gamma"
  | "batch_norm/beta"
  | "batch_norm/mean"
  | "batch_norm/variance";

/** A tensor's place in our network. */
export interface WeightPlace {
  readonly layer: string;
  readonly part: WeightPart;
}

/** Pattern of a whole name → ours; `$1` as in `String.replace`, a function where numbers shift. */
export type NameTable<T> = readonly (readonly [RegExp, T])[];
export type LayerName = string | ((number: string) => string);

/** What belongs to weights of these names and is not in them. */
export interface WeightConvention {
  readonly padding: "same" | "symmetric";
  /** Batch norm's. */
  readonly epsilon: number;
  /** Batch norm's in a segmenter's head, where that is another. */
  readonly headEpsilon?: number;
  /** What bytes become for the input. */
  readonly range: RangeName;
  /** Whether the first block never has a shortcut, however narrow the stem is. */
  readonly plainFirstBlock?: true;
}

/** A dense layer of a head. */
export interface HeadLayer {
  /** Of its module: `classifier.1`. */
  readonly name: string;
  readonly weights: Tensor<"float32">;
  readonly bias: Tensor<"float32">;
}

/** A row of the table of schemes. */
export interface SchemeRow {
  /** Whose names these are. */
  readonly title: string;
  /** A weight that every network of the scheme has. */
  readonly mark: RegExp;
  /**
   * TensorFlow: HWIO filters, depthwise with a trailing multiplier, dense `[in, out]`. PyTorch: OIHW
   * filters, dense `[out, in]`; every tensor belongs to the network.
   */
  readonly layout: "tensorflow" | "pytorch";
  /** A layer's weights in our layout. */
  filters(layer: string, weights: Tensor<"float32">): Tensor<"float32">;
  /** The dense layers of a head among tensors that have no place, where each has to have one. */
  dense?(others: ReadonlyMap<string, Tensor<"float32">>): readonly HeadLayer[];
  readonly convention: WeightConvention;
  /** Names without what stands before a layer's; it may depend on the others. */
  localNames(names: readonly string[]): (name: string) => string;
  /** Where a local name belongs. */
  place(local: string): WeightPlace | undefined;
  /** How weights get these names; absent where they are only read. */
  readonly written?: WrittenNames;
}

/** What it takes to write names of a scheme, besides what reads them. */
export interface WrittenNames {
  /** Of layers and their norms, and what ends a weight's name. */
  readonly layers: NameTable<LayerName>;
  readonly parts: readonly RegExp[];
  /** The name in a file, of a local one. */
  fullName(local: string): string;
  /** A classifier's dense layer, where the tables have none. */
  readonly head?: string;
  /** A layer's weights as the scheme has them; `dense` for a matrix. */
  write(layer: string, weights: Tensor<"float32">, dense: boolean): Tensor<"float32">;
}

/** The layer in our words, by the first pattern that fits. */
export function renamed(theirs: string, layers: NameTable<LayerName>): string | undefined {
  const row = layers.find(([pattern]) => pattern.test(theirs));
  if (row === undefined) return undefined;
  const [pattern, ours] = row;
  return typeof ours === "string"
    ? theirs.replace(pattern, ours)
    : theirs.replace(pattern, (_, number: string) => ours(number));
}
