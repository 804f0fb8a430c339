/**
 * The reference for 8-bit steps: integers as the rules in docs/numerics.md read, one scalar at a
 * time. The oracle for 8-bit kernels, which have to give the same bits.
 */
import { mapOperands, type Operands, type Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import {
  type Convolution,
  type Graph,
  type Node,
  type NodeOf,
  type Quantization,
  unknownOperation,
} from "../../graph/ir.ts";
import { dequantizeValues } from "../dequantize.ts";
import { elementFunction, sigmoid } from "./element-functions.ts";
import { maxPool2d, resizeNearest, slice, transpose } from "./moves.ts";
import { type FeatureMap, multiply } from "./operations.ts";
import {
  activationRange,
  clamp,
  quantizeValues,
  type Requantization,
} from "./quantized-arithmetic.ts";
import {
  type PackedConvolution,
  packConvolution,
  quantizedConv2d,
  quantizedDepthwiseConv2d,
} from "./quantized-convolution.ts";
import {
  mapQuantized,
  type QuantizedMap,
  realFunctionTable,
  requantizeTable,
} from "./quantized-map.ts";
import {
  copyQuantized,
  quantizedAdd,
  quantizedAveragePool2d,
  quantizedConcat,
  quantizedGlobalAveragePool,
  quantizedResizeBilinear,
  quantizedSoftmax,
} from "./quantized-operations.ts";
import { argMax, pad } from "./windows.ts";

/** A feature map of either kind. */
export type AnyMap = FeatureMap | QuantizedMap;

/** Whether a feature map is 8-bit. */
export function isQuantized(map: AnyMap): map is QuantizedMap {
  return "quantization" in map;
}

/** What computes 8 bits from 8 bits alone. */
type ByteNode = Exclude<Step["node"], NodeOf<"quantize" | "dequantize" | "argMax">>;

/** Runs the steps of a program that read or write 8-bit feature maps. */
export class QuantizedRunner {
  readonly #parameters: Graph["parameters"];
  readonly #rule: Requantization;
  readonly #packed = new Map<string, PackedConvolution>();

  constructor(parameters: Graph["parameters"], rule: Requantization) {
    this.#parameters = parameters;
    this.#rule = rule;
  }

  /**
   * Runs one step.
   *
   * @throws MobileNetError `unsupported` where an operation has no 8-bit rule, `invalid-model` where
   *   only some of its operands are 8-bit.
   */
  run({ node }: Pick<Step, "node">, inputs: Operands<AnyMap>, output: AnyMap): void {
    const [first] = inputs;
    if (node.op === "quantize") quantize(node, first, output);
    else if (node.op === "dequantize") dequantize(node, first, output);
    else if (node.op === "argMax") argMax(first, output);
    else if (isQuantized(output) && inputs.every(isQuantized)) {
      this.#run(node, inputs as Operands<QuantizedMap>, output);
    } else throw mixed(node);
  }

  #run(node: ByteNode, inputs: Operands<QuantizedMap>, output: QuantizedMap): void {
    const [input, second] = inputs;
    const { quantization } = output;
    switch (node.op) {
      case "conv2d": {
        if (second !== undefined) throw unsupported(node, "a convolution with a shortcut");
        const packed = this.#pack(node, input.quantization, quantization);
        quantizedConv2d(node, { input, packed, output });
        break;
      }
      case "depthwiseConv2d": {
        const packed = this.#pack(node, input.quantization, quantization);
        quantizedDepthwiseConv2d(node, { input, packed, output });
        break;
      }
      case "add":
        quantizedAdd([input, second!], output, this.#rule);
        break;
      case "activation": {
        const table = requantizeTable(input.quantization, quantization);
        const range = activationRange(node.activation, quantization);
        mapQuantized(input, output, (value) => clamp(table(value), range));
        break;
      }
      case "sigmoid":
      case "elementwise": {
        const of = node.op === "sigmoid" ? sigmoid : elementFunction(node.function);
        mapQuantized(input, output, realFunctionTable(input.quantization, quantization, of));
        break;
      }
      case "multiply":
        throughReals(inputs, output, (reals, result) => multiply(reals, result));
        break;
      case "maxPool2d":
        moved(input, output, (result) => maxPool2d(node, input, result));
        break;
      case "resizeNearest":
        moved(input, output, (result) => resizeNearest(node, input, result));
        break;
      case "slice":
        moved(input, output, (result) => slice(node, input, result));
        break;
      case "transpose":
        moved(input, output, (result) => transpose(node, input, result));
        break;
      case "globalAveragePool":
        quantizedGlobalAveragePool(input, output);
        break;
      case "averagePool2d":
        quantizedAveragePool2d(node, input, output);
        break;
      case "softmax":
        quantizedSoftmax(input, output);
        break;
      case "resizeBilinear":
        quantizedResizeBilinear(node, input, output);
        break;
      case "concat":
        quantizedConcat(node, inputs, output);
        break;
      case "reshape":
        copyQuantized(input, output);
        break;
      case "pad": {
        const inside = {
          ...output,
          shape: input.shape,
          data: output.data.slice(0, input.data.length),
        };
        copyQuantized(input, inside);
        pad(node.pads, inside, output, quantization.zeroPoint);
        break;
      }
      case "batchNorm":
      case "invertedResidual":
        throw unsupported(node, node.op);
      default:
        unknownOperation(node);
    }
  }

  #pack(
    node: Convolution & Pick<Node, "name">,
    input: Quantization,
    output: Quantization,
  ): PackedConvolution {
    const known = this.#packed.get(node.name);
    if (known !== undefined) return known;
    const options = { parameters: this.#parameters, input, output, rule: this.#rule };
    const packed = packConvolution(node, options);
    this.#packed.set(node.name, packed);
    return packed;
  }
}

/** Values taken elsewhere, then in the output's scale. */
function moved(
  { data, quantization }: QuantizedMap,
  output: QuantizedMap,
  move: (into: QuantizedMap) => void,
): void {
  const values = data instanceof Int8Array ? Int8Array : Uint8Array;
  const between = { ...output, data: new values(output.data.length) };
  move(between);
  mapQuantized(between, output, requantizeTable(quantization, output.quantization));
}

/** Real values, rounded once: what no rule of integers is given for. */
function throughReals(
  inputs: Operands<QuantizedMap>,
  output: QuantizedMap,
  compute: (inputs: Operands<FeatureMap>, output: FeatureMap) => void,
): void {
  const reals = mapOperands(inputs, ({ shape, data, quantization }): FeatureMap => {
    const values = new Float32Array(data.length);
    dequantizeValues(data, quantization, values);
    return { shape, data: values };
  });
  const result = { shape: output.shape, data: new Float32Array(output.data.length) };
  compute(reals, result);
  quantizeValues(result.data, output.quantization, output.data);
}

function quantize(node: Node, input: AnyMap, output: AnyMap): void {
  if (!isQuantized(output)) throw mixed(node);
  if (isQuantized(input)) copyQuantized(input, output);
  else quantizeValues(input.data, output.quantization, output.data);
}

function dequantize(node: Node, input: AnyMap, output: AnyMap): void {
  if (!isQuantized(input) || isQuantized(output)) throw mixed(node);
  dequantizeValues(input.data, input.quantization, output.data);
}

function unsupported(node: Node, what: string): MobileNetError {
  return new MobileNetError("unsupported", `${what} has no 8-bit rule`, {
    node: node.name,
    remedy: "Dequantize its input first.",
  });
}

function mixed(node: Node): MobileNetError {
  return new MobileNetError("invalid-model", `${node.op}: its operands differ in type`, {
    node: node.name,
    expected: "inputs and output all float32 or all 8-bit",
    remedy: "Put quantize or dequantize between them.",
  });
}
