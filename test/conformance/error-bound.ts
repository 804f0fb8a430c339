/**
 * What a graph computes, and how far float32 arithmetic may stray from it. Each node's value comes
 * with a bound for every element, by the standard error analysis: with u = 2⁻²⁴, a sum of n products
 * in any order errs by at most (n + 2) · u · Σ|x·w| to first order, errors of the inputs pass through
 * |w|, and ReLUs never enlarge them. A backend is right when every element keeps its bound.
 */
import { elementFunction } from "../../src/backends/reference/element-functions.ts";
import * as moves from "../../src/backends/reference/moves.ts";
import * as operations from "../../src/backends/reference/operations.ts";
import * as windows from "../../src/backends/reference/windows.ts";
import type { Convolution, FeatureShape, Graph, Node, NodeOf } from "../../src/graph/ir.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { elementCount } from "../../src/tensor.ts";

type FeatureMap = operations.FeatureMap;

/** A feature map and the largest error that each of its elements may have. */
export interface Bounded {
  readonly value: FeatureMap;
  readonly bound: FeatureMap;
}

/** Half the distance from 1 to the next float32. */
export const unitRoundoff: number = 2 ** -24;

/** Below this float32 loses digits; absolute errors this small are never counted. */
const tiny = 2 ** -120;

/** Values and bounds of every node; `inputs` holds the graph's inputs in order. */
export function evaluate(graph: Graph, inputs: readonly Float32Array[]): Map<string, Bounded> {
  const shapes = inferShapes(graph);
  const results = new Map<string, Bounded>();
  let nextInput = 0;
  for (const node of graph.nodes) {
    const shape = shapes.get(node.name)!;
    if (node.op === "input") {
      const value = { shape, data: inputs[nextInput++]! };
      results.set(node.name, { value, bound: emptyMap(shape) });
    } else {
      const sources = node.inputs.map((name) => results.get(name)!);
      results.set(node.name, evaluateNode(node, { sources, shape, graph }));
    }
  }
  return results;
}

interface Context {
  readonly sources: readonly Bounded[];
  readonly shape: FeatureShape;
  readonly graph: Graph;
}

