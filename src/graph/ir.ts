/**
 * The intermediate representation: a list of operations in topological order, each with one output
 * named after its node, and parameters held aside by name. Graphs are immutable; every rewrite
 * makes a new one. A graph without parameter values still has shapes and costs, so that a network
 * can be profiled before any weights exist.
 */
import { MobileNetError } from "../errors.ts";
import type { Shape, TensorData } from "../tensor.ts";
import type { Architecture, Landmarks } from "./architecture.ts";

/** Feature maps are rank 4: batch, rows, columns, channels. */
export type FeatureShape = readonly [
  batch: number,
  rows: number,
  columns: number,
  channels: number,
];

/** What is applied to a convolution's sum: ReLU6 is min(max(x, 0), 6) (section 3.3 of the paper). */
export type Activation = "none" | "relu" | "relu6";

/**
 * How an 8-bit feature map stands for real numbers: `real = scale · (q − zeroPoint)`. All numbers
 * within the type's range may occur; docs/numerics.md has the rounding.
 */
export interface Quantization {
  readonly dtype: "uint8" | "int8";
  /** A float32 number above 0. */
  readonly scale: number;
  /** The `q` that stands for 0, an integer within the type's range. */
  readonly zeroPoint: number;
}

/** Zeros added on each side of a feature map; where it is 8-bit, its zero point. */
export interface Pads {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Where zeros are added around a feature map.
 * - `same`: TensorFlow's rule; the output has ceil(input / stride) rows and an odd pad goes to the bottom and right.
 * - `symmetric`: PyTorch's rule; dilation · (kernel − 1) / 2 on every side.
 * - `valid`: none.
 * - Or so many on each side, whatever the size.
 */
export type Padding = "same" | "symmetric" | "valid" | Pads;

/** The window of a convolution or pool. */
export interface Window {
  readonly kernel: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
}

interface NodeBase {
  /** Unique in its graph; also the name of the node's output. */
  readonly name: string;
  readonly inputs: readonly string[];
  /** Where the output is 8-bit; float32 where absent. */
  readonly quantization?: Quantization;
}

export interface InputNode extends NodeBase {
  readonly op: "input";
  readonly shape: FeatureShape;
}

/** A convolution as the kernels see it: weights, bias and activation by parameter name. */
export interface Convolution extends Window {
  /** Parameter: HWIO `[rows, columns, inputs, outputs]`, or `[rows, columns, channels]` where depthwise. */
  readonly weights: string;
  /** Parameter: `[outputs]`. */
  readonly bias?: string;
  readonly activation: Activation;
  /** Where the output is 8-bit, inside a block too; float32 where absent. */
  readonly quantization?: Quantization;
}

/** `activation(conv(x) + bias)`, plus the second input where there is one (a fused shortcut). */
export interface Conv2dNode extends NodeBase, Convolution {
  readonly op: "conv2d";
}

/** One filter per channel (section 3.1). */
export interface DepthwiseConv2dNode extends NodeBase, Convolution {
  readonly op: "depthwiseConv2d";
}

/** `gamma · (x − mean) / sqrt(variance + epsilon) + beta`, every parameter `[channels]`. */
export interface BatchNormNode extends NodeBase {
  readonly op: "batchNorm";
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

export interface ActivationNode extends NodeBase {
  readonly op: "activation";
  readonly activation: Exclude<Activation, "none">;
}

/** A function of each value that no convolution takes along. */
export type ElementFunction =
  /** min(max(x, low), high). */
  | { readonly kind: "clip"; readonly low: number; readonly high: number }
  /** min(max(slope · x + offset, 0), 1). */
  | { readonly kind: "hardSigmoid"; readonly slope: number; readonly offset: number }
  /** x · min(max(x + 3, 0), 6) / 6. */
  | { readonly kind: "hardSwish" }
  /** x · sigmoid(x). */
  | { readonly kind: "swish" }
  | { readonly kind: "tanh" }
  /** x where positive, else alpha · (eˣ − 1). */
  | { readonly kind: "elu"; readonly alpha: number }
  /** x where positive, else slope · x. */
  | { readonly kind: "leakyRelu"; readonly slope: number };

/** A function of each value. */
export interface ElementwiseNode extends NodeBase {
  readonly op: "elementwise";
  readonly function: ElementFunction;
}

/** The product of two equal shapes, or of a map and one value per channel: `[n, 1, 1, c]`, second. */
export interface MultiplyNode extends NodeBase {
  readonly op: "multiply";
}

/** The sum of two equal shapes. */
export interface AddNode extends NodeBase {
  readonly op: "add";
}

/** The mean over rows and columns: `[n, h, w, c] → [n, 1, 1, c]`. */
export interface GlobalAveragePoolNode extends NodeBase {
  readonly op: "globalAveragePool";
}

/** The mean under a window; positions outside the feature map do not count. */
export interface AveragePool2dNode extends NodeBase, Window {
  readonly op: "averagePool2d";
}

/** The largest value under a window; positions outside the feature map do not count. */
export interface MaxPool2dNode extends NodeBase, Window {
  readonly op: "maxPool2d";
}

/** Softmax over the channels. */
export interface SoftmaxNode extends NodeBase {
  readonly op: "softmax";
}

export interface SigmoidNode extends NodeBase {
  readonly op: "sigmoid";
}

/** Bilinear interpolation to `size`, in TensorFlow's three conventions for where pixels lie. */
export interface ResizeBilinearNode extends NodeBase {
  readonly op: "resizeBilinear";
  readonly size: readonly [rows: number, columns: number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** The nearest pixel for each of `size`, in TensorFlow's conventions. */
export interface ResizeNearestNode extends NodeBase {
  readonly op: "resizeNearest";
  readonly size: readonly [rows: number, columns: number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** A part of the map: from `start` on, `size` rows, columns and channels. */
export interface SliceNode extends NodeBase {
  readonly op: "slice";
  readonly start: readonly [row: number, column: number, channel: number];
  readonly size: readonly [rows: number, columns: number, channels: number];
}

/** Rows, columns and channels in another order: axis i of the output is axis `order[i]` (1 to 3). */
export interface TransposeNode extends NodeBase {
  readonly op: "transpose";
  readonly order: readonly [1 | 2 | 3, 1 | 2 | 3, 1 | 2 | 3];
}

export interface ConcatNode extends NodeBase {
  readonly op: "concat";
  /** 1 (rows), 2 (columns) or 3 (channels). */
  readonly axis: 1 | 2 | 3;
}

/** The same values in the same order under another shape of the same batch. */
export interface ReshapeNode extends NodeBase {
  readonly op: "reshape";
  readonly shape: readonly [rows: number, columns: number, channels: number];
}

/** Zeros around rows and columns, where no convolution takes them as its padding. */
export interface PadNode extends NodeBase {
  readonly op: "pad";
  readonly pads: Pads;
}

/** The same real values in the node's 8 bits, from float32 or from other 8 bits. */
export interface QuantizeNode extends NodeBase {
  readonly op: "quantize";
}

/** The real values of an 8-bit feature map, as float32. */
export interface DequantizeNode extends NodeBase {
  readonly op: "dequantize";
}

/** The index of the largest channel, the lowest where several are equal: `[n, h, w, c] → [n, h, w, 1]`. */
export interface ArgMaxNode extends NodeBase {
  readonly op: "argMax";
}

/**
 * A whole block in one operation, so that the expanded tensor is never materialised (section 5.1):
 * expand (absent where t = 1, or where its output is used elsewhere) → depthwise → project, plus the
 * block's input where `residual`. Made by the compiler only.
 */
export interface InvertedResidualNode extends NodeBase {
  readonly op: "invertedResidual";
  readonly expand?: Convolution;
  readonly depthwise: Convolution;
  readonly project: Convolution;
  readonly residual: boolean;
}

export type Node =
  | InputNode
  | Conv2dNode
  | DepthwiseConv2dNode
  | BatchNormNode
  | ActivationNode
  | ElementwiseNode
  | AddNode
  | MultiplyNode
  | GlobalAveragePoolNode
  | AveragePool2dNode
  | MaxPool2dNode
  | SoftmaxNode
  | SigmoidNode
  | ResizeBilinearNode
  | ResizeNearestNode
  | SliceNode
  | TransposeNode
  | ConcatNode
  | ReshapeNode
  | PadNode
  | QuantizeNode
  | DequantizeNode
  | ArgMaxNode
  | InvertedResidualNode;

/** The name of an operation. */
export type Op = Node["op"];

/** The nodes with operation O. */
export type NodeOf<O extends Op> = Extract<Node, { op: O }>;

/** How integer parameters stand for real numbers: one entry for all, or one for each output channel. */
export interface ParameterQuantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
}

/** Values times a factor for each output channel, the last axis. */
export interface ScaledValues {
  readonly data: TensorData;
  readonly factors: Float64Array;
}

/** A parameter's shape, and its values once weights are bound. */
export interface Parameter {
  readonly shape: Shape;
  readonly data?: TensorData;
  /** Where `data` is a product, rounded to float32, that nobody has computed before it is read. */
  readonly scaled?: ScaledValues;
  /** Where the values are integers that stand for real numbers. */
  readonly quantization?: ParameterQuantization;
}

export interface Graph {
  readonly name: string;
  /** In topological order: a node comes after its inputs. */
  readonly nodes: readonly Node[];
  /** The names of the nodes whose values leave the graph. */
  readonly outputs: readonly string[];
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The arguments that build it, where that is known. */
  readonly architecture?: Architecture;
  /** Its nodes that others need, where it was built from those arguments. */
  readonly landmarks?: Landmarks;
}

/** A graph that is known to be one of the networks. */
export interface Network<A extends Architecture = Architecture> extends Graph {
  readonly architecture: A;
  readonly landmarks: Landmarks;
}

/** What a parameter is to the node that reads it: of a convolution the first two, of a batch norm the rest. */
export type ParameterRole = "weights" | "bias" | "gamma" | "beta" | "mean" | "variance";

/** The parameters a node reads, in a fixed order. */
export function parametersOf(node: Node): readonly string[] {
  return parameterUses(node).map(([name]) => name);
}

/** What each parameter of a graph that a node reads is to it; names say nothing. */
export function parameterRoles({ nodes }: Graph): ReadonlyMap<string, ParameterRole> {
  return new Map(nodes.flatMap(parameterUses));
}

function parameterUses(node: Node): readonly (readonly [name: string, role: ParameterRole])[] {
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d":
      return convolutionUses(node);
    case "batchNorm":
      return (["gamma", "beta", "mean", "variance"] as const).map((role) => [node[role], role]);
    case "invertedResidual":
      return [node.expand, node.depthwise, node.project].flatMap((convolution) =>
        convolution === undefined ? [] : convolutionUses(convolution),
      );
    case "input":
    case "activation":
    case "elementwise":
    case "add":
    case "multiply":
    case "globalAveragePool":
    case "averagePool2d":
    case "maxPool2d":
    case "softmax":
    case "sigmoid":
    case "resizeBilinear":
    case "resizeNearest":
    case "slice":
    case "transpose":
    case "concat":
    case "reshape":
    case "pad":
    case "quantize":
    case "dequantize":
    case "argMax":
      return [];
    default:
      return unknownOperation(node);
  }
}

/**
 * The end of a switch over all operations: it does not compile while one has no case, and refuses a
 * node that was made without types.
 *
 * @throws MobileNetError `invalid-model`.
 */
export function unknownOperation(node: never): never {
  const { name, op } = node as Node;
  throw new MobileNetError("invalid-model", "there is no such operation", {
    node: name,
    received: op,
  });
}

function convolutionUses({
  weights,
  bias,
}: Convolution): readonly (readonly [name: string, role: ParameterRole])[] {
  return bias === undefined
    ? [[weights, "weights"]]
    : [
        [weights, "weights"],
        [bias, "bias"],
      ];
}
