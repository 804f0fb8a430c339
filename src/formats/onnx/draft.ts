/**
 * An ONNX model in the making. ONNX wants feature maps as `[n, channels, rows, columns]`; a reshape
 * orders values as the graph does, channels last; a dense layer gives one vector for an image. Each
 * value stays as it was made, and is turned only where something needs it otherwise.
 */

import type { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph, Node, Quantization } from "../../graph/ir.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { type Shape, sameShape } from "../../tensor.ts";
import { type BoundParameter, boundParameter } from "../bound-parameter.ts";
import {
  elementCodes,
  model,
  type OnnxAttribute,
  type OnnxElement,
  type OnnxEnd,
  type OnnxOperator,
  operator,
  tensor,
} from "./messages.ts";
import { architectureText } from "./metadata.ts";
import type { Encoded } from "./protobuf.ts";
import { needsOpset } from "./refusals.ts";
import type { OnnxSettings } from "./write-settings.ts";

/**
 * How a value's dimensions lie. `vector` is for maps of one pixel: `[n, channels]`; `list` for maps of
 * one column that have their channels last: `[n, rows, channels]`.
 */
export type TensorLayout = "channelsFirst" | "channelsLast" | "vector" | "list";

/** The output of a node. */
export interface OnnxValue {
  readonly tensor: string;
  readonly layout: TensorLayout;
  readonly shape: FeatureShape;
  /** Where the tensor holds integers: their scale and zero point, as numbers and as constants. */
  readonly quantized?: { readonly as: Quantization; readonly ends: readonly string[] };
}

/** Collects operators and constants while the nodes of a graph are walked in order. */
export class OnnxDraft {
  readonly graph: Graph;
  readonly settings: OnnxSettings;
  readonly #shapes: ReadonlyMap<string, FeatureShape>;
  readonly #names: Set<string>;
  readonly #values = new Map<string, OnnxValue>();
  readonly #inputs: OnnxEnd[] = [];
  readonly #operators: Encoded[] = [];
  readonly #constants: Encoded[] = [];
  /** What was made once already, by what it is. */
  readonly #made = new Map<string, string>();
  /** What the operator set cannot say: of several, what came last into the format. */
  #lacking: { readonly least: number; readonly error: MobileNetError } | undefined;

  constructor(graph: Graph, settings: OnnxSettings) {
    this.graph = graph;
    this.settings = settings;
    this.#shapes = inferShapes(graph);
    // Outputs of nodes are found by their names; everything else takes another.
    this.#names = new Set(graph.nodes.map(({ name }) => name));
  }

  shape(name: string): FeatureShape {
    return this.#shapes.get(name)!;
  }

  value(name: string): OnnxValue {
    return this.#values.get(name)!;
  }

  /** The value of a node's first input, with its name. */
  first({ inputs }: Node): OnnxValue & { readonly name: string } {
    const name = inputs[0]!;
    return { name, ...this.value(name) };
  }

  /** A parameter with its values. */
  parameter(name: string): BoundParameter {
    return boundParameter(this.graph, name);
  }

