/**
 * A TensorFlow Lite model's tensors while its graph grows: what an operator reads and writes by
 * position, weights and biases as parameters. The operators (operators.ts) add nodes through it.
 */
import { MobileNetError } from "../../errors.ts";
import type {
  Activation,
  ElementFunction,
  FeatureShape,
  Graph,
  Pads,
  Quantization,
} from "../../graph/ir.ts";
import { formatShape, sameShape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { type Constant, GraphImport, type NodeBody, type Value } from "../graph-import.ts";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./schema.ts";
import {
  emptyChannels,
  featureDimension,
  featureQuantization,
  featureShape,
  readConstant,
  readWeights,
  type WeightLayout,
} from "./tensors.ts";

/** `x · factors + offsets`, channel by channel: what operators with constants do to a map. */
export interface ChannelScaling {
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
}

/** What an operator applies to its result. */
export type Following = Activation | ElementFunction;

/** A map whose pixels were dealt out to several images, so that a dilated window becomes a dense one. */
export interface SpreadPixels {
  readonly value: Value;
  /** How far apart the pixels of one image were. */
  readonly step: number;
  readonly pads: Pads;
}

/** A convolution over such images, which waits for its pixels to be put together again. */
export interface SpreadConvolution {
  readonly pixels: SpreadPixels;
  readonly body: Extract<NodeBody, { op: "conv2d" | "depthwiseConv2d" }>;
  readonly following: Following;
}

/** Looks up operands; tensors are known by their numbers. */
export class Importer {
  readonly graph: GraphImport<number>;
  /** The nodes that do nothing but scale and shift, with the kind of the operator behind each. */
  readonly affines: Map<string, ChannelScaling & { readonly kind: string }> = new Map();
  /** What stands between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, by tensor. */
  readonly spread: Map<number, SpreadPixels | SpreadConvolution> = new Map();
  /** What is unusual about the file. */
  readonly notes: Set<string> = new Set();
  readonly #model: TfliteModel;
  /** How many images the first input takes. */
  readonly #batch: number;

  constructor(model: TfliteModel, file: { readonly place: string; readonly bytes: number }) {
    this.#model = model;
    this.graph = new GraphImport(file.place, file.bytes);
    const { shape: first = [] } = model.tensors[model.inputs[0] ?? -1] ?? {};
    this.#batch = first.length % 2 === 0 ? (first[0] ?? 1) : 1;
    for (const index of model.inputs) {
      const tensor = this.#tensor(index);
      if (tensor.open) throw openInput(tensor);
      const shape = this.shape(tensor);
      this.define(
        index,
        { op: "input", inputs: [], shape },
        { shape, quantization: inputQuantization(tensor) },
      );
    }
  }

  /** A tensor's shape as batch, rows, columns and channels. */
  shape(tensor: TfliteTensor): FeatureShape {
    return featureShape(tensor, this.#batch);
  }

  /** The feature map's dimension for one of a tensor's own; negative ones count from the end. */
  dimension(tensor: TfliteTensor, dimension: number): number {
    return featureDimension(tensor, dimension, this.#batch);
  }

  /** The tensor that an operator reads or writes at a position. */
  tensor(operator: TfliteOperator, kind: "inputs" | "outputs", position: number): TfliteTensor {
    const index = operator[kind][position];
    if (index === undefined) {
      throw this.fault("invalid-model", operator, `${kind.slice(0, -1)} ${position} is missing`);
    }
    return this.#tensor(index);
  }

  /** The computed tensor that an operator reads. */
  value(operator: TfliteOperator, position: number): Value {
    const tensor = this.tensor(operator, "inputs", position);
    const value = this.graph.value(tensor.index);
    if (value !== undefined) return value;
    throw this.isConstant(operator, position)
      ? this.fault("unsupported", operator, `input ${position}, "${tensor.name}", is a constant`)
      : this.fault("invalid-model", operator, `nothing before it gives "${tensor.name}"`);
  }

  /** A constant that an operator reads, as stored. */
  constant(operator: TfliteOperator, position: number): Constant {
    return this.#constant(this.tensor(operator, "inputs", position));
  }

  /** Whether an operator's input needs no computing. */
  isConstant(operator: TfliteOperator, position: number): boolean {
    const { index, bytes } = this.tensor(operator, "inputs", position);
    return bytes !== undefined || this.graph.constant(index) !== undefined;
  }

  /** Makes an operator's output a constant. */
  defineConstant(operator: TfliteOperator, constant: Constant): void {
    this.graph.defineConstant(this.tensor(operator, "outputs", 0).index, constant);
  }

  /** The name of a parameter made from an operator's weights. */
  weights(
    operator: TfliteOperator,
    position: number,
    options: { readonly layout: WeightLayout; readonly quantized: boolean },
  ): string {
    const tensor = this.tensor(operator, "inputs", position);
    const use = `${options.layout} ${options.quantized}`;
    const stored = !options.quantized && tensor.quantization !== undefined;
    if (stored) this.notes.add("weights are stored in 8 bits and run as floats");
    return this.graph.parameter(tensor.index, { name: tensor.name, use }, () =>
      readWeights(tensor, this.#constant(tensor), options),
    );
  }

  /**
   * The name of a parameter made from an operator's bias, which follows its weights; undefined where it
   * has none.
   */
  bias(operator: TfliteOperator, position: number, quantized: boolean): string | undefined {
    if ((operator.inputs[position] ?? -1) === -1) return undefined;
    const { index, name, type } = this.tensor(operator, "inputs", position);
    const weights = this.tensor(operator, "inputs", position - 1);
    const zeroed = quantized && weights.quantization?.scales.includes(0) === true;
    const use = `bias ${quantized}${zeroed ? ` of ${weights.index}` : ""}`;
    return this.graph.parameter(index, { name, use }, () => {
      const { shape, data } = this.constant(operator, position);
      if (data instanceof Float32Array === quantized || (quantized && type !== "int32")) {
        const expected = quantized ? "an int32 bias" : "a float32 bias";
        throw this.fault("unsupported", operator, `its bias is ${type}, not ${expected}`);
      }
      if (!zeroed) return { shape, data };
      const kept = data.slice();
      for (const channel of emptyChannels(weights, kept.length)) kept[channel] = 0;
      return { shape, data: kept };
    });
  }

  /** Adds the node that gives an operator's output, followed by what the operator applies to it. */
  emit(operator: TfliteOperator, body: NodeBody, following: Following = "none"): void {
    const { shape } = this.#output(operator);
    this.emitShaped(operator, shape, body, following);
  }

  /** The same where the node gives the output's values under a shape of its own. */
  emitShaped(
    operator: TfliteOperator,
    shape: FeatureShape,
    body: NodeBody,
    following: Following = "none",
  ): void {
    const { tensor, shape: wanted, quantization } = this.#output(operator);
    this.graph.requireOneKind(this.#operation(operator), body, quantization !== undefined);
    const steps: ((before: string) => NodeBody)[] = [() => body];
    if (typeof following === "object") {
      steps.push((before) => ({ op: "elementwise", inputs: [before], function: following }));
    } else if (following !== "none") {
      steps.push((before) => ({ op: "activation", inputs: [before], activation: following }));
    }
    if (!sameShape(shape, wanted) && shape[0] === wanted[0]) {
      const inner = [wanted[1], wanted[2], wanted[3]] as const;
      steps.push((before) => ({ op: "reshape", inputs: [before], shape: inner }));
    }
    const last = steps.pop()!;
    const before = steps.reduce(
      (name, step, i) =>
        this.graph.add(`${tensor.name}/${i === 0 ? "linear" : "active"}`, step(name), quantization),
      "",
    );
    this.define(tensor.index, last(before));
  }

  /** A value under another shape: a new node where it has not that shape already. */
  reshaped(operator: TfliteOperator, value: Value, shape: FeatureShape): string {
    if (sameShape(value.shape, shape)) return value.node;
    const body: NodeBody = {
      op: "reshape",
      inputs: [value.node],
      shape: [shape[1], shape[2], shape[3]],
    };
    return this.graph.add(`${this.#output(operator).tensor.name}/flat`, body, value.quantization);
  }

  /** Adds a node that gives a tensor, of the tensor's own type where no other is named. */
  define(index: number, body: NodeBody, type?: Omit<Value, "node">): void {
    const tensor = this.#computed(index);
    const { shape, quantization } = type ?? {
      shape: this.shape(tensor),
      quantization: featureQuantization(tensor),
    };
    this.graph.define(index, { name: tensor.name, shape, quantization }, body);
  }

  /** Lets a tensor be what a node gives already. */
  alias(index: number, value: Value): void {
    this.graph.alias(index, this.#computed(index).name, value);
  }

  /** The graph with the file's outputs, or with others. */
  finish(outputs?: readonly TfliteTensor[]): Graph {
    const ends = outputs ?? this.#model.outputs.map((index) => this.#tensor(index));
    const tensors = ends.map(({ index, name }) => ({ key: index, name }));
    return this.graph.finish(this.#model.name, tensors);
  }

  /** An error that names the operator. */
  fault(
    code: "invalid-model" | "unsupported",
    operator: TfliteOperator,
    summary: string,
    remedy?: string,
  ): MobileNetError {
    return this.graph.fault(code, this.#operation(operator), summary, remedy);
  }

  #output(operator: TfliteOperator): {
    readonly tensor: TfliteTensor;
    readonly shape: FeatureShape;
    readonly quantization: Quantization | undefined;
  } {
    const tensor = this.tensor(operator, "outputs", 0);
    return { tensor, shape: this.shape(tensor), quantization: featureQuantization(tensor) };
  }

  #operation({ index, kind, outputs }: TfliteOperator) {
    const output = this.#model.tensors[outputs[0] ?? -1]?.name;
    return { label: `TensorFlow Lite operator ${index}, ${kind}`, output };
  }

  #tensor(index: number): TfliteTensor {
    const tensor = this.#model.tensors[index];
    if (tensor === undefined) {
      throw new MobileNetError("invalid-model", "no such tensor in the file", {
        expected: `an index below ${this.#model.tensors.length}`,
        received: quote(index),
      });
    }
    return tensor;
  }

  /** A tensor that something gives; the bytes of a constant are there already. */
  #computed(index: number): TfliteTensor {
    const tensor = this.#tensor(index);
    if (tensor.bytes === undefined) return tensor;
    throw new MobileNetError("invalid-model", "a tensor is computed twice", { node: tensor.name });
  }

  #constant(tensor: TfliteTensor): Constant {
    const { index, bytes } = tensor;
    const read = (): Constant => readConstant(tensor);
    // What is neither computed before nor in the file cannot be read.
    return this.graph.readConstant(index, bytes?.length ?? 0, read);
  }
}

function openInput({ name, shape }: TfliteTensor): MobileNetError {
  return new MobileNetError("unsupported", "the input has no size of its own", {
    node: name,
    expected: "rows and columns",
    received: `any, ${formatShape(shape)} until somebody says otherwise`,
    remedy: "Convert the model with a fixed input size.",
  });
}

/** Bytes without a scale are the picture's own. */
function inputQuantization(tensor: TfliteTensor): Quantization | undefined {
  const plain = tensor.type === "uint8" && tensor.quantization === undefined;
  return plain ? { dtype: "uint8", scale: 1, zeroPoint: 0 } : featureQuantization(tensor);
}
