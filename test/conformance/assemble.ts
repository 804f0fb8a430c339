/**
 * Makes a graph of a recipe. A step whose shapes do not fit, or that would be large, is left out; what
 * remains is a graph that every part of the library has to take, whatever is next to what.
 */
import { MobileNetError } from "../../src/errors.ts";
import type {
  Convolution,
  FeatureShape,
  Graph,
  InputNode,
  Node,
  Parameter,
  Quantization,
} from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { elementCount, type Shape } from "../../src/tensor.ts";
import { parametersOf } from "../int8/convolution-graphs.ts";
import { normalValues, type Random, seededRandom, uniformValues } from "./random.ts";
import { keepingPads } from "./random-graphs.ts";
import { type FilterChoice, mostValues, mostWork } from "./recipe-kinds.ts";
import type { Recipe, RecipeStep } from "./recipes.ts";
import { printable } from "./sketch.ts";

/** The graph of a recipe; prints as its nodes and outputs. */
export function assemble(recipe: Recipe): Graph {
  const assembly = new Assembly(recipe);
  for (const step of recipe.steps) assembly.step(step);
  return assembly.graph(recipe.outputs);
}

class Assembly {
  readonly #nodes: Node[] = [];
  readonly #shapes = new Map<string, FeatureShape>();
  readonly #parameters = new Map<string, Parameter>();
  /** Those of the node that is being made. */
  readonly #fresh = new Map<string, Parameter>();
  readonly #random: Random;
  readonly #bytes: boolean;
  readonly #wild: boolean;
  /** What the motif at hand reads. */
  #home: Node | undefined;

  constructor({ seed, inputs, wild }: Recipe) {
    this.#random = seededRandom(seed);
    this.#bytes = inputs.some(({ as }) => as !== undefined);
    this.#wild = wild;
    for (const { shape, as } of inputs) {
      this.#try({ op: "input", name: this.#name(), inputs: [], shape, ...quantized(as) });
    }
  }

