/**
 * The segmenters that a session trains: from scratch, on a classifier's or detector's backbone, or from a
 * segmenter. At an output stride below 32 the base's later convolutions are dilated: same weights, the
 * strides and dilations of the new network.
 */
import { MobileNetError } from "../errors.ts";
import type { DeeplabV3Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import { type Graph, type Network, type Node, parametersOf } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { cifarStrides } from "../models/mobilenet-v2.ts";
import { required } from "../required.ts";
import type { Tensor } from "../tensor.ts";
import { type BaseOptions, backboneOf, checkWidth, isSmall, refuseWidth } from "./base-network.ts";

/** What a segmenter may be told besides. */
export interface SegmenterChoice {
  /** Pixels of the input for one of the logits: 8, 16 or 32. Default: the model's, else 16. */
  readonly outputStride?: 8 | 16 | 32 | undefined;
  /** Atrous spatial pyramid pooling in place of the light head. Default: as the model, else the light head. */
  readonly aspp?: boolean | undefined;
}

/** A segmenter without weights. */
export function scratchSegmenter(
  { width = 0.5, resolution = 256 }: BaseOptions,
  classes: number,
  { outputStride, aspp = false }: SegmenterChoice,
): Network<DeeplabV3Architecture> {
  checkWidth(width);
  const small = isSmall(resolution);
  return deeplabV3({
    ...{ width, resolution, classes, aspp },
    ...(small ? { strides: cifarStrides } : {}),
    outputStride: outputStride ?? (small ? 8 : 16),
  });
}

/**
 * A model's layers under a segmenter for other classes: the backbone's, and of a segmenter with an equal
 * head all but the logits'.
 *
 * @throws MobileNetError `unsupported` where the model has no such layers.
 */
export function renewedSegmenter(
  model: Graph,
  classes: number,
  { width, resolution }: BaseOptions,
  choice: SegmenterChoice,
): Network<DeeplabV3Architecture> {
  refuseWidth(width);
  const base = isSegmenter(model) ? model : backboneOf(model);
  const { architecture } = base;
  const known = architecture.network === "deeplabv3" ? architecture : undefined;
  const { width: own, padding, epsilon, strides, block } = architecture;
  const outputStride = choice.outputStride ?? known?.outputStride;
  const fresh = deeplabV3({
    ...{ width: own, padding, epsilon, strides, classes },
    ...(block === undefined ? {} : { block }),
    resolution: resolution ?? architecture.resolution,
    ...(outputStride === undefined ? {} : { outputStride }),
    aspp: choice.aspp ?? known?.aspp ?? false,
  });
  const isWhole = known !== undefined && known.aspp === fresh.architecture.aspp;
  return isWhole ? onSegmenter(base, fresh) : onBackbone(base, fresh);
}

/** Whether a network is a segmenter of this library in float32. */
function isSegmenter(graph: Graph): graph is Network<DeeplabV3Architecture> {
  const { architecture, landmarks, nodes } = graph;
  const isQuantized = nodes.some(({ quantization }) => quantization !== undefined);
  if (architecture?.network === "deeplabv3" && landmarks !== undefined && !isQuantized) return true;
  if (architecture?.network !== "deeplabv3") return false;
  throw new MobileNetError("unsupported", "this segmenter cannot be trained further", {
    node: graph.name,
    expected: "one with float32 weights, such as deeplabv3-voc",
    received: isQuantized ? "8-bit weights" : "another graph",
    remedy: "Start from a float model, or from a classifier in float or in 8 bits.",
  });
}

/** Everything up to the logits has the base's weights. */
function onSegmenter(
  base: Network,
  fresh: Network<DeeplabV3Architecture>,
): Network<DeeplabV3Architecture> {
  return withWeightsOf(base, fresh, {
    last: inputOf(base, base.landmarks.logits),
    own: inputOf(fresh, fresh.landmarks.logits),
  });
}

/** Table 2's blocks have the base's weights. */
function onBackbone(
  base: Network,
  fresh: Network<DeeplabV3Architecture>,
): Network<DeeplabV3Architecture> {
  return withWeightsOf(base, fresh, {
    last: base.landmarks.blocks.at(-1)!,
    own: fresh.landmarks.features,
  });
}

function inputOf({ nodes }: Graph, name: string): string {
  return nodes.find((node) => node.name === name)!.inputs[0]!;
}

/**
 * The new network with the base's weights up to a tensor, folded as they are: `last` is its name in the
 * base, `own` in the new one. Strides, dilations and shortcuts are the new network's.
 */
function withWeightsOf(
  base: Network,
  fresh: Network<DeeplabV3Architecture>,
  { last, own }: { readonly last: string; readonly own: string },
): Network<DeeplabV3Architecture> {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of selectOutputs(base, [last]).parameters) {
    if (data instanceof Float32Array) tensors.set(name, { dtype: "float32", shape, data });
  }
  const part = selectOutputs(fresh, [own]);
  const replaced = new Set(part.nodes.map(({ name }) => name));
  const bound = bindWeights({ ...part, landmarks: fresh.landmarks }, tensors);
  const end = bound.outputs[0]!;
  const head = fresh.nodes
    .filter(({ name }) => !replaced.has(name))
    .map((node): Node => {
      const inputs = node.inputs.map((name) => (name === own ? end : name));
      return { ...node, inputs };
    });
  const parameters = new Map(bound.parameters);
  for (const name of head.flatMap(parametersOf)) {
    parameters.set(name, required(fresh.parameters, name));
  }
  const { landmarks } = bound;
  return { ...fresh, nodes: [...bound.nodes, ...head], parameters, landmarks };
}
