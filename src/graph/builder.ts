/**
 * Builds a graph node by node. Layers are added in the order of the data; a convolution brings its
 * parameters' shapes with it, so that a network is described by its channels alone.
 */
import { MobileNetError } from "../errors.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { checkGraph } from "./check-graph.ts";
import type {
  Activation,
  FeatureShape,
  Graph,
  Node,
  Padding,
  Parameter,
  ResizeBilinearNode,
} from "./ir.ts";
import { inferShapes } from "./shapes.ts";

/** A convolution with what usually follows it. */
export interface LayerOptions {
  /** Of the convolution; what follows it is `<name>/batch_norm` and `<name>/relu6`, say. */
  readonly name: string;
  /** The node that it reads. */
  readonly input: string;
  /** Rows and columns of the window; default 1. */
  readonly kernel?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly dilation?: number;
  readonly padding: Padding;
  readonly activation: Activation;
  /** Batch normalisation with this ε after the convolution; a bias instead where absent. */
  readonly epsilon?: number;
}

const layerNames: OptionNames<LayerOptions> = {
  name: true,
  input: true,
  kernel: true,
  stride: true,
  dilation: true,
  padding: true,
  activation: true,
  epsilon: true,
};

const interpolationNames: OptionNames<
  Pick<ResizeBilinearNode, "size" | "alignCorners" | "halfPixelCenters">
> = {
  size: true,
  alignCorners: true,
  halfPixelCenters: true,
};

