/**
 * The few fields of YOLO's `data.yaml` that say where pictures lie and what classes are called. Of YAML this
 * reads plain and quoted texts, lists and maps of one level; in these fields anything else is refused by
 * line. Other fields, whatever they hold, are passed over unread.
 */
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";

/** What a file says. */
export interface DataYaml {
  /** By index. */
  readonly names: readonly string[] | undefined;
  readonly path: string | undefined;
  /** Folders or lists of pictures. */
  readonly train: readonly string[];
  readonly val: readonly string[];
  readonly test: readonly string[];
}

const mostNames = 100_000;

/** A field's lines: what stands behind its name, and the lines below that belong to it. */
interface Field {
  readonly line: number;
  readonly value: string;
  readonly below: (readonly [text: string, line: number])[];
}

/**
 * Reads the fields.
 *
 * @param node - The file's name, for messages.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * const text = "train: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n";
 * parseDataYaml(text, "data.yaml").names; // ["cat", "dog"]
 * ```
 */
export function parseDataYaml(text: string, node: string): DataYaml {
  const fields = fieldsOf(text, node);
  const points = fields.get("kpt_shape");
  if (points !== undefined) throw wrong(points, node, "boxes or polygons, no key points");
  const places = (name: string): readonly string[] => {
    const values = valuesOf(fields.get(name), node);
    if (Array.isArray(values)) return values;
    throw wrong(fields.get(name)!, node, "a path or a list of paths");
  };
  const names = namesOf(fields.get("names"), node);
  const [count] = valuesOf(fields.get("nc"), node) as readonly string[];
  if (names !== undefined && count !== undefined && count !== `${names.length}`) {
    throw invalidData(`${node}, line ${fields.get("nc")!.line}`, "nc is not the number of names", {
      expected: `${names.length}`,
      received: quote(count),
    });
  }
  const [path] = places("path");
  return { names, path, train: places("train"), val: places("val"), test: places("test") };
}

/** The fields of the file's top level, split into lines. */
function fieldsOf(text: string, node: string): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  let open: Field | undefined;
  let number = 0;
  for (const raw of text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    number++;
    if (/^(?:\s*#.*|\s*|---\s*|\.\.\.\s*)$/.test(raw)) continue;
    // Lists may stand below their field without an indent.
    if (/^[\s\]}]|^-\s/.test(raw)) {
      open?.below.push([raw, number]);
      continue;
    }
    // A plain name ends before the first colon, and is trimmed then: no part of the line is tried twice.
    const match =
      /^(?:"([^"\\]*)"|'([^']*)'|([^\s"'#:[\]{},&*!|>%@`-][^:#]*)):(?:\s+(.*))?$/.exec(raw) ??
      /^(?:"([^"\\]*)"|'([^']*)')\s+:(?:\s+(.*))?$/.exec(raw)?.toSpliced(3, 0, "");
    const name = match?.[1] ?? match?.[2] ?? match?.[3]?.trimEnd();
    if (name === undefined) {
      throw invalidData(`${node}, line ${number}`, "the line is no field", {
        expected: "a name, a colon and a value",
        received: quote(raw),
      });
    }
    if (fields.has(name)) {
      throw invalidData(`${node}, line ${number}`, "a field comes twice", {
        received: quote(name),
      });
    }
    open = { line: number, value: match![4] ?? "", below: [] };
    fields.set(name, open);
  }
  return fields;
}

function namesOf(field: Field | undefined, node: string): readonly string[] | undefined {
  const values = valuesOf(field, node);
  if (field === undefined) return undefined;
  if (Array.isArray(values)) {
    if (values.length > 0) return values;
    throw wrong(field, node, "at least one name");
  }
  const names = values as ReadonlyMap<string, string>;
  const inOrder = Array.from({ length: names.size }, (_, index) => names.get(`${index}`));
  if (inOrder.every((name) => name !== undefined)) return inOrder;
  throw wrong(field, node, `a name for each index from 0 to ${names.size - 1}`);
}

/** A field's texts, or its map of texts. */
function valuesOf(
  field: Field | undefined,
  node: string,
): readonly string[] | ReadonlyMap<string, string> {
  if (field === undefined) return [];
  const start = new Scanner(field.value, field, node);
  start.space();
  if (start.ended) return below(field, node);
  const open = start.peek();
  if (open !== "[" && open !== "{") {
    const value = start.scalar("");
    start.space();
    if (!start.ended || field.below.length > 0) throw wrong(field, node, "one value");
    return value === "" || value === "~" || value === "null" ? [] : [value];
  }
  const lines = [field.value, ...field.below.map(([text]) => text)];
  return new Scanner(lines.map(withoutComment).join("\n"), field, node).flow();
}

