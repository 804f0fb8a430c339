/** Whether two variants of the 8-bit kernels compute the same: a small network on both, bit for bit. */
import { compile } from "../../../compile/compile.ts";
import type { MemoryRules } from "../../../compile/program.ts";
import type { Activation, Graph, Node, Parameter, Quantization } from "../../../graph/ir.ts";
import { elementCount } from "../../../tensor.ts";
import type { FeatureTensor } from "../../backend.ts";
import { runOnce } from "../../synchronous.ts";
import { compareBuilds } from "../compare-builds.ts";
import { floatTarget } from "../prepare.ts";
import { prepareInt8 } from "./executable.ts";
import { int8Rules } from "./rules.ts";
import type { Variant } from "./variant.ts";

/**
 * What differs; undefined where nothing does.
 *
 * @param setFlag - Sets a flag of V8; that for joining vectors is set in the end.
 */
export async function differenceBetween(
  right: Variant,
  other: Variant,
  setFlag: (flag: string) => void = () => undefined,
): Promise<string | undefined> {
  const quantized = (): MemoryRules => int8Rules(right, 1);
  const program = compile(checkGraph(), { ...floatTarget, quantized });
  const outputsOf = async (variant: Variant): Promise<readonly FeatureTensor["data"][]> => {
    const executable = await prepareInt8(program, { threads: 1 }, variant);
    const bytes = executable.inputTensor().data.map((_, i) => hash(i));
    const read = runOnce(executable, [bytes]);
    const outputs = program.outputs.map((_, i) => read.outputTensor(i).data);
    executable.dispose();
    return outputs;
  };
  return compareBuilds(setFlag, {
    ordinary: () => outputsOf(right),
    turbo: () => outputsOf(other),
  });
}

/** A byte for each number, spread well. */
function hash(i: number): number {
  return Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24;
}

interface Filter {
  readonly op: "conv2d" | "depthwiseConv2d";
  /** Rows, columns, inputs and outputs; rows, columns and channels where depthwise. */
  readonly weights: readonly number[];
  readonly stride?: 1 | 2;
  readonly activation?: Activation;
}

/**
 * Inverted residuals of both strides on planes of odd sizes, with sums of few and of many inputs, and
 * weights that do and that do not fit a signed byte. Every third feature map is an output.
 */
function checkGraph(): Graph {
  const filters: readonly Filter[] = [
    { op: "conv2d", weights: [3, 3, 3, 24], stride: 2 },
    { op: "depthwiseConv2d", weights: [3, 3, 24] },
    { op: "conv2d", weights: [1, 1, 24, 16] },
    { op: "conv2d", weights: [1, 1, 16, 96] },
    { op: "depthwiseConv2d", weights: [3, 3, 96], stride: 2 },
    { op: "conv2d", weights: [1, 1, 96, 40] },
    { op: "conv2d", weights: [1, 1, 40, 136] },
    // Bounds that are not a byte's own.
    { op: "conv2d", weights: [1, 1, 136, 24], activation: "relu" },
    { op: "depthwiseConv2d", weights: [3, 3, 24], activation: "relu" },
  ];
  const quantization: Quantization = { dtype: "uint8", scale: 1, zeroPoint: 121 };
  const nodes: Node[] = [
    { op: "input", name: "x", inputs: [], shape: [1, 37, 33, 3], quantization },
  ];
  const parameters = new Map<string, Parameter>();
  for (const [
    index,
    { op, weights: shape, stride = 1, activation = "none" },
  ] of filters.entries()) {
    const name = `${op} ${index}`;
    const [outputs = 1] = shape.slice(-1);
    const taps = elementCount(shape) / outputs;
    // Sums of some dozen steps; one panel in three has weights as far apart as they can be.
    const data = Uint8Array.from({ length: elementCount(shape) }, (_, i) =>
      (i % outputs) % 24 < 8 ? hash(i + index) : 70 + (hash(i + index) % 101),
    );
    const scales = [Math.fround(1 / (80 * Math.sqrt(taps)))];
    parameters.set(`${name}/weights`, { shape, data, quantization: { scales, zeroPoints: [120] } });
    parameters.set(`${name}/bias`, {
      shape: [outputs],
      data: Int32Array.from({ length: outputs }, (_, i) => hash(i) * 16 - 2048),
    });
    nodes.push({
      op,
      name,
      inputs: [nodes.at(-1)!.name],
      weights: `${name}/weights`,
      bias: `${name}/bias`,
      kernel: [shape[0]!, shape[1]!],
      stride,
      dilation: 1,
      padding: "same",
      activation,
      quantization,
    });
  }
  const outputs = nodes.filter((_, i) => i % 3 === 0 && i > 0).map(({ name }) => name);
  return { name: "turbo check", nodes, outputs, parameters };
}