function evaluateNode(node: Exclude<Node, { op: "input" }>, context: Context): Bounded {
  const { sources, shape, graph } = context;
  const [first, second] = sources as readonly [Bounded, Bounded?];
  const make = (fill: (output: FeatureMap) => void): FeatureMap => {
    const output = emptyMap(shape);
    fill(output);
    return output;
  };
  switch (node.op) {
    case "conv2d":
      return convolve("conv2d", node, { first, second, shape, graph });
    case "depthwiseConv2d":
      return convolve("depthwiseConv2d", node, { first, shape, graph });
    case "invertedResidual":
      return evaluateBlock(node, context);
    case "activation": {
      const value = make((out) =>
        operations.map(first.value, out, (x) => operations.activate(node.activation, x)),
      );
      return { value, bound: first.bound };
    }
    case "add":
      return addMaps(first, second!);
    case "batchNorm": {
      const [gamma, beta, mean, variance] = [node.gamma, node.beta, node.mean, node.variance].map(
        (name) => valuesOf(graph, name),
      ) as [number[], number[], number[], number[]];
      const parameters = { gamma, beta, mean, variance, epsilon: node.epsilon };
      const value = make((out) => operations.batchNorm(first.value, parameters, out));
      // Computed as it reads or as scale · x + offset: at most six roundings of terms this large.
      return bounded(value, (i) => {
        const c = i % shape[3];
        const scale = Math.abs(gamma[c]!) / Math.sqrt(variance[c]! + node.epsilon);
        const terms = scale * (Math.abs(first.value.data[i]!) + Math.abs(mean[c]!));
        const rounding = 6 * unitRoundoff * (terms + Math.abs(beta[c]!));
        return scale * first.bound.data[i]! + rounding;
      });
    }
    case "globalAveragePool": {
      const value = make((out) => operations.globalAveragePool(first.value, out));
      const magnitude = make((out) => operations.globalAveragePool(absolute(first.value), out));
      const carried = make((out) => operations.globalAveragePool(first.bound, out));
      const terms = first.value.shape[1] * first.value.shape[2] + 2;
      return bounded(value, (i) => carried.data[i]! + terms * unitRoundoff * magnitude.data[i]!);
    }
    case "softmax": {
      const value = make((out) => operations.softmax(first.value, out));
      const largestInput = largest(first.value);
      const largestBound = largest(first.bound);
      // Exponents err by their inputs' errors and one rounding; 16 covers exp itself, c the sum.
      const relative = 2 * largestBound + unitRoundoff * (4 * largestInput + shape[3] + 16);
      return bounded(value, (i) => value.data[i]! * relative);
    }
    case "sigmoid": {
      const value = make((out) => operations.map(first.value, out, (x) => 1 / (1 + Math.exp(-x))));
      // Its slope is at most 1/4; exp and the division take a few roundings of values below 1.
      return bounded(value, (i) => first.bound.data[i]! / 4 + 16 * unitRoundoff);
    }
    case "elementwise": {
      const value = make((out) => operations.map(first.value, out, elementFunction(node.function)));
      // None of the functions here is steeper than 1.5; 16 roundings of values as large as these.
      return bounded(value, (i) => {
        const magnitude = Math.abs(first.value.data[i]!) + Math.abs(value.data[i]!) + 1;
        return 1.5 * first.bound.data[i]! + 16 * unitRoundoff * magnitude;
      });
    }
    case "multiply": {
      const value = make((out) => operations.multiply([first.value, second!.value], out));
      const product = (a: FeatureMap, b: FeatureMap): FeatureMap =>
        make((out) => operations.multiply([a, b], out));
      const [a, b] = [absolute(first.value), absolute(second!.value)];
      const parts = [
        product(a, second!.bound),
        product(first.bound, b),
        product(first.bound, second!.bound),
      ];
      return bounded(
        value,
        (i) =>
          2 * unitRoundoff * Math.abs(value.data[i]!) +
          parts.reduce((sum, part) => sum + part.data[i]!, 0),
      );
    }
    case "maxPool2d":
    case "slice":
    case "transpose":
    case "resizeNearest": {
      const move = (map: FeatureMap): FeatureMap => make((out) => moveValues(node, map, out));
      return { value: move(first.value), bound: move(first.bound) };
    }
    case "averagePool2d": {
      const value = make((out) => windows.averagePool2d(node, first.value, out));
      const magnitude = make((out) => windows.averagePool2d(node, absolute(first.value), out));
      const carried = make((out) => windows.averagePool2d(node, first.bound, out));
      const terms = node.kernel[0] * node.kernel[1] + 2;
      return bounded(value, (i) => carried.data[i]! + terms * unitRoundoff * magnitude.data[i]!);
    }
    case "pad":
      return {
        value: make((out) => windows.pad(node.pads, first.value, out)),
        bound: make((out) => windows.pad(node.pads, first.bound, out)),
      };
    case "resizeBilinear": {
      const value = make((out) => operations.resizeMap(node, first.value, out));
      const carried = make((out) => operations.resizeMap(node, first.bound, out));
      // Positions reach the plane's size and may themselves be float32; the slope between two
      // pixels is at most twice the largest value. Six more roundings interpolate.
      const span = Math.max(...first.value.shape.slice(1, 3), ...node.size);
      const rounding = (2 * 2 * 4 * span + 6) * unitRoundoff * largest(first.value);
      return bounded(value, (i) => carried.data[i]! + rounding);
    }
    case "concat": {
      const [values, bounds] = [sources.map((s) => s.value), sources.map((s) => s.bound)];
      return {
        value: make((out) => operations.concat(node, values, out)),
        bound: make((out) => operations.concat(node, bounds, out)),
      };
    }
    case "reshape":
      return {
        value: { shape, data: first.value.data },
        bound: { shape, data: first.bound.data },
      };
    case "argMax": {
      const value = make((out) => windows.argMax(first.value, out));
      // Any channel whose values reach up to the least that the largest may be can come out first.
      const { data } = first.value;
      const channels = first.value.shape[3];
      return bounded(value, (pixel) => {
        const at = (c: number): number => pixel * channels + c;
        const best = value.data[pixel]!;
        const least = data[at(best)]! - first.bound.data[at(best)]!;
        let furthest = 0;
        for (let c = 0; c < channels; c++) {
          if (data[at(c)]! + first.bound.data[at(c)]! < least) continue;
          furthest = Math.max(furthest, Math.abs(c - best));
        }
        return furthest;
      });
    }
    case "quantize":
    case "dequantize":
      throw new Error(`${node.op} has no rounding errors to bound; compare its values exactly`);
  }
}

