/**
 * Small graphs with weights, written node by node. Unlike the library's builder it leaves every
 * attribute free (kernels that are not square, convolutions without bias, fused shortcuts), so that
 * tests reach what a kernel may be asked for and not only what the published networks ask.
 */
import fc from "fast-check";
import type {
  Activation,
  ElementFunction,
  FeatureShape,
  Graph,
  Node,
  Padding,
  Pads,
  Parameter,
  ResizeBilinearNode,
  Window,
} from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { elementCount, type Shape } from "../../src/tensor.ts";
import { normalValues, type Random, seededRandom, uniformValues } from "./random.ts";

/** What a convolution may vary; the defaults are a linear 1×1 with a bias. */
export interface SketchConvolution {
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: Padding;
  readonly activation?: Activation;
  readonly bias?: boolean;
  /** A second input: a shortcut that the node adds itself. */
  readonly shortcut?: string;
}

/** A graph that fast-check prints without the values of its weights. */
export function printable(graph: Graph): Graph {
  const toPrint = (): string => JSON.stringify({ nodes: graph.nodes, outputs: graph.outputs });
  // Not enumerable, so that comparing and cloning graphs never see it.
  return Object.defineProperty({ ...graph }, fc.toStringMethod, { value: toPrint });
}

/** Adds nodes with random weights; every method gives the name of the node it added. */
export class Sketch {
  readonly #nodes: Node[] = [];
  readonly #parameters = new Map<string, Parameter>();
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** The graph whose output is the last node, or the given ones. */
  graph(outputs: readonly string[] = [this.#nodes.at(-1)!.name]): Graph {
    const graph = { name: "sketch", nodes: this.#nodes, outputs, parameters: this.#parameters };
    return printable(graph);
  }

  shape(name: string): FeatureShape {
    return inferShapes(this.graph([name])).get(name)!;
  }

  input(shape: FeatureShape): string {
    return this.#add({ op: "input", name: this.#name("input"), inputs: [], shape });
  }

  conv2d(input: string, outputs: number, options: SketchConvolution = {}): string {
    const name = this.#name("conv2d");
    const { kernel = [1, 1], shortcut } = options;
    const weights = this.#weights(name, [...kernel, this.shape(input)[3], outputs]);
    const inputs = shortcut === undefined ? [input] : [input, shortcut];
    return this.#add({
      op: "conv2d",
      name,
      inputs,
      ...weights,
      ...this.#window(name, outputs, options),
    });
  }

  depthwise(input: string, options: SketchConvolution = {}): string {
    const name = this.#name("depthwise");
    const { kernel = [3, 3] } = options;
    const channels = this.shape(input)[3];
    const weights = this.#weights(name, [...kernel, channels]);
    const window = this.#window(name, channels, { ...options, kernel });
    return this.#add({ op: "depthwiseConv2d", name, inputs: [input], ...weights, ...window });
  }

  /** Expand (where `expansion` > 1), filter, project and, where `residual`, add. */
  invertedResidual(
    input: string,
    outputs: number,
    options: SketchConvolution & { readonly expansion: number; readonly residual: boolean },
  ): string {
    const { expansion, residual, ...window } = options;
    const wide =
      expansion === 1
        ? input
        : this.conv2d(input, this.shape(input)[3] * expansion, { activation: "relu6" });
    const filtered = this.depthwise(wide, { kernel: [3, 3], activation: "relu6", ...window });
    const projected = this.conv2d(filtered, outputs);
    return residual ? this.add(input, projected) : projected;
  }

  batchNorm(input: string): string {
    const name = this.#name("batch_norm");
    const channels = this.shape(input)[3];
    const part = (suffix: string, data: Float32Array): string => {
      this.#parameters.set(`${name}/${suffix}`, { shape: [channels], data });
      return `${name}/${suffix}`;
    };
    return this.#add({
      op: "batchNorm",
      name,
      inputs: [input],
      gamma: part("gamma", uniformValues(channels, this.#random, [0.5, 1.5])),
      beta: part("beta", normalValues(channels, this.#random)),
      mean: part("mean", normalValues(channels, this.#random)),
      variance: part("variance", uniformValues(channels, this.#random, [0.5, 1.5])),
      epsilon: 1e-3,
    });
  }

  activation(input: string, activation: "relu" | "relu6"): string {
    return this.#add({
      op: "activation",
      name: this.#name(activation),
      inputs: [input],
      activation,
    });
  }

  add(a: string, b: string): string {
    return this.#add({ op: "add", name: this.#name("add"), inputs: [a, b] });
  }

  /** Of two maps, or of a map and one value for each channel. */
  multiply(a: string, b: string): string {
    return this.#add({ op: "multiply", name: this.#name("multiply"), inputs: [a, b] });
  }

  elementwise(input: string, of: ElementFunction): string {
    const name = this.#name(of.kind);
    return this.#add({ op: "elementwise", name, inputs: [input], function: of });
  }

  unary(op: "globalAveragePool" | "softmax" | "sigmoid", input: string): string {
    return this.#add({ op, name: this.#name(op), inputs: [input] });
  }

  resize(
    input: string,
    size: readonly [number, number],
    convention: Pick<ResizeBilinearNode, "alignCorners" | "halfPixelCenters">,
  ): string {
    const name = this.#name("resize");
    return this.#add({ op: "resizeBilinear", name, inputs: [input], size, ...convention });
  }

  concat(inputs: readonly string[], axis: 1 | 2 | 3): string {
    return this.#add({ op: "concat", name: this.#name("concat"), inputs, axis });
  }

  reshape(input: string, shape: readonly [number, number, number]): string {
    return this.#add({ op: "reshape", name: this.#name("reshape"), inputs: [input], shape });
  }

  pad(input: string, pads: Pads): string {
    return this.#add({ op: "pad", name: this.#name("pad"), inputs: [input], pads });
  }

  averagePool2d(input: string, { kernel, stride, dilation, padding }: Window): string {
    const name = this.#name("average_pool");
    return this.#add({
      op: "averagePool2d",
      name,
      inputs: [input],
      kernel,
      stride,
      dilation,
      padding,
    });
  }

  #window(
    name: string,
    outputs: number,
    options: SketchConvolution,
  ): Required<
    Pick<SketchConvolution, "kernel" | "stride" | "dilation" | "padding" | "activation">
  > & {
    readonly bias?: string;
  } {
    const { kernel = [1, 1], stride = 1, dilation = 1, padding = "same" } = options;
    const window = { kernel, stride, dilation, padding, activation: options.activation ?? "none" };
    if (options.bias === false) return window;
    const data = normalValues(outputs, this.#random, 0.5);
    this.#parameters.set(`${name}/bias`, { shape: [outputs], data });
    return { ...window, bias: `${name}/bias` };
  }

  #weights(name: string, shape: Shape): { readonly weights: string } {
    const fanIn = elementCount(shape) / shape.at(-1)!;
    const data = normalValues(elementCount(shape), this.#random, Math.sqrt(2 / fanIn));
    this.#parameters.set(`${name}/weights`, { shape, data });
    return { weights: `${name}/weights` };
  }

  #name(kind: string): string {
    return `${kind}_${this.#nodes.length}`;
  }

  #add(node: Node): string {
    this.#nodes.push(node);
    return node.name;
  }
}
