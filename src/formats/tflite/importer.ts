/**
 * A TensorFlow Lite model's tensors while its graph grows: what an operator reads and writes by
 * position, weights and biases as parameters. The operators (operators.ts) add nodes through it.
 */
import { MobileNetError } from "../../errors.ts";
import type { Activation, Graph } from "../../graph/ir.ts";
import { quote } from "../../untrusted.ts";
import { type Constant, GraphImport, type NodeBody, type Value } from "../graph-import.ts";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./schema.ts";
import {
  featureQuantization,
  featureShape,
  readConstant,
  readWeights,
  type WeightLayout,
} from "./tensors.ts";

/** Looks up operands; tensors are known by their numbers. */
export class Importer {
  readonly graph: GraphImport<number>;
  readonly #model: TfliteModel;

  constructor(model: TfliteModel, file: { readonly place: string; readonly bytes: number }) {
    this.#model = model;
    this.graph = new GraphImport(file.place, file.bytes);
    for (const index of model.inputs) {
      const shape = featureShape(this.#tensor(index));
      this.define(index, { op: "input", inputs: [], shape });
    }
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
    return this.graph.parameter(tensor.index, { name: tensor.name, use }, () =>
      readWeights(tensor, this.#constant(tensor), options),
    );
  }

  /** The name of a parameter made from an operator's bias; undefined where it has none. */
  bias(operator: TfliteOperator, position: number, quantized: boolean): string | undefined {
    if ((operator.inputs[position] ?? -1) === -1) return undefined;
    const { index, name, type } = this.tensor(operator, "inputs", position);
    return this.graph.parameter(index, { name, use: `bias ${quantized}` }, () => {
      const { shape, data } = this.constant(operator, position);
      if (data instanceof Float32Array === quantized || (quantized && type !== "int32")) {
        const expected = quantized ? "an int32 bias" : "a float32 bias";
        throw this.fault("unsupported", operator, `its bias is ${type}, not ${expected}`);
      }
      return { shape, data };
    });
  }

  /** Adds the node that gives an operator's output, followed by its fused activation. */
  emit(operator: TfliteOperator, body: NodeBody, activation: Activation = "none"): void {
    const tensor = this.tensor(operator, "outputs", 0);
    const quantization = featureQuantization(tensor);
    this.graph.requireOneKind(this.#operation(operator), body, quantization !== undefined);
    if (activation === "none") {
      this.define(tensor.index, body);
      return;
    }
    const before = this.graph.add(`${tensor.name}/linear`, body, quantization);
    this.define(tensor.index, { op: "activation", inputs: [before], activation });
  }

  /** Adds a node that gives a tensor, of the tensor's own type where no other is named. */
  define(index: number, body: NodeBody, type?: Omit<Value, "node">): void {
    const tensor = this.#computed(index);
    const { shape, quantization } = type ?? {
      shape: featureShape(tensor),
      quantization: featureQuantization(tensor),
    };
    this.graph.define(index, { name: tensor.name, shape, quantization }, body);
  }

  /** Lets a tensor be what a node gives already. */
  alias(index: number, value: Value): void {
    this.graph.alias(index, this.#computed(index).name, value);
  }

  /** The graph with the file's outputs. */
  finish(): Graph {
    const { name, outputs } = this.#model;
    const tensors = outputs.map((index) => ({ key: index, name: this.#tensor(index).name }));
    return this.graph.finish(name, tensors);
  }

  /** An error that names the operator. */
  fault(
    code: "invalid-model" | "unsupported",
    operator: TfliteOperator,
    summary: string,
  ): MobileNetError {
    return this.graph.fault(code, this.#operation(operator), summary);
  }

  #operation({ index, kind, outputs }: TfliteOperator) {
    const output = this.#model.tensors[outputs[0] ?? -1]?.name;
    return { label: `operator ${index}, ${kind}`, output };
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