  /** A name like the given one that nothing else has. */
  fresh(like: string): string {
    let name = like;
    for (let i = 2; this.#names.has(name); i++) name = `${like}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Adds an operator and gives its first output. */
  operator(
    kind: string,
    inputs: readonly string[],
    output: string | OnnxOperator["outputs"],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const outputs: OnnxOperator["outputs"] = typeof output === "string" ? [output] : output;
    this.#operators.push(operator({ kind, inputs, outputs, attributes }));
    return outputs[0];
  }

  constant(like: string, element: OnnxElement, dims: Shape, values: ArrayLike<number>): string {
    const name = this.fresh(like);
    this.#constants.push(tensor({ name, element, dims }, values));
    return name;
  }

  /** Weights of the network, in the precision of the file. */
  weights(like: string, dims: Shape, values: ArrayLike<number>): string {
    if (!this.settings.half) return this.constant(like, "float32", dims, values);
    const halves = this.constant(like, "float16", dims, values);
    return this.operator("Cast", [halves], this.fresh(`${like}/single`), {
      to: elementCodes.float32,
    });
  }

  /** Whether the file's operator set is at least this one; where not, the file cannot be written. */
  needs(node: Pick<Node, "op" | "name">, what: string, least: number): void {
    const { opset } = this.settings;
    if (opset >= least || (this.#lacking?.least ?? 0) >= least) return;
    this.#lacking = { least, error: needsOpset(node, { what, least, opset }) };
  }

  /** A constant that several nodes may share, or what is computed of one, made when first asked for. */
  once(key: string, make: () => string): string {
    const name = this.#made.get(key) ?? make();
    this.#made.set(key, name);
    return name;
  }

  /** The real values of a node in a layout. */
  real(name: string, layout: TensorLayout): string {
    const value = this.value(name);
    const { tensor: integers, quantized } = value;
    const values =
      quantized === undefined
        ? integers
        : this.once(`real ${integers}`, () =>
            this.operator(
              "DequantizeLinear",
              [integers, ...quantized.ends],
              this.fresh(`${integers}/real`),
            ),
          );
    return this.#turned({ ...value, tensor: values }, layout);
  }

  /** Adds what goes into the graph. */
  input({ name, quantization }: Node): void {
    const [layout, shape] = [this.#mapLayout, this.shape(name)];
    const element = quantization === undefined ? "float32" : "uint8";
    this.#inputs.push({ name, element, dims: this.#endDims(shape, layout) });
    const quantized = quantization && this.#quantization(name, quantization);
    this.#values.set(name, { tensor: name, layout, shape, ...(quantized && { quantized }) });
  }

  /** Adds the output of a node: `make` adds the operators of its real values, the last one with the given output. */
  give({ name, quantization }: Node, layout: TensorLayout, make: (output: string) => void): void {
    if (quantization !== undefined) {
      const real = this.fresh(`${name}/float`);
      make(real);
      this.quantize(name, { real, layout, as: quantization });
      return;
    }
    const output = this.#outputOf(name, layout);
    make(output);
    this.#values.set(name, { tensor: output, layout, shape: this.shape(name) });
  }

  /** Adds the output of an 8-bit node, whose real values are there. */
  quantize(
    name: string,
    {
      real,
      layout,
      as,
    }: { readonly real: string; readonly layout: TensorLayout; readonly as: Quantization },
  ): void {
    const quantized = this.#quantization(name, as);
    const output = this.#outputOf(name, layout);
    this.operator("QuantizeLinear", [real, ...quantized.ends], output);
    this.#values.set(name, { tensor: output, layout, shape: this.shape(name), quantized });
  }

  /** A node's own name is that of what leaves the graph. */
  #outputOf(name: string, layout: TensorLayout): string {
    const turns =
      this.graph.outputs.includes(name) && this.#outwards(layout, this.shape(name)) !== layout;
    return turns ? this.fresh(`${name}/map`) : name;
  }

  /** Adds the output of a node that has the integers of another. */
  same({ name }: Node, value: OnnxValue): void {
    this.#values.set(name, value);
  }

  /**
   * The bytes of the file.
   *
   * @param made - What leaves it in place of the graph's outputs; the first dimension is the batch.
   */
  finish(made?: readonly OnnxEnd[]): Uint8Array {
    const outputs =
      made?.map((end) => ({ ...end, dims: this.#anyBatch(end.dims) })) ?? this.#graphOutputs();
    if (this.#lacking !== undefined) throw this.#lacking.error;
    const [inputs, operators, constants] = [this.#inputs, this.#operators, this.#constants];
    const { name, architecture } = this.graph;
    const {
      opset,
      metadata = architecture === undefined ? new Map() : architectureText(architecture),
    } = this.settings;
    return model({ name, inputs, operators, constants, outputs, opset, metadata });
  }

  /** The graph's outputs, under their own names. */
  #graphOutputs(): readonly OnnxEnd[] {
    return [...new Set(this.graph.outputs)].map((name): OnnxEnd => {
      const input = this.#inputs.find((end) => end.name === name);
      if (input !== undefined) return input;
      const value = this.value(name);
      const layout = this.#outwards(value.layout, value.shape);
      if (value.layout !== layout) this.#turned(value, layout, name);
      else if (value.tensor !== name) this.operator("Identity", [value.tensor], name);
      const element = value.quantized === undefined ? "float32" : "uint8";
      return { name, element, dims: this.#endDims(value.shape, layout) };
    });
  }

  /** How maps lie outside. */
  get #mapLayout(): TensorLayout {
    return this.settings.layout === "nhwc" ? "channelsLast" : "channelsFirst";
  }

  /** The dimensions of what goes in or comes out. */
  #endDims(shape: FeatureShape, layout: TensorLayout): OnnxEnd["dims"] {
    return this.#anyBatch(dimsOf(shape, layout));
  }

  #anyBatch([batch, ...inner]: OnnxEnd["dims"]): OnnxEnd["dims"] {
    return [this.settings.dynamicBatch ? "N" : batch!, ...inner];
  }

  /** The layout in which a value leaves the graph: as few dimensions as tell what it is. */
  #outwards(layout: TensorLayout, [, rows, columns]: FeatureShape): TensorLayout {
    if (rows === 1 && columns === 1) return "vector";
    if ((layout === "channelsLast" || layout === "list") && columns === 1) return "list";
    return this.#mapLayout;
  }

  /** The node of a name. */
  node(name: string): Node {
    return this.graph.nodes.find((node) => node.name === name)!;
  }

  /** Integers are unsigned: those of int8 plus 128, with a zero point that is greater by as much. */
  #quantization(name: string, as: Quantization): NonNullable<OnnxValue["quantized"]> {
    this.needs(this.node(name), "8-bit values", 10);
    const zero = as.zeroPoint + (as.dtype === "int8" ? 128 : 0);
    const ends = [
      this.constant(`${name}/scale`, "float32", [], [as.scale]),
      this.constant(`${name}/zero`, "uint8", [], [zero]),
    ];
    return { as: { dtype: "uint8", scale: as.scale, zeroPoint: zero }, ends };
  }

  /** A tensor in another layout, under a name of its own or the given one. */
  #turned(
    { tensor: from, layout: before, shape }: OnnxValue,
    layout: TensorLayout,
    as?: string,
  ): string {
    if (before === layout) return from;
    if (!sameOrder(before, layout, shape) && (before === "list" || layout === "list")) {
      // Lists are turned as the maps that they stand for.
      const map = this.#turned({ tensor: from, layout: before, shape }, "channelsLast");
      return this.#turned({ tensor: map, layout: "channelsLast", shape }, layout, as);
    }
    const make = (): string => {
      const output = as ?? this.fresh(`${from}/${suffixes[layout]}`);
      if (!sameOrder(before, layout, shape)) {
        const perm = layout === "channelsFirst" ? [0, 3, 1, 2] : [0, 2, 3, 1];
        return this.operator("Transpose", [from], output, { perm });
      }
      if (layout === "vector") return this.operator("Flatten", [from], output, { axis: 1 });
      return this.reshape(from, dimsOf(shape, layout), output);
    };
    return as === undefined ? this.once(`${layout} ${from}`, make) : make();
  }

  /** Adds the same values under other dimensions; the first is the batch and stays. */
  reshape(from: string, [, ...dims]: Shape, output: string): string {
    // A dimension of 0 is copied from the input.
    const kept = [0, ...dims];
    const like = `dims_${dims.join("x")}`;
    const shape = this.once(like, () => this.constant(like, "int64", [kept.length], kept));
    return this.operator("Reshape", [from, shape], output);
  }
}

const suffixes: Readonly<Record<TensorLayout, string>> = {
  channelsFirst: "channels_first",
  channelsLast: "channels_last",
  vector: "vector",
  list: "list",
};

/** A map's dimensions in a layout. */
export function dimsOf([n, rows, columns, channels]: FeatureShape, layout: TensorLayout): Shape {
  switch (layout) {
    case "channelsFirst":
      return [n, channels, rows, columns];
    case "channelsLast":
      return [n, rows, columns, channels];
    case "vector":
      return [n, channels];
    case "list":
      return [n, rows, channels];
  }
}

/** Whether values lie in the same order in both layouts: those that may be greater than 1 do. */
export function sameOrder(a: TensorLayout, b: TensorLayout, [, ...inner]: FeatureShape): boolean {
  const order = (layout: TensorLayout): Shape =>
    dimsOf([0, 1, 2, 3], layout)
      .slice(1)
      .filter((axis) => inner[axis - 1] !== 1);
  return sameShape(order(a), order(b));
}
