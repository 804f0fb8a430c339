/**
 * One layer while it is read: its config, what it reads, its weights, and the nodes that it becomes. The
 * tables of layers are written in terms of this; every error of it names file, class and layer.
 */
import { MobileNetError } from "../../errors.ts";
import type { Parameter } from "../../graph/ir.ts";
import {
  elementCount,
  formatShape,
  indexOfNonFinite,
  type Shape,
  sameShape,
  type Tensor,
} from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import type { NodeBody } from "../graph-import.ts";
import { type ChannelAffine, type KerasImporter, type KerasTensor, mapShape } from "./importer.ts";
import { layerLabel } from "./listed-layers.ts";
import type { KerasLayer, Operand } from "./network.ts";
import { Config, wordOf } from "./values.ts";
import { hasShape, type LayerWeights, pick, type Wanted } from "./weights.ts";

/** What a class of layers does: reads what it needs and gives its output. */
export type ReadLayer = (layer: LayerImport) => KerasTensor;

/** A node without its inputs. */
type Body = NodeBody extends infer B ? (B extends NodeBody ? Omit<B, "inputs"> : never) : never;

/** A layer of a model that is being read. */
export class LayerImport {
  readonly layer: KerasLayer;
  readonly config: Config;
  readonly #importer: KerasImporter;

  constructor(importer: KerasImporter, layer: KerasLayer) {
    this.#importer = importer;
    this.layer = layer;
    this.config = new Config(layer.config, this.place);
  }

  /** Which of the ways in which versions differ are the file's. */
  get dialect(): "keras2" | "keras3" | "tfjs" {
    return this.#importer.source.dialect;
  }

  /** The one tensor that it reads. */
  input(): KerasTensor {
    const [input, ...others] = this.inputs();
    if (input !== undefined && others.length === 0) return input;
    throw this.fault("invalid-model", "it has too many inputs", "1", `${others.length + 1}`);
  }

  /** The tensors that it reads, at least one. */
  inputs(): readonly KerasTensor[] {
    const inputs = this.layer.operands.flatMap((one) => this.tensorOf(one) ?? []);
    if (inputs.length > 0 && inputs.length === this.layer.operands.length) return inputs;
    throw this.fault("unsupported", "it reads a constant", "the outputs of layers", "others");
  }

  /** What an operand stands for, where it is no constant. */
  tensorOf(operand: Operand | undefined): KerasTensor | undefined {
    return operand !== undefined && "key" in operand
      ? this.#importer.tensor(operand.key)
      : undefined;
  }

