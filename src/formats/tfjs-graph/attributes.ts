/** Attributes of a graph's nodes, from either dialect of their JSON. */
import { quote } from "../../untrusted.ts";
import { invalidModel, isRecord } from "../files.ts";
import type { GraphNode } from "./graph-def.ts";

/** The kinds of numbers that matter here. */
export type NumberKind = "float" | "int" | "bool";

/** A text; undefined where the node has no such attribute. */
export function textOf(node: GraphNode, name: string): string | undefined {
  const value = field(node, name, "s");
  return value === undefined ? undefined : decodeText(value);
}

/** The texts of a list. */
export function textListOf(node: GraphNode, name: string): readonly string[] {
  return listOf(node, name, "s").map((item) => decodeText(item) ?? "");
}

/** A whole number of a list, or of an attribute. */
export function numbersOf(node: GraphNode, name: string): readonly number[] {
  return listOf(node, name, "i").map((item) => wholeNumber(node, name, item));
}

/** A whole number; the given one where the attribute is absent. */
export function integerOf(node: GraphNode, name: string, absent: number): number {
  const value = field(node, name, "i");
  return value === undefined ? absent : wholeNumber(node, name, value);
}

/** A number; the given one where the attribute is absent. */
export function numberOf(node: GraphNode, name: string, absent: number): number {
  const value = field(node, name, "f");
  if (value === undefined) return absent;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw malformed(node, name, "a number", value);
}

/** A truth value; false where the attribute is absent. */
export function truthOf(node: GraphNode, name: string): boolean {
  return field(node, name, "b") === true;
}

/** Whether the node has an attribute at all, which would have a default else. */
export function says(node: GraphNode, name: string): boolean {
  return Object.hasOwn(node.attributes, name);
}

/** Enumeration values of `types.proto`, by number. */
const typeNumbers: Readonly<Record<number, string>> = {
  ...{ 1: "DT_FLOAT", 2: "DT_DOUBLE", 3: "DT_INT32", 4: "DT_UINT8", 5: "DT_INT16", 6: "DT_INT8" },
  ...{ 7: "DT_STRING", 9: "DT_INT64", 10: "DT_BOOL", 14: "DT_BFLOAT16", 19: "DT_HALF" },
};

const kinds: Readonly<Record<string, NumberKind>> = {
  ...{ DT_FLOAT: "float", DT_DOUBLE: "float", DT_HALF: "float", DT_BFLOAT16: "float" },
  ...{ DT_INT32: "int", DT_UINT8: "int", DT_INT16: "int", DT_INT8: "int", DT_INT64: "int" },
  DT_BOOL: "bool",
};

/** What TensorFlow calls a type: `DT_UINT8`. */
export function typeOf(node: GraphNode, name: string): string | undefined {
  const value = field(node, name, "type");
  return typeName(value);
}

/** The same for a type as it stands in a signature. */
export function typeName(value: unknown): string | undefined {
  if (typeof value === "number") return typeNumbers[value];
  return typeof value === "string" ? value : undefined;
}

/** What kind of numbers a type is. */
export function numberKindOf(type: string | undefined): NumberKind | undefined {
  return type !== undefined && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
}

/** The dimensions of a shape in a graph or a signature, −1 where one is open; nothing where all are. */
export function dimensionsOf(shape: unknown): readonly number[] | undefined {
  const { dim, unknownRank } = isRecord(shape) ? shape : {};
  if (!Array.isArray(dim) || unknownRank === true || dim.length > 8) return undefined;
  return dim.map((item: unknown) => {
    const { size } = isRecord(item) ? item : {};
    const number = typeof size === "string" ? Number(size) : size;
    return typeof number === "number" && Number.isSafeInteger(number) ? number : -1;
  });
}

/** The shape that a node states. */
export function statedShapeOf(node: GraphNode, name: string): readonly number[] | undefined {
  return dimensionsOf(field(node, name, "shape"));
}

function field(node: GraphNode, name: string, kind: string): unknown {
  const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  return isRecord(value) ? (value[kind] ?? undefined) : undefined;
}

function listOf(node: GraphNode, name: string, kind: string): readonly unknown[] {
  const list = field(node, name, "list");
  const items = isRecord(list) ? list[kind] : undefined;
  return Array.isArray(items) ? items : [];
}

function wholeNumber(node: GraphNode, name: string, value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (Number.isSafeInteger(number)) return number as number;
  throw malformed(node, name, "a whole number", value);
}

/** Base64, or the codes of the characters. */
function decodeText(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const codes = value.slice(0, 1000).filter((code) => Number.isInteger(code));
    return String.fromCharCode(...(codes as number[]));
  }
  if (typeof value !== "string") return undefined;
  try {
    return atob(value);
  } catch {
    return undefined;
  }
}

function malformed(node: GraphNode, name: string, expected: string, value: unknown) {
  return invalidModel(node.name, `the attribute ${name} is malformed`, expected, quote(value));
}
