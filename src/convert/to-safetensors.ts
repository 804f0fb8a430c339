/** A model's weights as a safetensors file, under this library's names or another's. */
import { MobileNetError } from "../errors.ts";
import { decodeText } from "../formats/files.ts";
import {
  timmConfigs,
  transformersConfigs,
  type WrittenConfigs,
} from "../formats/huggingface/write-configs.ts";
import { describeModel, metadataName } from "../formats/model-description.ts";
import type { WeightConvention } from "../formats/naming-scheme.ts";
import { restateEpsilon } from "../formats/restate-epsilon.ts";
import { writeHalves, writeSafetensors } from "../formats/safetensors.ts";
import { type NamingScheme, schemes, writtenSchemes } from "../formats/weight-names.ts";
import { writeNames } from "../formats/write-names.ts";
import type { Network } from "../graph/ir.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { type CanonicalWeights, canonicalWeights } from "./canonical-weights.ts";
import { changeOf } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget } from "./conversion.ts";

type Weights = ReadonlyMap<string, Tensor<"float32">>;

/** Writes the file. */
export const toSafetensors: WriteTarget = (model, { names = "canonical", precision }) => {
  const half = precision === "f16";
  if (!writtenSchemes.includes(names)) {
    throw new MobileNetError("invalid-argument", "bad names", {
      expected: writtenSchemes.join(", "),
      received: quote(names),
    });
  }
  if (half) requireHalf(model.graph);
  const own = canonicalWeights(model);
  const { tensors, changes } =
    names === "canonical" ? { tensors: own.weights, changes: [] } : renamedWeights(own, names);
  const format = schemes[names].layout === "pytorch" ? "pt" : "mobilenetv2";
  const metadata = { format, names, [metadataName]: decodeText(describeModel(model)) };
  const file = (half ? writeHalves : writeSafetensors)({ tensors, metadata });
  const configs = configsOf(model, own.network, { names, half });
  const unsaid = configs?.unsaid.map((what) => changeOf(`${what}-unsaid`)) ?? [];
  return {
    files: new Map([["model.safetensors", file], ...(configs?.files ?? [])]),
    settings: { names },
    changes: [...changes, ...(half ? [changeOf("half-precision")] : []), ...unsaid],
  };
};

/** What the library that the names are of looks for beside the weights. */
function configsOf(
  model: Model,
  network: Network,
  { names, half }: { readonly names: NamingScheme; readonly half: boolean },
): WrittenConfigs | undefined {
  if (names === "timm") return timmConfigs(model, network);
  if (names !== "transformers") return undefined;
  const { epsilon } = schemes[names].convention;
  return transformersConfigs(model, network, { epsilon, half });
}

/** The weights as the library that the names are of would have trained them. */
function renamedWeights(
  { network, weights }: CanonicalWeights,
  names: NamingScheme,
): { readonly tensors: Weights; readonly changes: readonly ConversionChange[] } {
  const { written, convention, ...row } = schemes[names];
  if (written === undefined) throw new MobileNetError("internal", "names that are only read");
  requireSame(network, names);
  const { epsilon, headEpsilon = epsilon } = convention;
  const own = network.architecture.epsilon;
  const body = restateEpsilon(weights, { layers: /^(?!aspp\/)/, from: own, to: epsilon });
  const restated = restateEpsilon(body, { layers: /^aspp\//, from: own, to: headEpsilon });
  const whole = withNorms(restated as Weights, network, convention);
  const changes: readonly (ConversionChange | false)[] = [
    changeOf("renamed"),
    restated !== weights && changeOf("epsilon-restated"),
    whole.size > weights.size && changeOf("norms-added"),
  ];
  return {
    tensors: writeNames(whole, { ...row, convention, written }),
    changes: changes.filter((change) => change !== false),
  };
}

/**
 * Folded layers with a norm that changes nothing: the mean is 0, variance and ε are 1 together, and what
 * was the bias is added.
 */
function withNorms(
  weights: Weights,
  network: Network,
  { epsilon, headEpsilon = epsilon }: WeightConvention,
): Weights {
  const normed = new Set(
    network.nodes.flatMap((node) => (node.op === "batchNorm" ? [node.inputs[0]!] : [])),
  );
  const whole = new Map<string, Tensor<"float32">>();
  for (const [name, tensor] of weights) {
    const layer = name.replace(/\/bias$/, "");
    if (layer === name || !normed.has(layer)) {
      whole.set(name, tensor);
      continue;
    }
    const filled = (value: number): Tensor<"float32"> => {
      return { ...tensor, data: new Float32Array(tensor.data.length).fill(value) };
    };
    const variance = 1 - (layer.startsWith("aspp/") ? headEpsilon : epsilon);
    const norm = { gamma: filled(1), beta: tensor, mean: filled(0), variance: filled(variance) };
    for (const [part, values] of Object.entries(norm)) {
      whole.set(`${layer}/batch_norm/${part}`, values);
    }
  }
  return whole;
}

/** Refuses networks that another library would build otherwise, so that the weights would mean other values. */
function requireSame({ architecture, nodes }: Network, names: NamingScheme): void {
  const { title, convention } = schemes[names];
  const refuse = (what: string, expected: string, received: string): MobileNetError =>
    new MobileNetError("unsupported", `${title} builds this network with ${what}`, {
      ...{ expected, received },
      remedy: "Write it with names canonical, or convert to onnx or tflite.",
    });
  const { network, padding } = architecture;
  if (padding !== convention.padding) {
    throw refuse("another padding", convention.padding, padding);
  }
  const segments = names === "slim" || names === "transformers";
  if (network !== "mobilenet-v2" && !(network === "deeplabv3" && segments)) {
    const expected = `mobilenet-v2${segments ? " or deeplabv3" : ""}`;
    throw refuse("other layers", expected, network);
  }
  const { strides, block, outputStride } = architecture;
  if (block !== undefined) throw refuse("other blocks", "the paper's", Object.keys(block).join());
  if (strides.join() !== table2Strides.join()) {
    throw refuse("other strides", table2Strides.join(), strides.join());
  }
  if (network === "mobilenet-v2" && outputStride !== 32) {
    throw refuse("another output stride", "32", quote(outputStride));
  }
  const isNarrow = nodes.some(({ name, op }) => name === "block_0/add" && op === "add");
  if (convention.plainFirstBlock && isNarrow) {
    throw refuse("no shortcut in the first block", "a stem wider than the first block", "as wide");
  }
}