  /** Its weights in order, each of the shape that is wanted. */
  weights(wanted: readonly Wanted[]): readonly Tensor<"float32">[] {
    const { weights } = this.#importer;
    const found = weights.find(this.layer) ?? weights.findByShape(wanted);
    return wanted.map((want, i) => this.#weight(want, i, found));
  }

  /** A parameter of the graph with values of the file. */
  parameter(part: string, shape: Shape, data: Tensor["data"]): string {
    return this.#parameter(part, { made: 0 }, () => ({ shape, data }));
  }

  /** A parameter whose values the file does not hold one by one. */
  madeParameter(part: string, shape: Shape, make: () => Float32Array): string {
    const made = elementCount(shape);
    return this.#parameter(part, { made }, () => ({ shape, data: make() }));
  }

  /** So many times a value, which all layers share. */
  filled(value: 0 | 1, channels: number): string {
    const name = value === 0 ? "zeros" : "ones";
    const make = (): Parameter => ({
      shape: [channels],
      data: new Float32Array(channels).fill(value),
    });
    const key = `${name} ${channels}`;
    return this.#importer.parameter(key, { name: `${name}/${channels}`, made: channels }, make);
  }

  /**
   * Adds a node.
   *
   * @param part - What it is of the layer, after the layer's name; empty for what the layer is called after.
   * @param rank - How many dimensions its output has; the first input's where absent.
   */
  add(part: string, body: Body, inputs: readonly KerasTensor[], rank?: number): KerasTensor {
    const name = part === "" ? this.layer.name : `${this.layer.name}/${part}`;
    const whole = { ...body, inputs: inputs.map(({ node }) => node) } as NodeBody;
    const dims = rank ?? inputs[0]?.dims.length ?? 3;
    return this.#importer.add(this.layer, name || "layer", whole, dims);
  }

  /** The same values in another shape. */
  reshape(part: string, input: KerasTensor, dims: Shape): KerasTensor {
    const [, rows, columns, channels] = mapShape(dims);
    const body = { op: "reshape", shape: [rows, columns, channels] } as const;
    const [expected, received] = [elementCount(input.dims), elementCount(dims)];
    // A vector is a map of one pixel already.
    if (sameShape(mapShape(input.dims), mapShape(dims)) && dims.length <= 3) {
      return { node: input.node, dims };
    }
    if (dims.length >= 1 && dims.length <= 3 && expected === received) {
      return this.add(part, body, [input], dims.length);
    }
    throw dims.length > 3
      ? this.fault("unsupported", "its output has too many dimensions", "3", formatShape(dims))
      : this.fault(
          "invalid-model",
          "the values do not fill the shape",
          quote(expected),
          quote(received),
        );
  }

  /** A factor and a summand of each channel; at the very front they are the range of the picture. */
  affine(input: KerasTensor, { scale, offset }: ChannelAffine): KerasTensor {
    const channels = input.dims.at(-1) ?? 1;
    for (const list of [scale, offset]) {
      if (list.length === 1 || list.length === channels) continue;
      throw this.fault(
        "unsupported",
        "it scales by other constants than one a channel",
        `1 or ${channels}`,
        `${list.length}`,
      );
    }
    const constants = { scale, offset };
    if (this.#importer.foldIntoRange(this.layer, constants)) return input;
    return this.#batchNorm("", input, constants);
  }

  /** A tensor times a number. */
  scaled(part: string, input: KerasTensor, factor: number): KerasTensor {
    return this.#batchNorm(part, input, { scale: [factor], offset: [0] });
  }

  /** Refuses maps whose channels come first. */
  requireChannelsLast(): void {
    const format = this.config.word("data_format", "channels_last");
    if (format === wordOf("channels_last")) return;
    throw this.fault("unsupported", "its data format is not read", "channels_last", quote(format));
  }

  /** The rank-3 map that it reads. */
  map(): KerasTensor & { readonly dims: readonly [number, number, number] } {
    const { node, dims } = this.input();
    const [rows, columns, channels, ...more] = dims;
    if (rows !== undefined && columns !== undefined && channels !== undefined && more.length === 0)
      return { node, dims: [rows, columns, channels] };
    const expected = "rows, columns and channels";
    throw this.fault("invalid-model", "it reads no feature map", expected, formatShape(dims));
  }

  /** What a user of the model should know. */
  note(text: string): void {
    this.#importer.notes.push(text);
  }

  /** An error that names the layer and what its file was written by. */
  fault(
    code: "invalid-model" | "unsupported",
    summary: string,
    expected?: string,
    received?: string,
  ): MobileNetError {
    const { framework } = this.#importer.source;
    const text = `${summary} (${framework})`;
    return new MobileNetError(code, text, { node: this.place, expected, received });
  }

  /** The file and the layer, for errors. */
  get place(): string {
    return `${this.#importer.source.place}, ${layerLabel(this.layer)}`;
  }

  #batchNorm(part: string, input: KerasTensor, { scale, offset }: ChannelAffine): KerasTensor {
    const channels = input.dims.at(-1) ?? 1;
    const spread = (name: string, list: readonly number[]): string =>
      this.madeParameter(part === "" ? name : `${part}/${name}`, [channels], () =>
        Float32Array.from({ length: channels }, (_, i) => list[i] ?? list[0] ?? 0),
      );
    const values = { gamma: spread("scale", scale), beta: spread("offset", offset) };
    const unmoved = { mean: this.filled(0, channels), variance: this.filled(1, channels) };
    return this.add(part, { op: "batchNorm", ...values, ...unmoved, epsilon: 0 }, [input]);
  }

  #parameter(part: string, { made }: { readonly made: number }, make: () => Parameter): string {
    const key = `${this.layer.key} ${part}`;
    return this.#importer.parameter(key, { name: `${this.layer.name}/${part}`, made }, make);
  }

  #weight(want: Wanted, position: number, found: LayerWeights | undefined): Tensor<"float32"> {
    const tensor = found && pick(found, want, position);
    const [role] = want.roles;
    if (tensor === undefined) {
      const names = found ? [...found.keys()] : this.#importer.weights.rest();
      const received =
        names.length === 0
          ? "no weights"
          : names
              .slice(0, 6)
              .map((name) => quote(name))
              .join(", ");
      const summary = `its ${role} is not among the weights`;
      throw this.fault("invalid-model", summary, `a weight ${this.layer.name}/${role}`, received);
    }
    if (!hasShape(tensor, want.shape)) {
      const expected = want.shape.map((size) => (size === -1 ? "any" : size)).join("×");
      throw this.fault(
        "invalid-model",
        `its ${role} does not fit`,
        expected,
        formatShape(tensor.shape),
      );
    }
    if (tensor.data instanceof Float32Array) {
      const at = indexOfNonFinite(tensor.data);
      if (at < 0) return { dtype: "float32", shape: tensor.shape, data: tensor.data };
      const received = `${tensor.data[at]} at ${at}`;
      throw this.fault("invalid-model", `its ${role} is not finite`, "numbers", received);
    }
    throw this.fault("unsupported", `its ${role} is of another type`, "float32", tensor.dtype);
  }
}
