/**
 * The wire format of protocol buffers, reading only. A message is walked once, field by field, and
 * every length is checked against the bytes that are there. Readers of packages trust the lengths
 * (`pbf` walks on past the end) and make objects of what they do not know; these few lines do neither.
 */
import { MobileNetError } from "../../errors.ts";

/** A field's value: a whole number, or the bytes of a text, a message, packed or fixed numbers. */
export type WireValue = number | Uint8Array;

/** Fields of all messages of a file: more than any network has, and what they take fits into memory. */
const mostFields = 250_000;

/** Reads the messages of one file. */
export class WireReader {
  readonly #place: string;
  #left: number = mostFields;

  /** @param place - Of the file, for errors. */
  constructor(place: string) {
    this.#place = place;
  }

  /**
   * Calls `visit` with each field of a message.
   *
   * @throws MobileNetError `invalid-model` where a field reaches over the message's end.
   */
  fields(message: Uint8Array, visit: (field: number, value: WireValue) => void): void {
    for (let at = 0; at < message.length; ) {
      this.#left--;
      if (this.#left < 0) throw this.fault("more parts than a network of this family has");
      const [key, start] = this.#varint(message, at);
      const [field, kind] = [Math.floor(key / 8), key % 8];
      if (kind === 0) {
        const [value, end] = this.#varint(message, start);
        visit(field, value);
        at = end;
        continue;
      }
      let from = start;
      let length = kind === 1 ? 8 : 4;
      if (kind === 2) [length, from] = this.#varint(message, start);
      else if (kind !== 1 && kind !== 5) throw this.fault(`a field of the unknown kind ${kind}`);
      at = from + length;
      if (!(length >= 0 && at <= message.length)) throw this.fault("a field is cut short");
      visit(field, message.subarray(from, at));
    }
  }

  /** The whole numbers of a repeated field, packed or one by one, added to those before. */
  integers(value: WireValue, into: number[]): void {
    if (typeof value === "number") {
      into.push(value);
      return;
    }
    for (let at = 0; at < value.length; ) {
      const [number, end] = this.#varint(value, at);
      into.push(number);
      at = end;
    }
  }

  /** The whole numbers of a packed field, however many: counted first, then read. */
  packed(value: Uint8Array): Float64Array {
    const count = value.reduce((sum, byte) => sum + (byte < 128 ? 1 : 0), 0);
    const numbers = new Float64Array(count);
    for (let at = 0, i = 0; at < value.length; i++) {
      const [number, end] = this.#varint(value, at);
      numbers[i] = number;
      at = end;
    }
    return numbers;
  }

  integer(value: WireValue): number {
    if (typeof value === "number") return value;
    throw this.fault("bytes where a number belongs");
  }

  bytes(value: WireValue): Uint8Array {
    if (typeof value !== "number") return value;
    throw this.fault("a number where bytes belong");
  }

  text(value: WireValue): string {
    return new TextDecoder().decode(this.bytes(value));
  }

  /** A single-precision number. */
  float(value: WireValue): number {
    const bytes = this.bytes(value);
    if (bytes.length !== 4) throw this.fault(`a number of ${bytes.length} bytes in place of 4`);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }

  fault(summary: string): MobileNetError {
    return new MobileNetError("invalid-model", `the file is damaged: ${summary}`, {
      node: this.#place,
      expected: "an ONNX model",
    });
  }

  /** Seven bits a byte, the lowest first; 64 bits in two's complement, beyond 2⁵³ to the nearest number. */
  #varint(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
    const parts: [number, number, number] = [0, 0, 0];
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at + i];
      if (byte === undefined) throw this.fault("a number is cut short");
      parts[i < 4 ? 0 : i < 8 ? 1 : 2] += (byte & 127) * 2 ** (7 * (i % 4));
      if (byte >= 128) continue;
      const [low, middle, high] = parts;
      const top = high % 256;
      return [(top < 128 ? top : top - 256) * 2 ** 56 + middle * 2 ** 28 + low, at + i + 1];
    }
    throw this.fault("a number of more than 64 bits");
  }
}