  graph(outputs: readonly number[]): Graph {
    const nodes = this.#nodes;
    const names = outputs.map((back) => nodes[nodes.length - 1 - (back % nodes.length)]!.name);
    return printable({ name: "any", nodes, outputs: names, parameters: this.#parameters });
  }

  step(step: RecipeStep): void {
    // Exponentials differ in their last bits: what is rounded to bytes after them might too.
    const sources = this.#nodes.filter((node) => !(this.#bytes && isRealSoftmax(node)));
    const source = step.from === 0 ? sources.at(-1) : sources[(step.from - 1) % sources.length];
    if (source === undefined) return;
    if (step.opens) this.#home = source;
    this.#fresh.clear();
    const node = this.#draft(step, source, sources);
    if (node !== undefined) this.#try(node);
  }

  #draft(step: RecipeStep, source: Node, sources: readonly Node[]): Node | undefined {
    const [, rows, columns, channels] = this.#shapes.get(source.name)!;
    const name = this.#name();
    const real = source.quantization === undefined;
    const fallback: Quantization = { dtype: "int8", scale: Math.fround(0.05), zeroPoint: -3 };
    const as = step.as ?? source.quantization ?? fallback;
    // Amid bytes, real numbers become bytes again unless the step is one that leads out.
    const astray = this.#bytes && real && !["softmax", "argMax", "quantize"].includes(step.op);
    if (astray && !this.#wild) {
      return { op: "quantize", name, inputs: [source.name], quantization: as };
    }
    const base = { name, inputs: [source.name], ...(real ? {} : quantized(as)) };
    const alike = sources
      .filter((node) => (node.quantization === undefined) === real)
      .toReversed()
      .map((node) => node.name);
    const ofShape = (shape: Shape): readonly string[] =>
      alike.filter((other) => `${this.#shapes.get(other)}` === `${shape}`);
    switch (step.op) {
      case "conv2d": {
        const outputs = step.outputs || this.#shapes.get(this.#home!.name)![3];
        const { kernel } = step.filter.window;
        const filter = this.#filter([...kernel, channels, outputs], step.filter, real);
        const node: Node = { op: "conv2d", ...base, ...filter };
        const shape = step.shortcut === undefined || !real ? undefined : this.#shapeOf(node);
        if (shape === undefined) return node;
        const fitting = ofShape(shape);
        const shortcut = fitting[step.shortcut! % fitting.length];
        return shortcut === undefined ? node : { ...node, inputs: [source.name, shortcut] };
      }
      case "depthwiseConv2d": {
        const { kernel } = step.filter.window;
        const filter = this.#filter([...kernel, channels], step.filter, real);
        const { keeps } = step.filter;
        const padding =
          keeps === undefined
            ? filter.padding
            : keepingPads(step.filter.window, [rows, columns], keeps);
        return { op: "depthwiseConv2d", ...base, ...filter, padding };
      }
      case "batchNorm":
        return real ? this.#batchNorm(base, channels, step.share) : undefined;
      case "add": {
        const fitting = ofShape(this.#shapes.get(source.name)!);
        const home = this.#home!.name;
        const other =
          step.other < 0 && alike.includes(home) ? home : fitting.at(step.other % fitting.length)!;
        const inputs = step.swapped ? [other, source.name] : [source.name, other];
        return { op: "add", ...base, inputs };
      }
      case "concat": {
        const others = step.others.map((index) => alike[index % alike.length]!);
        return { op: "concat", ...base, inputs: [source.name, ...others], axis: step.axis };
      }
      case "reshape": {
        // What one side was becomes a part of another.
        const sizes = [rows, columns, channels];
        const [a, b] = step.order;
        sizes[b] = sizes[b]! * (a === b ? 1 : sizes[a]!);
        if (a !== b) sizes[a] = 1;
        return { op: "reshape", ...base, shape: sizes as [number, number, number] };
      }
      case "quantize":
        return { op: "quantize", ...base, quantization: as };
      case "dequantize":
        return real ? undefined : { op: "dequantize", name, inputs: [source.name] };
      case "argMax": {
        const bytes = !real && step.as !== undefined && channels <= 128;
        const indices: Quantization = { ...as, scale: 1, zeroPoint: 0 };
        return { op: "argMax", name, inputs: [source.name], ...(bytes ? quantized(indices) : {}) };
      }
      case "averagePool2d":
      case "maxPool2d":
        return { op: step.op, ...base, ...step.window, dilation: 1 };
      case "elementwise":
        return { op: "elementwise", ...base, function: step.function };
      case "multiply": {
        const shape = this.#shapes.get(source.name)!;
        const fitting = ofShape(step.perChannel ? [shape[0], 1, 1, channels] : shape);
        const other = fitting.at(step.other % fitting.length);
        if (other === undefined) return undefined;
        return { op: "multiply", ...base, inputs: [source.name, other] };
      }
      case "slice": {
        const parts = [rows, columns, channels].map((size, axis) => {
          const [before, after] = step.cuts[axis]!;
          return before + after < size
            ? { start: before, size: size - before - after }
            : { start: 0, size };
        });
        const of = (key: "start" | "size") =>
          parts.map((part) => part[key]) as [number, number, number];
        return { op: "slice", ...base, start: of("start"), size: of("size") };
      }
      case "transpose":
        return { op: "transpose", ...base, order: step.order };
      case "resizeNearest":
      case "resizeBilinear":
        return { op: step.op, ...base, size: step.size, ...step.convention };
      case "pad":
        return { op: "pad", ...base, pads: step.pads };
      case "activation":
        return { op: "activation", ...base, activation: step.activation };
      case "globalAveragePool":
      case "softmax":
      case "sigmoid":
        return { op: step.op, ...base };
    }
  }

  /** A convolution's window, and parameters of the kind that its input needs. */
  #filter(
    shape: Shape,
    { window, activation, bias, share, perChannel }: FilterChoice,
    real: boolean,
  ): Convolution {
    const outputs = shape.at(-1)!;
    const earlier = [...this.#parameters].findLast(
      ([key, { shape: other, quantization }]) =>
        key.endsWith("/weights") &&
        `${other}` === `${shape}` &&
        (quantization === undefined) === real,
    );
    // Named after the next node: a pass that makes up names has to look whether they are free.
    const owner = `n${this.#nodes.length + 1}`;
    const weights = share && earlier !== undefined ? earlier[0] : `${owner}/weights`;
    if (elementCount(shape) <= mostWork && !this.#parameters.has(weights)) {
      this.#fresh.set(
        weights,
        real ? this.#realWeights(shape) : this.#byteWeights(shape, perChannel),
      );
    }
    const convolution = { ...window, activation, weights };
    if (!bias) return convolution;
    const data = real
      ? normalValues(outputs, this.#random, 0.5)
      : Int32Array.from({ length: outputs }, () => Math.floor(this.#random() * 4000) - 2000);
    this.#fresh.set(`${owner}/bias`, { shape: [outputs], data });
    return { ...convolution, bias: `${owner}/bias` };
  }

  #realWeights(shape: Shape): Parameter {
    const fanIn = elementCount(shape) / shape.at(-1)!;
    return { shape, data: normalValues(elementCount(shape), this.#random, Math.sqrt(2 / fanIn)) };
  }

  #byteWeights(shape: Shape, perChannel: boolean): Parameter {
    const random = Math.floor(this.#random() * 1e6);
    const [weights] = parametersOf("", shape, { perChannel, spread: random % 2 === 0, random });
    return weights![1];
  }

  #batchNorm(
    base: { readonly name: string; readonly inputs: readonly string[] },
    channels: number,
    share: boolean,
  ): Node {
    const earlier = [...this.#parameters].findLast(
      ([key, { shape }]) => key.endsWith("/gamma") && shape[0] === channels,
    );
    const owner = share && earlier !== undefined ? earlier[0].slice(0, -6) : base.name;
    const part = (suffix: string, data: Float32Array): string => {
      const name = `${owner}/${suffix}`;
      if (!this.#parameters.has(name)) this.#fresh.set(name, { shape: [channels], data });
      return name;
    };
    return {
      op: "batchNorm",
      ...base,
      gamma: part("gamma", uniformValues(channels, this.#random, [0.5, 1.5])),
      beta: part("beta", normalValues(channels, this.#random)),
      mean: part("mean", normalValues(channels, this.#random)),
      variance: part("variance", uniformValues(channels, this.#random, [0.5, 1.5])),
      epsilon: 1e-3,
    };
  }

  #try(node: Node): void {
    const shape = this.#shapeOf(node);
    if (shape === undefined) return;
    const filter = "weights" in node ? this.#parameter(node.weights)!.shape : [0];
    const work = elementCount(shape.slice(0, 3)) * elementCount(filter);
    if (elementCount(shape) > mostValues || work > mostWork) return;
    this.#nodes.push(node);
    this.#shapes.set(node.name, shape);
    for (const [name, parameter] of this.#fresh) this.#parameters.set(name, parameter);
  }

  #parameter(name: string): Parameter | undefined {
    return this.#fresh.get(name) ?? this.#parameters.get(name);
  }

  /** The shape of a node's output; undefined where its inputs do not fit. */
  #shapeOf(node: Node): FeatureShape | undefined {
    const sources = [...new Set(node.inputs)].map(
      (name): InputNode => ({ op: "input", name, inputs: [], shape: this.#shapes.get(name)! }),
    );
    try {
      return inferShapes({
        name: "step",
        nodes: [...sources, node],
        outputs: [],
        parameters: new Map([...this.#parameters, ...this.#fresh]),
      }).get(node.name);
    } catch (error) {
      if (error instanceof MobileNetError && error.code === "invalid-model") return undefined;
      throw error;
    }
  }

  #name(): string {
    return `n${this.#nodes.length}`;
  }
}

function quantized(as: Quantization | undefined): { readonly quantization?: Quantization } {
  return as === undefined ? {} : { quantization: as };
}

/** Whether a node's values come from exponentials of real numbers. */
export function isRealSoftmax(node: Node): boolean {
  return node.op === "softmax" && node.quantization === undefined;
}
