/**
 * One step by its operation's definition, whatever its operands' type: what the reference runs a
 * program with, and what other backends fall back to where they have no kernel.
 */
import type { Operands, Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import { type Convolution, type Graph, unknownOperation } from "../../graph/ir.ts";
import { elementFunction, sigmoid } from "./element-functions.ts";
import * as moves from "./moves.ts";
import * as operations from "./operations.ts";
import { type AnyMap, isQuantized, QuantizedRunner } from "./quantized.ts";
import type { Requantization } from "./quantized-arithmetic.ts";
import * as windows from "./windows.ts";

/** Runs steps over dense feature maps. */
export class StepRunner {
  readonly #parameters: Graph["parameters"];
  readonly #quantized: QuantizedRunner;

  constructor(parameters: Graph["parameters"], requantization: Requantization) {
    this.#parameters = parameters;
    this.#quantized = new QuantizedRunner(parameters, requantization);
  }

  /**
   * Computes a step's output.
   *
   * @throws MobileNetError `unsupported` for blocks that the compiler joined, and where an operation
   *   has no 8-bit rule; `invalid-model` where only some of the operands are 8-bit.
   */
  run({ node }: Pick<Step, "node">, inputs: Operands<AnyMap>, output: AnyMap): void {
    if (isQuantized(output) || inputs.some(isQuantized)) {
      this.#quantized.run({ node }, inputs, output);
    } else this.#floatStep(node, inputs as Operands<operations.FeatureMap>, output);
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
        operations.map(first, result, sigmoid);
        break;
      case "elementwise":
        operations.map(first, result, elementFunction(node.function));
        break;
      case "add":
        operations.add(sources, result);
        break;
      case "multiply":
        operations.multiply(sources, result);
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
      case "maxPool2d":
        moves.maxPool2d(node, first, result);
        break;
      case "resizeNearest":
        moves.resizeNearest(node, first, result);
        break;
      case "slice":
        moves.slice(node, first, result);
        break;
      case "transpose":
        moves.transpose(node, first, result);
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
    return this.#parameters.get(name)?.data ?? [];
  }
}
