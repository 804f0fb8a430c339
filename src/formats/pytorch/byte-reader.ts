/** Bytes read one after another; whatever a length says, nothing is read beyond their end. */
import { MobileNetError } from "../../errors.ts";
import { decodeText } from "../files.ts";

/** A place in bytes, which moves on as they are read. */
export class ByteReader {
  readonly place: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  /** @param place - What the bytes are, for messages. */
  constructor(bytes: Uint8Array, place: string, at = 0) {
    this.place = place;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Moves on and gives where that began. */
  skip(count: number): number {
    const at = this.#at;
    // A length that is no number of bytes is a damaged one.
    if (!(count <= this.#bytes.length - at)) {
      throw new MobileNetError("invalid-model", "the file ends too early", {
        node: this.place,
        expected: `${count} bytes from byte ${at} on`,
        received: `${this.#bytes.length - at}`,
      });
    }
    this.#at = at + count;
    return at;
  }

  byte(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** Rounded above 2⁵³, which no file reaches. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  bigEndianFloat64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /** A view of them. */
  bytes(count: number): Uint8Array {
    const at = this.skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  text(count: number): string {
    return decodeText(this.bytes(count));
  }

  /** Up to a line break, which is passed over. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    const text = this.text((end < 0 ? this.#bytes.length + 1 : end) - this.#at);
    this.skip(1);
    return text;
  }
}
