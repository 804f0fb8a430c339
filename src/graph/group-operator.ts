/**
 * What a group of operations is called in table 2, and its t, c and s. A network's own blocks have the
 * name of its architecture's block; of others the convolutions tell.
 */
import { required } from "../required.ts";
import type { Architecture } from "./architecture.ts";
import type { NodeGroup } from "./block-groups.ts";
import type { Convolution, FeatureShape, Graph, Node, Op } from "./ir.ts";
import { consumersOf } from "./rewrite.ts";
import { inferShapes } from "./shapes.ts";

/** A group in table 2's words. */
export interface OperatorFacts {
  readonly operator: string;
  /** The node that it reads first; none where it begins with the network's input. */
  readonly input: string | undefined;
  readonly inputShape: FeatureShape;
  readonly outputShape: FeatureShape;
  readonly expansion: number | null;
  readonly channels: number;
  readonly stride: number | null;
  readonly dilation: number;
}

/** The block of each network. */
const blockOperators: Readonly<Record<Architecture["network"], string>> = {
  "mobilenet-v2": "bottleneck",
  ssdlite: "bottleneck",
  deeplabv3: "bottleneck",
  "mobilenet-v1": "separable",
  "bottleneck-resnet": "ResNet bottleneck",
};

/** A convolution of a group, wherever it stands. */
interface Placed {
  readonly kind: "full" | "depthwise";
  readonly convolution: Convolution;
  /** Channels that it reads. */
  readonly inputs: number;
  readonly node: Node;
}

/** What reads the groups of a graph. */
export function readOperators(graph: Graph): (group: NodeGroup) => OperatorFacts {
  const shapes = inferShapes(graph);
  const consumers = consumersOf(graph);
  const { architecture } = graph;
  const isRead: ReadonlySet<Op> = new Set<Op>([
    ...(["conv2d", "depthwiseConv2d", "invertedResidual", "add"] as const),
  ]);
  return (group) => {
    const names = new Set(group.nodes.map(({ name }) => name));
    const inputs = group.nodes.flatMap(({ inputs }) => inputs);
    const image = group.nodes.find(({ op }) => op === "input");
    const input = image === undefined ? inputs.find((name) => !names.has(name)) : undefined;
    const outputShape = required(shapes, group.output.name);
    const inputShape = shapes.get(image?.name ?? input ?? "") ?? outputShape;
    const convolutions = group.nodes.flatMap((node) => placedIn(node, graph, shapes));
    const depthwise = convolutions.find(({ kind }) => kind === "depthwise");
    const filter =
      depthwise ??
      convolutions.find(({ convolution }) => Math.max(...convolution.kernel) > 1) ??
      convolutions[0];
    const [expand, project] = aroundDepthwise(convolutions, depthwise);
    const stated =
      group.role === "block" && graph.landmarks !== undefined && architecture !== undefined
        ? blockOperators[architecture.network]
        : undefined;
    const isNarrow = (): boolean => {
      const after = consumers.get(group.output.name) ?? [];
      return expand !== undefined || after.some(({ op }) => isRead.has(op));
    };
    const isBottleneck =
      stated === "bottleneck" ||
      (stated === undefined && project !== undefined && isLinear(project, group) && isNarrow());
    const operator = isBottleneck
      ? "bottleneck"
      : (stated ?? operatorOf(group, convolutions, inputShape));
    const kernel = filter?.convolution.kernel ?? [3, 3];
    const isUsual = kernel[0] === 3 && kernel[1] === 3;
    return {
      operator: isBottleneck && !isUsual ? `${operator} ${kernel[0]}×${kernel[1]}` : operator,
      ...{ input, inputShape, outputShape },
      expansion: isBottleneck && depthwise ? depthwise.inputs / inputShape[3] : null,
      channels: outputShape[3],
      stride: filter?.convolution.stride ?? null,
      dilation: filter?.convolution.dilation ?? 1,
    };
  };
}

function placedIn(
  node: Node,
  { parameters }: Graph,
  shapes: ReadonlyMap<string, FeatureShape>,
): readonly Placed[] {
  const channels = shapes.get(node.inputs[0] ?? "")?.[3] ?? 0;
  if (node.op === "conv2d") return [{ kind: "full", convolution: node, inputs: channels, node }];
  if (node.op === "depthwiseConv2d") {
    return [{ kind: "depthwise", convolution: node, inputs: channels, node }];
  }
  if (node.op !== "invertedResidual") return [];
  const { expand, depthwise, project } = node;
  const wide = parameters.get(depthwise.weights)?.shape.at(-1) ?? channels;
  return [
    ...(expand ? [{ kind: "full" as const, convolution: expand, inputs: channels, node }] : []),
    { kind: "depthwise", convolution: depthwise, inputs: wide, node },
    { kind: "full", convolution: project, inputs: wide, node },
  ];
}

/** The pointwise convolutions before and after a depthwise one. */
function aroundDepthwise(
  convolutions: readonly Placed[],
  depthwise: Placed | undefined,
): readonly [expand: Placed | undefined, project: Placed | undefined] {
  if (depthwise === undefined) return [undefined, undefined];
  const place = convolutions.indexOf(depthwise);
  const pointwise = (at: number): Placed | undefined => {
    const found = convolutions[at];
    return found?.kind === "full" && found.convolution.kernel.every((size) => size === 1)
      ? found
      : undefined;
  };
  return [place === 0 ? undefined : pointwise(place - 1), pointwise(place + 1)];
}

/** Whether nothing bends what a projection gives. */
function isLinear({ convolution, node }: Placed, { nodes }: NodeGroup): boolean {
  const after = nodes.slice(nodes.indexOf(node) + 1);
  const bends = after.some(({ op }) => op === "activation" || op === "elementwise");
  return convolution.activation === "none" && !bends;
}

function operatorOf(
  group: NodeGroup,
  convolutions: readonly Placed[],
  [, rows, columns]: FeatureShape,
): string {
  const words = convolutions.map(wordsOf);
  const [first = "", ...others] = words;
  if (others.length === 0 && first !== "") return first;
  if (convolutions.length > 0) {
    const [expand, project] = aroundDepthwise(
      convolutions,
      convolutions.find(({ kind }) => kind === "depthwise"),
    );
    const isSeparable = words.length === 2 && project !== undefined && expand === undefined;
    const kernel = sizeOf(convolutions[0]!.convolution);
    if (isSeparable) return kernel === "3×3" ? "separable" : `separable ${kernel}`;
    const shown = words.slice(0, 3).join(", ");
    return words.length > 3 ? `${shown}, …` : shown;
  }
  // An activation may follow what the group began with.
  const begins = group.nodes[0] ?? group.output;
  switch (begins.op) {
    case "globalAveragePool":
      return `avgpool ${rows}×${columns}`;
    case "averagePool2d":
      return `avgpool ${sizeOf(begins)}`;
    case "maxPool2d":
      return `maxpool ${sizeOf(begins)}`;
    default:
      return begins.op;
  }
}

function wordsOf({ kind, convolution }: Placed): string {
  return `${kind === "full" ? "conv2d" : "depthwise"} ${sizeOf(convolution)}`;
}

function sizeOf({ kernel }: Pick<Convolution, "kernel">): string {
  return kernel.join("×");
}
