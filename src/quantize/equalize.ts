/**
 * Cross-layer equalisation (Nagel et al. 2019, arXiv 1906.04721, section 4.1). Between two
 * convolutions of which the second is the only reader of the first, channel c may be divided by any
 * s > 0 in the first and multiplied by it in the second: with a linear or ReLU activation the network
 * computes the same. s = √(r₁ / r₂) makes the channel's greatest weights in both layers equal.
 *
 * ReLU6 is no such activation, because its ceiling stays at 6. With p the channel's greatest value
 * over the calibration pictures, its channel is scaled only where p stays below 6 before and after
 * (p < 6 and p / s < 6, each by a margin): then no picture's value meets the ceiling, and the
 * network computes the same for every input whose values stay below 6 · min(1, s). Others keep s = 1.
 */
import type { Conv2dNode, DepthwiseConv2dNode, Graph, Node, Parameter } from "../graph/ir.ts";
import { singleUse } from "../graph/rewrite.ts";
import { required } from "../required.ts";

type ConvolutionNode = Conv2dNode | DepthwiseConv2dNode;

/** How far below the ceiling of ReLU6 a channel has to stay. */
const ceiling = 6 / 1.1;

const sweeps = 20;
const leastScale = 2 ** -6;
const greatestScale = 2 ** 6;

/** An equalised network and how much of it changed. */
export interface Equalized {
  readonly graph: Graph;
  /** Channels between two convolutions, and those that were scaled. */
  readonly channels: number;
  readonly scaled: number;
}

/**
 * The same network with channels of like size.
 *
 * @param graph - Batch norms folded, activations fused.
 * @param peaks - The greatest value of each channel of a node's output over the calibration pictures.
 */
export function equalizeChannels(
  graph: Graph,
  peaks: (name: string) => ArrayLike<number>,
): Equalized {
  const pairs = pairsOf(graph);
  const parameters = ownParameters(graph, pairs);
  const totals = new Map(
    pairs.map(([first]) => [first.name, new Float64Array(peaks(first.name).length).fill(1)]),
  );
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let change = 0;
    for (const pair of pairs) {
      const [first] = pair;
      const total = required(totals, first.name);
      change = Math.max(
        change,
        equalizePair(pair, parameters, { total, peaks: peaks(first.name) }),
      );
    }
    if (change < 1e-3) break;
  }
  const all = [...totals.values()].flatMap((total) => [...total]);
  return {
    graph: { ...graph, parameters },
    channels: all.length,
    scaled: all.filter((scale) => scale !== 1).length,
  };
}

/** Convolutions that follow each other with nothing else between or beside them. */
function pairsOf(graph: Graph): readonly (readonly [ConvolutionNode, ConvolutionNode])[] {
  const single = singleUse(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  return graph.nodes.flatMap((node) => {
    const source = byName.get(node.inputs[0] ?? "");
    const fits = isConvolution(node) && source !== undefined && isConvolution(source);
    return fits && single.has(source.name) ? [[source, node] as const] : [];
  });
}

function isConvolution(node: Node): node is ConvolutionNode {
  return (node.op === "conv2d" || node.op === "depthwiseConv2d") && node.inputs.length === 1;
}

/** The parameters, with copies of those that will change. */
function ownParameters(
  graph: Graph,
  pairs: readonly (readonly [ConvolutionNode, ConvolutionNode])[],
): Map<string, Parameter> {
  const parameters = new Map(graph.parameters);
  for (const node of new Set(pairs.flat())) {
    for (const name of [node.weights, node.bias]) {
      const parameter = name === undefined ? undefined : graph.parameters.get(name);
      if (name === undefined || parameter?.data === undefined) continue;
      parameters.set(name, { ...parameter, data: parameter.data.slice() });
    }
  }
  return parameters;
}

/** Scales the channels between two layers; gives the largest change, as |log s|. */
function equalizePair(
  [first, second]: readonly [ConvolutionNode, ConvolutionNode],
  parameters: ReadonlyMap<string, Parameter>,
  { total, peaks }: { readonly total: Float64Array; readonly peaks: ArrayLike<number> },
): number {
  const before = channelView(first, parameters, "output");
  const after = channelView(second, parameters, "input");
  const bias = first.bias === undefined ? undefined : parameters.get(first.bias)?.data;
  let change = 0;
  for (let c = 0; c < total.length; c++) {
    const [r1, r2] = [before.greatest(c), after.greatest(c)];
    if (r1 === 0 || r2 === 0) continue;
    const least =
      first.activation === "relu6" ? Math.max(leastScale, peaks[c]! / ceiling) : leastScale;
    if (first.activation === "relu6" && !(peaks[c]! < ceiling)) continue;
    const wanted = Math.min(greatestScale, Math.max(least, total[c]! * Math.sqrt(r1 / r2)));
    const scale = wanted / total[c]!;
    if (Math.abs(Math.log(scale)) < 1e-6) continue;
    before.multiply(c, 1 / scale);
    after.multiply(c, scale);
    if (bias !== undefined) bias[c]! /= scale;
    total[c] = wanted;
    change = Math.max(change, Math.abs(Math.log(scale)));
  }
  return change;
}

/** The weights of one channel, counted at a layer's input or output. */
interface ChannelView {
  greatest(channel: number): number;
  multiply(channel: number, by: number): void;
}

function channelView(
  node: ConvolutionNode,
  parameters: ReadonlyMap<string, Parameter>,
  side: "input" | "output",
): ChannelView {
  const { shape, data = new Float32Array() } = required(parameters, node.weights);
  const outputs = shape.at(-1) ?? 1;
  const inputs = node.op === "conv2d" ? (shape[2] ?? 1) : outputs;
  // A depthwise filter's one channel is its input and its output.
  const acrossInputs = side === "input" && node.op === "conv2d";
  const each = (channel: number, visit: (index: number) => void): void => {
    if (!acrossInputs) {
      for (let i = channel; i < data.length; i += outputs) visit(i);
      return;
    }
    for (let row = channel * outputs; row < data.length; row += inputs * outputs) {
      for (let o = 0; o < outputs; o++) visit(row + o);
    }
  };
  return {
    greatest: (channel) => {
      let most = 0;
      each(channel, (i) => {
        most = Math.max(most, Math.abs(data[i]!));
      });
      return most;
    },
    multiply: (channel, by) =>
      each(channel, (i) => {
        data[i]! *= by;
      }),
  };
}
