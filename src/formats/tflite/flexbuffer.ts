/**
 * Reads a FlexBuffer that is one map of names to numbers, as custom operators keep their options. It is
 * read from its end: the root's width and type, then the root. Every place comes from the file and is
 * checked before it is followed; values of other kinds are passed over.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";

const most = { fields: 64, nameBytes: 64 };

/** Types of values by their number in the format. */
const kind = {
  int: 1,
  uint: 2,
  float: 3,
  indirectInt: 6,
  indirectUint: 7,
  indirectFloat: 8,
  map: 9,
  bool: 26,
} as const;

/**
 * The numbers and truths (1 or 0) of a map, by name.
 *
 * @throws MobileNetError `invalid-model` where the bytes are no such map.
 */
export function readFlexMap(bytes: Uint8Array): ReadonlyMap<string, number> {
  const reader = new FlexReader(bytes);
  const width = reader.uint(bytes.length - 1, 1);
  const type = reader.uint(bytes.length - 2, 1);
  if (type >> 2 !== kind.map) throw malformed("a map", `type ${type >> 2}`);
  const root = reader.follow(bytes.length - 2 - checkWidth(width), width);
  return reader.map(root, 1 << (type & 3));
}

class FlexReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A map's values lie behind its length, its keys where the words before it say. */
  map(at: number, width: number): ReadonlyMap<string, number> {
    const count = this.uint(at - width, width);
    if (count > most.fields) throw malformed(`at most ${most.fields} fields`, quote(count));
    const keyWidth = checkWidth(this.uint(at - 2 * width, width));
    const keys = this.follow(at - 3 * width, width);
    const fields = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const name = this.#name(this.follow(keys + i * keyWidth, keyWidth));
      const type = this.uint(at + count * width + i, 1);
      const value = this.#value(at + i * width, width, type);
      if (value !== undefined) fields.set(name, value);
    }
    return fields;
  }

  uint(at: number, width: number): number {
    this.#need(at, width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  /** Offsets lead back from where they lie. */
  follow(at: number, width: number): number {
    return at - this.uint(at, width);
  }

  #value(at: number, width: number, type: number): number | undefined {
    const [inner, own] = [type >> 2, 1 << (type & 3)];
    switch (inner) {
      case kind.int:
        return this.#int(at, width);
      case kind.uint:
      case kind.bool:
        return this.uint(at, width);
      case kind.float:
        return this.#float(at, width);
      case kind.indirectInt:
        return this.#int(this.follow(at, width), own);
      case kind.indirectUint:
        return this.uint(this.follow(at, width), own);
      case kind.indirectFloat:
        return this.#float(this.follow(at, width), own);
      default:
        return undefined;
    }
  }

  #int(at: number, width: number): number {
    this.#need(at, width);
    if (width === 1) return this.#view.getInt8(at);
    if (width === 2) return this.#view.getInt16(at, true);
    if (width === 4) return this.#view.getInt32(at, true);
    return Number(this.#view.getBigInt64(at, true));
  }

  #float(at: number, width: number): number {
    this.#need(at, width);
    if (width === 4) return this.#view.getFloat32(at, true);
    if (width === 8) return this.#view.getFloat64(at, true);
    throw malformed("a number of 4 or 8 bytes", `${width} bytes`);
  }

  #name(at: number): string {
    this.#need(at, 1);
    const part = this.#bytes.subarray(at, at + most.nameBytes + 1);
    const end = part.indexOf(0);
    if (end < 0) throw malformed(`a name of at most ${most.nameBytes} bytes`, "a longer one");
    return new TextDecoder().decode(part.subarray(0, end));
  }

  #need(at: number, bytes: number): void {
    if (at >= 0 && at + bytes <= this.#bytes.length) return;
    throw malformed(`places below ${this.#bytes.length}`, `${bytes} bytes at ${at}`);
  }
}

function checkWidth(width: number): number {
  if ([1, 2, 4, 8].includes(width)) return width;
  throw malformed("a width of 1, 2, 4 or 8 bytes", quote(width));
}

function malformed(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "an operator's options are malformed", {
    expected,
    received,
  });
}