/** A list of `- value` lines, or a map of `key: value` lines. */
function below(field: Field, node: string): readonly string[] | ReadonlyMap<string, string> {
  const list: string[] = [];
  const map = new Map<string, string>();
  let indent: string | undefined;
  for (const [text, line] of field.below) {
    const at = { ...field, line };
    const [, space = "", item, key, value = ""] =
      /^( *)(?:(-)(?=\s|$)|("[^"\\]*"|'[^']*'|[^\s:#'"]+)\s*:(?=\s|$))(.*)$/.exec(text) ?? [];
    indent ??= space;
    const isKnown = item !== undefined || key !== undefined;
    if (!isKnown || space !== indent || (item === undefined ? list.length : map.size) > 0) {
      throw wrong(at, node, "lines `- value` or `index: value` of one indent");
    }
    const scanner = new Scanner(value, at, node);
    scanner.space();
    const scalar = scanner.scalar("");
    scanner.space();
    if (!scanner.ended || scalar === "") throw wrong(at, node, "one value");
    if (item !== undefined) list.push(scalar);
    else add(map, key!.replace(/^["']|["']$/g, ""), scalar, () => wrong(at, node, "each key once"));
    if (list.length + map.size > mostNames) throw wrong(at, node, `at most ${mostNames} values`);
  }
  return map.size > 0 ? map : list;
}

function add(map: Map<string, string>, key: string, value: string, twice: () => Error): void {
  if (map.has(key)) throw twice();
  map.set(key, value);
}

/** A line without its comment; a `#` in quotes, or behind anything but a space, is none. */
function withoutComment(line: string): string {
  let open = "";
  for (let at = 0; at < line.length; at++) {
    const mark = line.charAt(at);
    if (open !== "") {
      if (mark === "\\" && open === '"') at++;
      else if (mark === open) open = "";
    } else if (mark === '"' || mark === "'") open = mark;
    else if (mark === "#" && (at === 0 || /\s/.test(line.charAt(at - 1)))) return line.slice(0, at);
  }
  return line;
}

/** Reads texts one after the other. */
class Scanner {
  readonly #text: string;
  readonly #field: Field;
  readonly #node: string;
  #at = 0;

  constructor(text: string, field: Field, node: string) {
    this.#text = text;
    this.#field = field;
    this.#node = node;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length || /^#/.test(this.#text.slice(this.#at, this.#at + 1));
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  space(): void {
    while (/\s/.test(this.peek())) this.#at++;
  }

  /** A text in quotes or without, up to one of these marks, a comment or the end. */
  scalar(marks: string): string {
    const quoteMark = this.peek();
    if (quoteMark === '"' || quoteMark === "'") return this.#quoted(quoteMark);
    if (/[&*!|>%@`[\]{}]/.test(quoteMark)) throw this.#wrong("a text, a list or a map of texts");
    const from = this.#at;
    while (this.#at < this.#text.length) {
      const mark = this.peek();
      const isComment = mark === "#" && /\s/.test(this.#text.charAt(this.#at - 1));
      if (isComment || marks.includes(mark)) break;
      // In plain texts this begins a map.
      if (mark === ":" && /^:(\s|$)/.test(this.#text.slice(this.#at, this.#at + 2))) break;
      this.#at++;
    }
    return this.#text.slice(from, this.#at).trim();
  }

  #quoted(mark: string): string {
    const pattern = mark === '"' ? /"((?:[^"\\\n]|\\["\\/])*)"/y : /'((?:[^'\n]|'')*)'/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw this.#wrong("a text in quotes, on one line, without escapes");
    this.#at = pattern.lastIndex;
    return mark === '"' ? match[1]!.replace(/\\(.)/g, "$1") : match[1]!.replaceAll("''", "'");
  }

  /** `[a, b]` or `{0: a, 1: b}`, with nothing behind it. */
  flow(): readonly string[] | ReadonlyMap<string, string> {
    this.space();
    const isList = this.peek() === "[";
    const end = isList ? "]" : "}";
    this.#at++;
    const list: string[] = [];
    const map = new Map<string, string>();
    for (this.space(); this.peek() !== end; this.space()) {
      const first = this.#item(`,${end}`);
      this.space();
      if (isList) list.push(first);
      else {
        if (this.peek() !== ":") throw this.#wrong("key: value");
        this.#at++;
        this.space();
        const value = this.#item(`,${end}`);
        add(map, first, value, () => this.#wrong("each key once"));
        this.space();
      }
      if (list.length + map.size > mostNames) throw this.#wrong(`at most ${mostNames} values`);
      if (this.peek() === ",") this.#at++;
      else if (this.peek() !== end) throw this.#wrong(`a comma or ${end}`);
    }
    this.#at++;
    this.space();
    if (!this.ended) throw this.#wrong("nothing behind the list");
    return isList ? list : map;
  }

  /** A text of a list or map: of lines that it goes over, one; never none. */
  #item(marks: string): string {
    const value = this.scalar(marks).replace(/\s*\n\s*/g, " ");
    if (value === "") throw this.#wrong("a text");
    return value;
  }

  #wrong(expected: string): Error {
    const received = quote(this.#text.slice(this.#at, this.#at + 40));
    return invalidData(`${this.#node}, line ${this.#field.line}`, "this YAML is not read", {
      expected,
      received,
    });
  }
}

function wrong({ line, value, below: lines }: Field, node: string, expected: string): Error {
  return invalidData(`${node}, line ${line}`, "this YAML is not read", {
    expected,
    received: quote([value, ...lines.slice(0, 3).map(([text]) => text)].join(" ").trim()),
  });
}
