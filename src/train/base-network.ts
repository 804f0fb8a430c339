/** The graphs that a session trains: from scratch, or a model's backbone with a head of its own. */
import { MobileNetError } from "../errors.ts";
import type { MobileNetV2Architecture, SsdliteArchitecture } from "../graph/architecture.ts";
import { type Graph, type Network, type Node, parametersOf } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { cifarStrides, mobilenetV2 } from "../models/mobilenet-v2.ts";
import { resolutionOf } from "../models/options.ts";
import { required } from "../required.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { floatNetwork } from "./float-network.ts";

/** Up to this resolution a network from scratch keeps the picture's size in its first layers. */
const smallResolution = 64;

/** What was asked for, where it may be asked for. */
export interface BaseOptions {
  readonly width?: number | undefined;
  readonly resolution?: number | readonly [rows: number, columns: number] | undefined;
  /** What makes scores of a classifier's logits. Default: softmax. */
  readonly scores?: "sigmoid" | undefined;
}

/** A network without weights. */
export function scratch(
  { width = 0.5, resolution = 32, scores }: BaseOptions,
  classes: number,
): Network<MobileNetV2Architecture> {
  checkWidth(width);
  const small = isSmall(resolution) ? { strides: cifarStrides } : {};
  return mobilenetV2({ width, resolution, classes, ...small, ...(scores && { scores }) });
}

/** Whether an input is so small that the first layers shall keep its size. */
export function isSmall(resolution: NonNullable<BaseOptions["resolution"]>): boolean {
  const [rows, columns] = resolutionOf({ resolution });
  return Math.min(rows, columns) <= smallResolution;
}

/**
 * Refuses a width that no network from scratch has.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkWidth(width: number): void {
  // Files say a network's width by its channels alone: those of other widths may be alike.
  if (isNumberIn(width, 0, 2) && Math.abs(width * 20 - Math.round(width * 20)) <= 1e-9) return;
  throw new MobileNetError("invalid-argument", "there is no network of this width", {
    expected: "a multiple of 0.05 up to 2, such as 0.35, 0.5, 1 or 1.4",
    received: quote(width),
  });
}

/**
 * Refuses a width beside a model.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function refuseWidth(width: number | undefined): void {
  if (width === undefined) return;
  throw new MobileNetError("invalid-argument", "a model that is there has its width already", {
    received: quote(width),
    remedy: "Leave out the width, or train from scratch.",
  });
}

/**
 * A float32 network of this library that has the model's layers up to the last 1×1 convolution.
 *
 * @throws MobileNetError `unsupported` where the model has no such layers.
 */
export function backboneOf(model: Graph): BaseNetwork {
  const isQuantized = model.nodes.some(({ quantization }) => quantization !== undefined);
  return hasBackbone(model) && !isQuantized ? model : floatNetwork(model);
}

/** The backbone of any model, up to its last 1×1 convolution, with a classifier of its own. */
export function renewed(
  model: Graph,
  classes: number,
  { resolution, width, scores }: BaseOptions,
): Network<MobileNetV2Architecture> {
  refuseWidth(width);
  const base = backboneOf(model);
  const { architecture } = base;
  const fresh = mobilenetV2({
    ...{ ...backboneArguments(base), classes },
    resolution: resolution ?? architecture.resolution,
    outputStride: architecture.task === "classify" ? architecture.outputStride : 32,
    ...(scores && { scores }),
  });
  return withLayersOf(base, fresh);
}

/** A network whose backbone others can start from. */
export type BaseNetwork = Network<MobileNetV2Architecture | SsdliteArchitecture>;

/** The arguments that build the same backbone again. */
export function backboneArguments({
  architecture: { width, padding, epsilon, strides, block },
}: BaseNetwork): BlocksOfBase {
  return { width, padding, epsilon, strides, ...(block && { block }) };
}

type BlocksOfBase = Pick<
  MobileNetV2Architecture,
  "width" | "padding" | "epsilon" | "strides" | "block"
>;

/** Whether a network is MobileNetV2's up to the last 1×1 convolution, as this library builds it. */
function hasBackbone(graph: Graph): graph is BaseNetwork {
  const { architecture, landmarks } = graph;
  const fits = architecture?.network === "mobilenet-v2" || architecture?.network === "ssdlite";
  return fits && landmarks !== undefined;
}

/** A network whose layers up to the features are another's: folded as they are, weights included. */
export function withLayersOf<N extends Network>(base: Network, fresh: N): N {
  const { features } = fresh.landmarks;
  const backbone = selectOutputs(base, [base.landmarks.features]);
  const start = fresh.nodes.findIndex(({ name }) => name === features) + 1;
  const head = fresh.nodes.slice(start);
  // The input's size is the new network's.
  const nodes = [
    ...fresh.nodes.filter(isInput),
    ...backbone.nodes.filter((n) => !isInput(n)),
    ...head,
  ];
  const parameters = new Map(backbone.parameters);
  for (const name of head.flatMap(parametersOf)) {
    parameters.set(name, required(fresh.parameters, name));
  }
  const { stem, blocks } = base.landmarks;
  const landmarks = { ...fresh.landmarks, stem, blocks };
  return { ...fresh, nodes, parameters, landmarks };
}

function isInput({ op }: Node): boolean {
  return op === "input";
}