function moveValues(
  node: NodeOf<"maxPool2d" | "slice" | "transpose" | "resizeNearest">,
  input: FeatureMap,
  output: FeatureMap,
): void {
  switch (node.op) {
    case "maxPool2d":
      moves.maxPool2d(node, input, output);
      break;
    case "slice":
      moves.slice(node, input, output);
      break;
    case "transpose":
      moves.transpose(node, input, output);
      break;
    case "resizeNearest":
      moves.resizeNearest(node, input, output);
      break;
  }
}

/** A fused block is its parts, one after the other. */
function evaluateBlock(
  node: Extract<Node, { op: "invertedResidual" }>,
  { sources, shape, graph }: Context,
): Bounded {
  const [input] = sources as readonly [Bounded];
  const inputs: readonly string[] = ["block"];
  const part = <O extends "conv2d" | "depthwiseConv2d">(op: O, convolution: Convolution) =>
    ({ op, name: "part", inputs, ...convolution }) as const;
  const shapeAfter = (
    op: "conv2d" | "depthwiseConv2d",
    convolution: Convolution,
    before: Bounded,
  ) =>
    inferShapes({
      name: "part",
      nodes: [
        { op: "input", name: "block", inputs: [], shape: before.value.shape },
        part(op, convolution),
      ],
      outputs: ["part"],
      parameters: graph.parameters,
    }).get("part")!;
  let x = input;
  if (node.expand !== undefined) {
    const wide = shapeAfter("conv2d", node.expand, x);
    x = convolve("conv2d", node.expand, { first: x, shape: wide, graph });
  }
  const filtered = shapeAfter("depthwiseConv2d", node.depthwise, x);
  x = convolve("depthwiseConv2d", node.depthwise, { first: x, shape: filtered, graph });
  const second = node.residual ? input : undefined;
  return convolve("conv2d", node.project, { first: x, second, shape, graph });
}

interface ConvolveContext {
  readonly first: Bounded;
  readonly second?: Bounded | undefined;
  readonly shape: FeatureShape;
  readonly graph: Graph;
}

function convolve(
  op: "conv2d" | "depthwiseConv2d",
  convolution: Convolution,
  { first, second, shape, graph }: ConvolveContext,
): Bounded {
  const weights = valuesOf(graph, convolution.weights);
  const bias = convolution.bias === undefined ? undefined : valuesOf(graph, convolution.bias);
  const run = (input: FeatureMap, signed: boolean, withBias: boolean): FeatureMap => {
    const output = emptyMap(shape);
    const values = {
      weights: signed ? weights : weights.map(Math.abs),
      bias: withBias ? (signed ? bias : bias?.map(Math.abs)) : undefined,
    };
    const linear = { name: "", inputs: [], ...convolution };
    const activation = signed ? convolution.activation : "none";
    if (op === "conv2d") operations.conv2d({ ...linear, op, activation }, [input], values, output);
    else operations.depthwiseConv2d({ ...linear, op, activation }, [input], values, output);
    return output;
  };
  const value = run(first.value, true, true);
  const magnitude = run(absolute(first.value), false, true);
  const carried = run(first.bound, false, false);
  const [rows, columns] = convolution.kernel;
  // Products of one output, its bias, and the roundings of a product and of the reference.
  const terms = rows * columns * (op === "conv2d" ? first.value.shape[3] : 1) + 3;
  const own = bounded(value, (i) => {
    const size = magnitude.data[i]! + carried.data[i]!;
    return carried.data[i]! + terms * unitRoundoff * size;
  });
  return second === undefined ? own : addMaps(own, second);
}

function addMaps(a: Bounded, b: Bounded): Bounded {
  const value = emptyMap(a.value.shape);
  operations.add([a.value, b.value], value);
  return bounded(
    value,
    (i) => a.bound.data[i]! + b.bound.data[i]! + 2 * unitRoundoff * Math.abs(value.data[i]!),
  );
}

function bounded(value: FeatureMap, boundAt: (index: number) => number): Bounded {
  const bound = value.data.map((_, i) => boundAt(i) + tiny);
  return { value, bound: { shape: value.shape, data: bound } };
}

function valuesOf(graph: Graph, name: string): number[] {
  return Array.from(graph.parameters.get(name)!.data!);
}

function absolute({ shape, data }: FeatureMap): FeatureMap {
  return { shape, data: data.map(Math.abs) };
}

function largest({ data }: FeatureMap): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function emptyMap(shape: FeatureShape): FeatureMap {
  return { shape, data: new Float32Array(elementCount(shape)) };
}