/**
 * Collects nodes and the shapes of their parameters; `build` gives the immutable graph, whose weights
 * are bound later. Every method that adds nodes gives the name of the last, for the next to read.
 *
 * @example
 * ```ts
 * const network = new GraphBuilder("tiny");
 * const layer = { padding: "same", activation: "relu6", epsilon: 1e-3 } as const;
 * const image = network.input("image", [1, 32, 32, 3]);
 * const wide = network.conv2d(8, { ...layer, name: "stem", input: image, kernel: 3, stride: 2 });
 * const filtered = network.depthwiseConv2d({ ...layer, name: "filter", input: wide, kernel: 3 });
 * const graph = network.build([network.unary("globalAveragePool", "mean", filtered)]);
 * filtered; // "filter/relu6"
 * graph.parameters.get("filter/weights"); // { shape: [3, 3, 8] }
 * ```
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Node[] = [];
  readonly #parameters = new Map<string, Parameter>();
  readonly #channels = new Map<string, number>();

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * The channels of a node's output.
   *
   * @throws MobileNetError `invalid-argument` where no such node was added; so do the methods that
   *   read one.
   */
  channels(name: string): number {
    const channels = this.#channels.get(name);
    if (channels === undefined) {
      throw new MobileNetError("invalid-argument", "no such node was added to the graph", {
        node: this.#name,
        received: name,
      });
    }
    return channels;
  }

  /** What the network is given: `[batch, rows, columns, channels]`. */
  input(name: string, shape: FeatureShape): string {
    return this.#add({ op: "input", name, inputs: [], shape }, shape?.[3]);
  }

  /** Convolution, then batch norm or bias, then activation; gives the name of the last node. */
  conv2d(channels: number, layer: LayerOptions): string {
    return this.#layer("conv2d", channels, layer);
  }

  /** Depthwise convolution, then batch norm or bias, then activation. */
  depthwiseConv2d(layer: LayerOptions): string {
    return this.#layer("depthwiseConv2d", undefined, layer);
  }

  /** The sum of two nodes of one shape, a shortcut and what it goes past. */
  add(name: string, a: string, b: string): string {
    return this.#add({ op: "add", name, inputs: [a, b] }, this.channels(a));
  }

  /** ReLU or ReLU6 of a node that is no layer's end, such as a sum. */
  activation(name: string, input: string, activation: "relu" | "relu6"): string {
    return this.#add({ op: "activation", name, inputs: [input], activation }, this.channels(input));
  }

  /** An operation with one input that keeps the channels. */
  unary(op: "globalAveragePool" | "softmax" | "sigmoid", name: string, input: string): string {
    return this.#add({ op, name, inputs: [input] }, this.channels(input));
  }

  /** Bilinear interpolation to `size`, `[rows, columns]`. */
  resizeBilinear(
    name: string,
    input: string,
    to: Pick<ResizeBilinearNode, "size" | "alignCorners" | "halfPixelCenters">,
  ): string {
    checkOptions(to, interpolationNames, "resizeBilinear");
    return this.#add({ op: "resizeBilinear", name, inputs: [input], ...to }, this.channels(input));
  }

  /** Nodes laid side by side along axis 1 (rows), 2 (columns) or 3 (channels). */
  concat(name: string, inputs: readonly string[], axis: 1 | 2 | 3): string {
    // What is no list is refused by `build`.
    const channels = Array.from(inputs ?? [], (input) => this.channels(input));
    const total = axis === 3 ? channels.reduce((a, b) => a + b, 0) : (channels[0] ?? 0);
    return this.#add({ op: "concat", name, inputs, axis }, total);
  }

  /** The same values in the same order as `[rows, columns, channels]`. */
  reshape(name: string, input: string, shape: readonly [number, number, number]): string {
    return this.#add({ op: "reshape", name, inputs: [input], shape }, shape?.[2]);
  }

  /**
   * The graph, checked: every shape is inferred once. More nodes may follow, and another graph.
   *
   * @param outputs - The nodes whose values leave the graph.
   * @throws MobileNetError `invalid-model` naming a node whose inputs do not fit, or whose name is
   *   used twice.
   */
  build(outputs: readonly string[]): Graph {
    const [nodes, parameters] = [[...this.#nodes], new Map(this.#parameters)];
    const graph = { name: this.#name, nodes, outputs, parameters };
    checkGraph(graph, "build");
    inferShapes(graph);
    return graph;
  }

  #layer(
    op: "conv2d" | "depthwiseConv2d",
    wanted: number | undefined,
    layer: LayerOptions,
  ): string {
    checkOptions(layer, layerNames, op);
    const { name, input, kernel = 1, stride = 1, dilation = 1, padding, epsilon } = layer;
    const own = this.channels(input);
    const channels = wanted ?? own;
    const weights = `${name}/weights`;
    const bias = epsilon === undefined ? { bias: `${name}/bias` } : {};
    const depth = op === "conv2d" ? [own, channels] : [channels];
    this.#parameters.set(weights, { shape: [kernel, kernel, ...depth] });
    if (bias.bias !== undefined) this.#parameters.set(bias.bias, { shape: [channels] });
    const window = { kernel: [kernel, kernel] as const, stride, dilation, padding };
    const activation = "none" as const;
    let last = this.#add(
      { op, name, inputs: [input], weights, ...bias, ...window, activation },
      channels,
    );
    if (epsilon !== undefined) last = this.#batchNorm(last, epsilon, channels);
    if (layer.activation === "none") return last;
    const activated = `${name}/${layer.activation}`;
    return this.#add(
      { op: "activation", name: activated, inputs: [last], activation: layer.activation },
      channels,
    );
  }

  #batchNorm(input: string, epsilon: number, channels: number): string {
    const name = `${input}/batch_norm`;
    const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map((part) => {
      this.#parameters.set(`${name}/${part}`, { shape: [channels] });
      return `${name}/${part}`;
    }) as [string, string, string, string];
    const node: Node = {
      op: "batchNorm",
      name,
      inputs: [input],
      gamma,
      beta,
      mean,
      variance,
      epsilon,
    };
    return this.#add(node, channels);
  }

  #add(node: Node, channels: number): string {
    this.#nodes.push(node);
    this.#channels.set(node.name, channels);
    return node.name;
  }
}
