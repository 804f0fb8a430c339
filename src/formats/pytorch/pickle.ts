/**
 * Reads Python's pickles as data. A pickle is a program for a small stack machine; this one knows only
 * what state_dicts and checkpoints are made of, runs nothing, and takes imports for names: some
 * become tensors and dictionaries, those of `inertRoots` objects without behaviour, any other is refused. A library would call back for each import and bound neither stack nor
 * containers; the machine itself is this small.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import type { ByteReader } from "./byte-reader.ts";

/** A name that the pickle imports: a class or a function, never more than its name here. */
export class Import {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object of an imported class: what was given to make it, and its state. */
export class Inert {
  readonly type: Import;
  readonly given: readonly unknown[];
  state: unknown;

  constructor(type: Import, given: readonly unknown[]) {
    this.type = type;
    this.given = given;
  }
}

/** What stands for calls of imported functions and for the ids of things kept outside the pickle. */
export interface PickleMeaning {
  /** What a call gives, by the function's path; every other call gives an `Inert`. */
  readonly calls: Readonly<Record<string, (given: readonly unknown[]) => unknown>>;
  /** What a persistent id stands for. */
  outside(id: unknown): unknown;
}

/** Whatever a checkpoint may hold besides tensors, by the packages and modules whose classes it has. */
const inertRoots: readonly string[] = [
  ...["torch", "torchvision", "timm", "numpy", "collections", "argparse", "pathlib", "datetime"],
  ...["copyreg", "copy_reg", "_codecs", "__torch__", "__main__", "pytorch_lightning", "lightning"],
  ...["lightning_fabric", "omegaconf", "yacs", "easydict", "functools", "enum", "types", "typing"],
];

/** Python's own names that are plain data. */
const builtins: readonly string[] = [
  ...["set", "frozenset", "slice", "complex", "int", "float", "bool", "str", "bytes", "bytearray"],
  ...["dict", "list", "tuple", "object"],
];

/** Operations of one pickle: a checkpoint of this family, optimiser included, has some ten thousand. */
const mostOperations = 1_000_000;

/** Containers and objects of one pickle, each of which takes some hundred bytes. */
const mostContainers = 100_000;

/** Nesting of a stack; networks nest some ten deep. */
const mostMarks = 1_000;

/** Bytes of an integer. */
const mostIntegerBytes = 64;

/** A pickle under way. */
interface Machine {
  readonly reader: ByteReader;
  readonly meaning: PickleMeaning;
  readonly memo: Map<number, unknown>;
  readonly marks: number[];
  stack: unknown[];
  containers: number;
}

/**
 * The value of the pickle that begins where the reader stands, which it leaves behind.
 *
 * @throws MobileNetError `invalid-model` where it is damaged or asks for too much, `unsupported` naming
 *   an import or an operation that is not read.
 */
export function readPickle(reader: ByteReader, meaning: PickleMeaning): unknown {
  const memo = new Map<number, unknown>();
  const machine: Machine = { reader, meaning, memo, marks: [], stack: [], containers: 0 };
  for (let count = 0; ; count++) {
    if (count === mostOperations) throw tooMuch(machine, `${mostOperations} operations`);
    const code = reader.byte();
    if (code === 0x2e) return pop(machine);
    const operation = operations[code];
    if (operation === undefined) {
      throw new MobileNetError("unsupported", "an operation of the pickle is not read", {
        node: reader.place,
        received: `0x${code.toString(16).padStart(2, "0")} at byte ${reader.at - 1}`,
        remedy: "Save the model's state_dict with torch.save and its defaults.",
      });
    }
    operation(machine);
  }
}

type Operation = (machine: Machine) => void;

/** The operations by their codes. */
const operations: Readonly<Record<number, Operation>> = {
  // Protocol and frames say nothing that is needed.
  128: ({ reader }) => void reader.byte(),
  149: ({ reader }) => void reader.skip(8),
  // Stack and memory.
  40: mark,
  48: (m) => void pop(m),
  49: (m) => void toMark(m),
  50: (m) => m.stack.push(top(m)),
  104: (m) => recall(m, m.reader.byte()),
  106: (m) => recall(m, m.reader.uint32()),
  113: (m) => void m.memo.set(m.reader.byte(), top(m)),
  114: (m) => void m.memo.set(m.reader.uint32(), top(m)),
  148: (m) => void m.memo.set(m.memo.size, top(m)),
  // Scalars.
  78: (m) => m.stack.push(null),
  136: (m) => m.stack.push(true),
  137: (m) => m.stack.push(false),
  74: (m) => m.stack.push(m.reader.int32()),
  75: (m) => m.stack.push(m.reader.byte()),
  77: (m) => m.stack.push(m.reader.uint16()),
  71: (m) => m.stack.push(m.reader.bigEndianFloat64()),
  138: (m) => m.stack.push(integer(m, m.reader.byte())),
  139: (m) => m.stack.push(integer(m, m.reader.uint32())),
  // Texts and bytes.
  84: (m) => m.stack.push(m.reader.text(m.reader.uint32())),
  85: (m) => m.stack.push(m.reader.text(m.reader.byte())),
  88: (m) => m.stack.push(m.reader.text(m.reader.uint32())),
  140: (m) => m.stack.push(m.reader.text(m.reader.byte())),
  141: (m) => m.stack.push(m.reader.text(m.reader.uint64())),
  66: (m) => m.stack.push(m.reader.bytes(m.reader.uint32())),
  67: (m) => m.stack.push(m.reader.bytes(m.reader.byte())),
  142: (m) => m.stack.push(m.reader.bytes(m.reader.uint64())),
  150: (m) => m.stack.push(m.reader.bytes(m.reader.uint64())),
  // Containers; tuples and sets are lists here.
  125: (m) => push(m, new Map()),
  93: (m) => push(m, []),
  41: (m) => push(m, []),
  143: (m) => push(m, []),
  133: (m) => push(m, several(m, 1)),
  134: (m) => push(m, several(m, 2)),
  135: (m) => push(m, several(m, 3)),
  116: (m) => push(m, toMark(m)),
  108: (m) => push(m, toMark(m)),
  145: (m) => push(m, toMark(m)),
  100: (m) => {
    const items = toMark(m);
    push(m, new Map());
    setItems(m, items);
  },
  97: (m) => append(m, [pop(m)]),
  101: (m) => append(m, toMark(m)),
  144: (m) => append(m, toMark(m)),
  115: (m) => setItems(m, several(m, 2)),
  117: (m) => setItems(m, toMark(m)),
  // Imports, and objects of them.
  99: (m) => importName(m, m.reader.line(), m.reader.line()),
  147: (m) => {
    const [module, name] = several(m, 2);
    importName(m, module, name);
  },
  82: (m) => {
    const [callee, given] = several(m, 2);
    call(m, callee, given);
  },
  129: (m) => {
    const [type, given] = several(m, 2);
    call(m, type, given);
  },
  146: (m) => {
    const [type, given] = several(m, 3);
    call(m, type, given);
  },
  98: (m) => {
    const state = pop(m);
    const object = top(m);
    // A dictionary's own attributes say nothing about its items.
    if (object instanceof Inert) object.state = state;
  },
  81: (m) => push(m, m.meaning.outside(pop(m))),
};

function damaged(m: Machine, summary: string): MobileNetError {
  return new MobileNetError("invalid-model", `the pickle is damaged: ${summary}`, {
    node: m.reader.place,
    received: `at byte ${m.reader.at}`,
  });
}

function tooMuch({ reader }: Machine, most: string): MobileNetError {
  return new MobileNetError("invalid-model", "the pickle holds more than any checkpoint needs", {
    node: reader.place,
    expected: `at most ${most}`,
    received: "more",
  });
}

function push(m: Machine, container: unknown): void {
  m.containers += 1;
  if (m.containers > mostContainers) throw tooMuch(m, `${mostContainers} containers`);
  m.stack.push(container);
}

function pop(m: Machine): unknown {
  requireValues(m, 1);
  return m.stack.pop();
}

function top(m: Machine): unknown {
  requireValues(m, 1);
  return m.stack.at(-1);
}

function several(m: Machine, count: number): unknown[] {
  requireValues(m, count);
  return m.stack.splice(-count, count);
}

/** No operation reaches below the last mark. */
function requireValues(m: Machine, count: number): void {
  if (m.stack.length - (m.marks.at(-1) ?? 0) < count) throw damaged(m, "a value is missing");
}

function mark(m: Machine): void {
  if (m.marks.length === mostMarks) throw damaged(m, "too many values within one another");
  m.marks.push(m.stack.length);
}

function toMark(m: Machine): unknown[] {
  const from = m.marks.pop();
  if (from === undefined) throw damaged(m, "a mark is missing");
  return m.stack.splice(from);
}

function recall(m: Machine, index: number): void {
  if (!m.memo.has(index)) throw damaged(m, "it remembers what was not kept");
  m.stack.push(m.memo.get(index));
}

/** A little-endian integer of any length; a number where that is exact. */
function integer(m: Machine, length: number): number | bigint {
  if (length > mostIntegerBytes) throw damaged(m, "an integer is too long");
  const bytes = m.reader.bytes(length);
  let value = 0n;
  for (const byte of bytes.toReversed()) value = value * 256n + BigInt(byte);
  const signed = BigInt.asIntN(8 * length, value);
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

function append(m: Machine, items: readonly unknown[]): void {
  const list = top(m);
  if (Array.isArray(list)) for (const item of items) list.push(item);
  else if (!(list instanceof Inert)) throw damaged(m, "items of something that is no list");
}

function setItems(m: Machine, items: readonly unknown[]): void {
  const target = top(m);
  if (items.length % 2 !== 0) throw damaged(m, "a key without a value");
  if (target instanceof Map) {
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  } else if (!(target instanceof Inert)) {
    throw damaged(m, "items of something that is no dictionary");
  }
}

function importName(m: Machine, module: unknown, name: unknown): void {
  if (typeof module !== "string" || typeof name !== "string") {
    throw damaged(m, "an import without a name");
  }
  const [root = ""] = module.split(".");
  const isPlain = (root === "builtins" || root === "__builtin__") && builtins.includes(name);
  if (!isPlain && !inertRoots.includes(root)) {
    throw new MobileNetError("unsupported", "the pickle imports what no weights need", {
      node: m.reader.place,
      expected: "tensors, dictionaries and plain values",
      received: quote(`${module}.${name}`),
      remedy:
        "Nothing of it was run. Get the file from a source you trust, or save the model's state_dict alone.",
    });
  }
  push(m, new Import(module, name));
}

function call(m: Machine, callee: unknown, given: unknown): void {
  if (!(callee instanceof Import) || !Array.isArray(given)) {
    throw damaged(m, "a call of something that is no import");
  }
  const { calls } = m.meaning;
  const known = Object.hasOwn(calls, callee.path) ? calls[callee.path] : undefined;
  push(m, known === undefined ? new Inert(callee, given) : known(given));
}
