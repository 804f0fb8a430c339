/**
 * The graph while it grows: which node gives each of the file's tensors, which tensors are constants,
 * and the parameters read so far. The operators (operators.ts) add to it in the order in which the
 * file runs them, so that an input is either there already or an error.
 */
import { MobileNetError } from "../../errors.ts";
import type {
  Activation,
  FeatureShape,
  Graph,
  Node,
  Parameter,
  Quantization,
} from "../../graph/ir.ts";
import { elementCount, formatShape, sameShape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./schema.ts";
import {
  type Constant,
  featureQuantization,
  featureShape,
  readConstant,
  readWeights,
  type WeightLayout,
} from "./tensors.ts";

/** A tensor that the graph computes. */
export interface Value {
  /** The node that gives it. */
  readonly node: string;
  readonly shape: FeatureShape;
  readonly quantization: Quantization | undefined;
}

/** A node without what the importer adds to it. */
type NodeBody = Node extends infer N
  ? N extends Node
    ? Omit<N, "name" | "quantization">
    : never
  : never;

/** Collects nodes and parameters. */
export class Importer {
  readonly #model: TfliteModel;
  readonly #nodes: Node[] = [];
  /** The nodes whose outputs are 8-bit. */
  readonly #quantized = new Set<string>();
  readonly #values = new Map<number, Value>();
  readonly #constants = new Map<number, Constant>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #parameterNames = new Map<string, string>();
  /** Nodes and parameters have names of their own. */
  readonly #names = { node: new Set<string>(), parameter: new Set<string>() };
  readonly #copies = new Map<string, number>();
  #allowance: number;

  /** @param fileBytes - Constants may take a few times as much memory, not more. */
  constructor(model: TfliteModel, fileBytes: number) {
    this.#model = model;
    this.#allowance = 4 * fileBytes + 65_536;
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
    const value = this.#values.get(tensor.index);
    if (value !== undefined) return value;
    const constant = tensor.bytes !== undefined || this.#constants.has(tensor.index);
    throw constant
      ? this.fault("unsupported", operator, `input ${position}, "${tensor.name}", is a constant`)
      : this.fault("invalid-model", operator, `nothing before it gives "${tensor.name}"`);
  }

  /** A constant that an operator reads, as stored. */
  constant(operator: TfliteOperator, position: number): Constant {
    return this.#constant(this.tensor(operator, "inputs", position));
  }

  /** Whether an operator's input needs no computing. */
  isConstant(operator: TfliteOperator, position: number): boolean {
    const tensor = this.tensor(operator, "inputs", position);
    return tensor.bytes !== undefined || this.#constants.has(tensor.index);
  }

  /** Makes an operator's output a constant. */
  defineConstant(operator: TfliteOperator, constant: Constant): void {
    this.#spend(constant.data.length);
    this.#constants.set(this.tensor(operator, "outputs", 0).index, constant);
  }

  /** The name of a parameter made from an operator's weights. */
  weights(
    operator: TfliteOperator,
    position: number,
    options: { readonly layout: WeightLayout; readonly quantized: boolean },
  ): string {
    const tensor = this.tensor(operator, "inputs", position);
    return this.#parameter(tensor, `${options.layout} ${options.quantized}`, () =>
      readWeights(tensor, this.#constant(tensor), options),
    );
  }

  /** The name of a parameter made from an operator's bias; undefined where it has none. */
  bias(operator: TfliteOperator, position: number, quantized: boolean): string | undefined {
    if ((operator.inputs[position] ?? -1) === -1) return undefined;
    const tensor = this.tensor(operator, "inputs", position);
    return this.#parameter(tensor, `bias ${quantized}`, () => {
      const { shape, data } = this.#constant(tensor);
      if (data instanceof Float32Array === quantized || (quantized && tensor.type !== "int32")) {
        const expected = quantized ? "an int32 bias" : "a float32 bias";
        throw this.fault("unsupported", operator, `its bias is ${tensor.type}, not ${expected}`);
      }
      return { shape, data };
    });
  }

  /** Adds the node that gives an operator's output, followed by its fused activation. */
  emit(operator: TfliteOperator, body: NodeBody, activation: Activation = "none"): void {
    const tensor = this.tensor(operator, "outputs", 0);
    this.#checkTypes(operator, body, featureQuantization(tensor) !== undefined);
    if (activation === "none") {
      this.define(tensor.index, body);
      return;
    }
    const before = this.add(`${tensor.name}/linear`, body, featureQuantization(tensor));
    this.define(tensor.index, { op: "activation", inputs: [before], activation });
  }

  /** Adds a node that gives a tensor, of the tensor's own type where no other is named. */
  define(index: number, body: NodeBody, type?: Omit<Value, "node">): void {
    const tensor = this.#tensor(index);
    const { shape, quantization } = type ?? {
      shape: featureShape(tensor),
      quantization: featureQuantization(tensor),
    };
    const node = this.add(tensor.name, body, quantization);
    this.alias(index, { node, shape, quantization });
  }

  /** Lets a tensor be what a node gives already. */
  alias(index: number, value: Value): void {
    const { name, bytes } = this.#tensor(index);
    if (this.#values.has(index) || this.#constants.has(index) || bytes !== undefined) {
      throw new MobileNetError("invalid-model", "a tensor is computed twice", { node: name });
    }
    this.#values.set(index, value);
  }

  /** Adds a node and gives its name. */
  add(wanted: string, body: NodeBody, quantization: Quantization | undefined): string {
    const name = this.#unique(wanted, "node");
    const type = quantization === undefined ? {} : { quantization };
    this.#nodes.push({ ...body, name, ...type } as Node);
    if (quantization !== undefined) this.#quantized.add(name);
    return name;
  }

  /** The graph, and the shape that the file gives each node's output. */
  finish(): { readonly graph: Graph; readonly declared: ReadonlyMap<string, FeatureShape> } {
    const outputs = this.#model.outputs.map((index) => {
      const value = this.#values.get(index);
      if (value === undefined) {
        throw new MobileNetError("invalid-model", "nothing gives an output of the graph", {
          node: this.#tensor(index).name,
        });
      }
      return value.node;
    });
    const nodes = this.#nodes;
    const graph = { name: this.#model.name, nodes, outputs, parameters: this.#parameters };
    const declared = [...this.#values.values()].map(({ node, shape }) => [node, shape] as const);
    return { graph, declared: new Map(declared) };
  }

  /** An error that names the operator. */
  fault(
    code: "invalid-model" | "unsupported",
    operator: TfliteOperator,
    summary: string,
  ): MobileNetError {
    const output = this.#model.tensors[operator.outputs[0] ?? -1];
    const remedy =
      code === "unsupported" ? "Only networks of the MobileNetV2 family are read." : undefined;
    return new MobileNetError(code, `operator ${operator.index}, ${operator.kind}: ${summary}`, {
      node: output?.name,
      remedy,
    });
  }

  /** Only QUANTIZE and DEQUANTIZE go from one kind of value to the other. */
  #checkTypes(operator: TfliteOperator, { op, inputs }: NodeBody, quantized: boolean): void {
    const given = inputs.map((name) => this.#quantized.has(name));
    const fits =
      op === "quantize"
        ? quantized
        : given.every((is) => is === (op === "dequantize" ? !quantized : quantized));
    if (!fits || (op === "dequantize" && quantized)) {
      throw this.fault("unsupported", operator, "float32 and 8-bit operands together");
    }
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

  #constant(tensor: TfliteTensor): Constant {
    const known = this.#constants.get(tensor.index);
    if (known !== undefined) return known;
    if (tensor.bytes !== undefined) this.#spend(tensor.bytes.length);
    const constant = readConstant(tensor);
    if (tensor.bytes !== undefined) this.#constants.set(tensor.index, constant);
    return constant;
  }

  #parameter(tensor: TfliteTensor, use: string, read: () => Parameter): string {
    const key = `${tensor.index} ${use}`;
    const known = this.#parameterNames.get(key);
    if (known !== undefined) return known;
    const name = this.#unique(tensor.name, "parameter");
    const parameter = read();
    this.#spend(elementCount(parameter.shape));
    this.#parameterNames.set(key, name);
    this.#parameters.set(name, parameter);
    return name;
  }

  /** Counts values copied out of the file, so that tensors sharing a buffer cannot multiply it. */
  #spend(values: number): void {
    this.#allowance -= values;
    if (this.#allowance < 0) {
      throw new MobileNetError("invalid-model", "the constants take far more than the file holds", {
        expected: "buffers that are used about once",
        received: "one buffer shared by many tensors",
      });
    }
  }

  #unique(wanted: string, kind: "node" | "parameter"): string {
    const names = this.#names[kind];
    let name = wanted;
    let copy = this.#copies.get(`${kind} ${wanted}`) ?? 1;
    while (names.has(name)) name = `${wanted}#${++copy}`;
    this.#copies.set(`${kind} ${wanted}`, copy);
    names.add(name);
    return name;
  }
}

/** Fails where the shapes that follow from the operators differ from those in the file. */
export function checkDeclaredShapes(
  inferred: ReadonlyMap<string, FeatureShape>,
  declared: ReadonlyMap<string, FeatureShape>,
): void {
  for (const [name, shape] of declared) {
    const received = inferred.get(name);
    if (received !== undefined && !sameShape(shape, received)) {
      throw new MobileNetError("invalid-model", "the file's shape is not what the operators give", {
        node: name,
        expected: formatShape(received),
        received: formatShape(shape),
      });
    }
  }
}
