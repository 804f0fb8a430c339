/**
 * How others name MobileNetV2's weights, as tables: TensorFlow's programs (tensorflow-names.ts) and
 * PyTorch's libraries. A name is a layer and a part; each scheme is a row that maps both onto ours:
 * `block_3/expand/weights`.
 */
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { mapByRow } from "./map-weights.ts";
import { namelessHead } from "./nameless-head.ts";
import type { SchemeRow, WeightPlace } from "./naming-scheme.ts";
import { otherNetwork } from "./other-networks.ts";
import { type PytorchScheme, pytorchSchemes } from "./pytorch/weight-names.ts";
import { type TensorflowScheme, tensorflowSchemes } from "./tensorflow-names.ts";

/** Who named the weights. */
export type NamingScheme = TensorflowScheme | PytorchScheme;

/** The schemes by their names. */
export const schemes: Readonly<Record<NamingScheme, SchemeRow>> = {
  ...tensorflowSchemes,
  ...pytorchSchemes,
};

/** Whose names and order weights can be given; `canonical` is this library. */
export type WrittenScheme =
  | ("canonical" | "torchvision" | "timm")
  | ("transformers" | "mobilenetv2.pytorch" | "slim");

/** The same as a list. */
export const writtenSchemes: readonly WrittenScheme[] = [
  ...(["canonical", "torchvision", "timm"] as const),
  ...(["transformers", "mobilenetv2.pytorch", "slim"] as const),
];

/**
 * Tensors by this library's names, as `bindWeights` takes them.
 *
 * @param tensors - By the names they have in their file; what is no weight of the network (constants
 *   of postprocessing, counters) is left out.
 * @throws MobileNetError `invalid-model` or `unsupported` naming the tensor that has no place.
 *
 * @example
 * ```ts
 * const kernel = { dtype: "float32", shape: [3, 3, 3, 32], data: new Float32Array(864) } as const;
 * const canonical = mapWeights(new Map([["Conv1/kernel", kernel]]), "keras");
 * [...canonical.keys()]; // ["stem/weights"]
 * ```
 */
export function mapWeights(
  tensors: ReadonlyMap<string, Tensor>,
  scheme: NamingScheme,
): Map<string, Tensor> {
  return mapByRow(tensors, schemes[scheme], scheme === "slim" ? namelessHead : undefined);
}

/**
 * Who named these weights.
 *
 * @throws MobileNetError `unsupported` where no scheme knows them, with the network that they are of
 *   where that shows.
 *
 * @example
 * ```ts
 * detectScheme(["stem/weights"]); // "canonical"
 * detectScheme(["features.1.conv.0.0.weight"]); // "torchvision"
 * ```
 */
export function detectScheme(names: Iterable<string>): NamingScheme {
  const list = [...names];
  const other = otherNetwork(list);
  for (const scheme of Object.keys(schemes) as NamingScheme[]) {
    if (other === undefined && list.some((name) => schemes[scheme].mark.test(name))) return scheme;
  }
  throw new MobileNetError(
    "unsupported",
    other === undefined
      ? "the weights are not named like a MobileNetV2"
      : `these are weights of another network: ${other}`,
    {
      expected: `MobileNetV2's names as ${Object.values(schemes)
        .map(({ title }) => title)
        .join(", ")} write them`,
      received: list.slice(0, 3).join(", ") || "no weights",
    },
  );
}

/** Where a tensor belongs, or nothing where the scheme does not know its name. */
export function placeOf(
  name: string,
  scheme: NamingScheme,
  names: readonly string[] = [name],
): WeightPlace | undefined {
  const row = schemes[scheme];
  return row.place(row.localNames(names)(name));
}
