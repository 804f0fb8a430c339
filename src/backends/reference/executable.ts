/**
 * A program on the reference backend: its steps one after another over one arena, each by the
 * operation's definition.
 */
import {
  mapOperands,
  type Operands,
  type Program,
  type Slot,
  type Step,
} from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import { type Convolution, type Graph, unknownOperation } from "../../graph/ir.ts";
import { arrayOf, elementCount } from "../../tensor.ts";
import type { FeatureTensor } from "../backend.ts";
import { requireAlive, slotAt } from "../checks.ts";
import { dequantizeValues } from "../dequantize.ts";
import { QueuedSynchronousExecutable } from "../synchronous.ts";
import * as operations from "./operations.ts";
import { type AnyMap, isQuantized, QuantizedRunner } from "./quantized.ts";
import { quantizeValues, type Requantization } from "./quantized-arithmetic.ts";
import * as windows from "./windows.ts";

/** Runs programs with scalar TypeScript. */
export class ReferenceExecutable extends QueuedSynchronousExecutable {
  readonly description: string = "reference (scalar TypeScript, 1 thread)";
  readonly arenaBytes: number;
  readonly #program: Program;
  readonly #quantized: QuantizedRunner;
  /** Real values waiting to become an 8-bit input, by the input's index. */
  readonly #staged = new Map<number, Float32Array>();
  #arena: ArrayBuffer | undefined;

  constructor(program: Program, requantization: Requantization) {
    super(program);
    for (const [name, { data }] of program.parameters) {
      if (data === undefined) {
        throw new MobileNetError("invalid-model", "a parameter has no values", {
          node: name,
          remedy: "Bind weights to the graph before preparing it.",
        });
      }
    }
    this.#program = program;
    this.#quantized = new QuantizedRunner(program.parameters, requantization);
    this.arenaBytes = program.arenaBytes;
    this.#arena = allocate(program.arenaBytes);
  }

  input(index = 0): Float32Array {
    const map = this.#view(slotAt(this.#program.inputs, index, "input"));
    if (!isQuantized(map)) return map.data;
    const staged = this.#staged.get(index) ?? new Float32Array(map.data.length);
    this.#staged.set(index, staged);
    return staged;
  }

  inputTensor(index = 0): FeatureTensor {
    this.#staged.delete(index);
    return tensorOf(this.#view(slotAt(this.#program.inputs, index, "input")));
  }

  run(): void {
    for (const [index, values] of this.#staged) {
      const map = this.#view(slotAt(this.#program.inputs, index, "input"));
      if (isQuantized(map)) quantizeValues(values, map.quantization, map.data);
    }
    this.#staged.clear();
    for (const step of this.#program.steps) this.#step(step);
  }

  output(index = 0): Float32Array {
    const map = this.#view(slotAt(this.#program.outputs, index, "output"));
    if (!isQuantized(map)) return map.data.slice();
    const values = new Float32Array(map.data.length);
    dequantizeValues(map.data, map.quantization, values);
    return values;
  }

  outputTensor(index = 0): FeatureTensor {
    const map = this.#view(slotAt(this.#program.outputs, index, "output"));
    return tensorOf({ ...map, data: map.data.slice() } as AnyMap);
  }

  protected release(): void {
    this.#staged.clear();
    this.#arena = undefined;
  }

  #step(step: Step): void {
    const maps = mapOperands(step.inputs, (slot) => this.#view(slot));
    const output = this.#view(step.output);
    if (isQuantized(output) || maps.some(isQuantized)) this.#quantized.run(step, maps, output);
    else this.#floatStep(step.node, maps as Operands<operations.FeatureMap>, output);
  }

  #floatStep(
    node: Step["node"],
    sources: Operands<operations.FeatureMap>,
    result: operations.FeatureMap,
  ): void {
    const [first] = sources;
    switch (node.op) {
      case "conv2d":
        operations.conv2d(node, sources, this.#convolution(node), result);
        break;
      case "depthwiseConv2d":
        operations.depthwiseConv2d(node, sources, this.#convolution(node), result);
        break;
      case "batchNorm":
        operations.batchNorm(
          first,
          {
            gamma: this.#values(node.gamma),
            beta: this.#values(node.beta),
            mean: this.#values(node.mean),
            variance: this.#values(node.variance),
            epsilon: node.epsilon,
          },
          result,
        );
        break;
      case "activation":
        operations.map(first, result, (x) => operations.activate(node.activation, x));
        break;
      case "sigmoid":
        operations.map(first, result, (x) => 1 / (1 + Math.exp(-x)));
        break;
      case "add":
        operations.add(sources, result);
        break;
      case "globalAveragePool":
        operations.globalAveragePool(first, result);
        break;
      case "softmax":
        operations.softmax(first, result);
        break;
      case "resizeBilinear":
        operations.resizeMap(node, first, result);
        break;
      case "concat":
        operations.concat(node, sources, result);
        break;
      case "averagePool2d":
        windows.averagePool2d(node, first, result);
        break;
      case "pad":
        windows.pad(node.pads, first, result);
        break;
      case "argMax":
        windows.argMax(first, result);
        break;
      case "reshape":
        result.data.set(first.data);
        break;
      case "quantize":
      case "dequantize":
        throw new MobileNetError("invalid-model", `${node.op}: nothing here is 8-bit`, {
          node: node.name,
        });
      case "invertedResidual":
        throw new MobileNetError("unsupported", "the reference backend takes unfused blocks", {
          node: node.name,
          remedy: "Compile the graph for referenceBackend.target.",
        });
      default:
        unknownOperation(node);
    }
  }

  #convolution(node: Convolution): operations.ConvolutionValues {
    return {
      weights: this.#values(node.weights),
      bias: node.bias === undefined ? undefined : this.#values(node.bias),
    };
  }

  #values(name: string): ArrayLike<number> {
    return (this.#program.parameters as Graph["parameters"]).get(name)?.data ?? [];
  }

  #view({ shape, quantization, offset }: Slot): AnyMap {
    const arena = requireAlive(this.#arena);
    const length = elementCount(shape);
    return quantization === undefined
      ? { shape, data: new Float32Array(arena, offset, length) }
      : { shape, data: new arrayOf[quantization.dtype](arena, offset, length), quantization };
  }
}

function allocate(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new MobileNetError("memory", "the network needs more memory than there is", {
      received: `${bytes} bytes`,
      remedy: "Use a smaller input.",
      cause,
    });
  }
}

/** A map as the caller sees it. */
function tensorOf(map: AnyMap): FeatureTensor {
  const { shape, data } = map;
  if (!isQuantized(map)) return { dtype: "float32", shape, data } as FeatureTensor;
  const { quantization } = map;
  return { dtype: quantization.dtype, shape, data, quantization } as FeatureTensor;
}
