/**
 * One operator of an ONNX file while it is read: its inputs, its settings, and errors that name it. A
 * setting that nobody asks for is one that nobody honours, so it is refused.
 */
import type { MobileNetError } from "../../errors.ts";
import type { Quantization } from "../../graph/ir.ts";
import { quote } from "../../untrusted.ts";
import type { Constant, NodeBody } from "../graph-import.ts";
import type { OnnxImport } from "./onnx-import.ts";
import type { OnnxValueRead, Place } from "./onnx-values.ts";
import type { StoredAttribute, StoredNode, StoredTensor } from "./schema.ts";
import type { Groups } from "./view.ts";

/** An operator and the import that it is read into. */
export class OnnxOperation {
  readonly importer: OnnxImport;
  readonly node: StoredNode;
  readonly #asked = new Set<string>();

  constructor(importer: OnnxImport, node: StoredNode) {
    this.importer = importer;
    this.node = node;
  }

  get kind(): string {
    return this.node.kind;
  }

  get opset(): number {
    return this.importer.file.opset;
  }

  /** The name of what it computes. */
  get output(): string {
    return this.node.outputs[0] ?? "";
  }

  /** Whether it has an input at a position. */
  has(position: number): boolean {
    return (this.node.inputs[position] ?? "") !== "";
  }

  /** The name of an input that has to be there. */
  input(position: number): string {
    const name = this.node.inputs[position] ?? "";
    if (name !== "") return name;
    throw this.fault("invalid-model", `input ${position} is missing`);
  }

  isConstant(position: number): boolean {
    return this.has(position) && this.importer.isConstant(this.input(position));
  }

  /** A tensor that the graph computes. */
  value(position: number): OnnxValueRead {
    const name = this.input(position);
    const value = this.importer.value(name);
    if (value !== undefined) return value;
    throw this.importer.isConstant(name)
      ? this.fault("unsupported", `input ${position}, ${quote(name)}, is a constant`)
      : this.fault("invalid-model", `nothing before it gives ${quote(name)}`);
  }

  /** A tensor of real numbers that the graph computes, which may still lie in 8 bits. */
  real(position: number): OnnxValueRead {
    const value = this.value(position);
    if (!value.integers) return value;
    throw this.fault("unsupported", `input ${position} is integers without their scale`);
  }

  /** A constant. */
  constant(position: number): Constant {
    const name = this.input(position);
    const constant = this.importer.constant(name);
    if (constant !== undefined) return constant;
    throw this.importer.value(name) === undefined
      ? this.fault("invalid-model", `nothing before it gives ${quote(name)}`)
      : this.fault("unsupported", `input ${position}, ${quote(name)}, is no constant`);
  }

  /** The numbers of a constant, few of them; undefined where the input is left out. */
  numbers(position: number): readonly number[] | undefined {
    if (!this.has(position)) return undefined;
    const { data } = this.constant(position);
    if (data.length <= 64) return Array.from(data);
    throw this.fault("unsupported", `${data.length} numbers in input ${position}`);
  }

  /** The one number of a constant. */
  number(position: number): number | undefined {
    const numbers = this.numbers(position);
    if (numbers === undefined || numbers.length === 1) return numbers?.[0];
    throw this.fault("unsupported", `${numbers.length} numbers in place of one`);
  }

  /** A setting that is a number. */
  setting(name: string): number | undefined {
    const value = this.#ask(name);
    if (value === undefined || typeof value === "number") return value;
    throw this.#odd(name, value);
  }

  /** A setting that has to be there. */
  required(name: string): number {
    const value = this.setting(name);
    if (value !== undefined) return value;
    throw this.fault("invalid-model", `its ${name} is missing`);
  }

  /** Whether a setting is other than 0. */
  truth(name: string, usual: 0 | 1 = 0): boolean {
    return (this.setting(name) ?? usual) !== 0;
  }

  /** A setting that is a text. */
  word(name: string): string | undefined {
    const value = this.#ask(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#odd(name, value);
  }

  /** A setting that is a list of numbers. */
  list(name: string): readonly number[] | undefined {
    const value = this.#ask(name);
    if (value === undefined || isNumbers(value)) return value;
    throw this.#odd(name, value);
  }

  /** A setting that is a tensor. */
  tensor(name: string): StoredTensor | undefined {
    const value = this.#ask(name);
    if (value === undefined || (typeof value === "object" && "dims" in value)) return value;
    throw this.#odd(name, value);
  }

  /** Numbers that older versions have as a setting and newer ones as an input. */
  listOrInput(name: string, position: number): readonly number[] | undefined {
    return this.list(name) ?? this.numbers(position);
  }

  /** Passes over settings that change nothing about a result. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Refuses a setting unless it is absent or changes nothing. */
  expect(name: string, harmless: number | string): void {
    const value = this.#ask(name);
    if (value !== undefined && value !== harmless) throw this.#odd(name, value);
  }

  /** A dimension's number; negative ones count from the end. */
  axis(axis: number, rank: number): number {
    const from = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(from) && from >= 0 && from < rank) return from;
    throw this.fault("invalid-model", `dimension ${axis} of a tensor of rank ${rank}`);
  }

  /** Refuses what was not asked for. */
  finish(): void {
    const other = [...this.node.attributes.keys()].find((name) => !this.#asked.has(name));
    if (other !== undefined) throw this.#odd(other, this.node.attributes.get(other));
  }

  /** A value's dimensions moved to rows, columns and channels. */
  arrange(value: OnnxValueRead, groups: Groups): Place {
    const place = this.importer.arrange(value, groups);
    if (place !== undefined) return place;
    const order = groups.map((axes) => axes.join("·") || "-").join(", ");
    throw this.fault("unsupported", `dimensions that lie too far apart (${order})`);
  }

  /** Adds a node named after what the operator computes, or after a step on the way there. */
  add(body: NodeBody, quantization?: Quantization, step = ""): string {
    return this.importer.add(`${this.output}${step}`, body, quantization);
  }

  define(value: OnnxValueRead): void {
    this.importer.define(this.output, value);
  }

  defineConstant(constant: Constant): void {
    this.importer.defineConstant(this.output, constant);
  }

  /** An error that names file, producer, operator and node. */
  fault(code: "invalid-model" | "unsupported", summary: string): MobileNetError {
    const { kind, name, domain, index } = this.node;
    const own = domain === "" ? kind : `${domain}.${kind}`;
    const label = `operator ${index}, ${own}${name === "" ? "" : ` ${quote(name)}`}`;
    return this.importer.graph.fault(code, { label, output: this.output }, summary);
  }

  #ask(name: string): StoredAttribute {
    this.#asked.add(name);
    if (!this.node.attributes.has(name)) return undefined;
    const value = this.node.attributes.get(name);
    if (value === undefined) throw this.fault("unsupported", `its ${quote(name)} is not read`);
    return value;
  }

  #odd(name: string, value: StoredAttribute): MobileNetError {
    const shown = typeof value === "object" && "dims" in value ? "a tensor" : quote(value);
    return this.fault("unsupported", `${name} = ${shown}`);
  }
}

function isNumbers(value: StoredAttribute): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
