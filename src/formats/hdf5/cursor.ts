/**
 * Reading HDF5's little-endian numbers in order. Whatever address a file names, a cursor stays inside
 * the file: what lies outside is an error of the library's.
 */
import { MobileNetError } from "../../errors.ts";

/** A file's bytes, and where it lies, for errors. */
export interface Hdf5Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly place: string;
  readonly allowance: Allowance;
}

/**
 * What may still be made of a file, in bytes. Whatever a file names twice counts twice, so that parts
 * which many others share cannot multiply it.
 */
export class Allowance {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes bytes before they are allocated or gone through. */
  take(bytes: number, file: Pick<Hdf5Bytes, "place">): void {
    this.#left -= bytes;
    if (!(this.#left >= 0)) throw damaged(file, "it makes far more than it holds");
  }
}

/** The address that stands for none. */
const undefinedAddress = 2n ** 64n - 1n;

/** A place in a file, which moves on with what is read. */
export class Cursor {
  readonly #file: Hdf5Bytes;
  readonly #end: number;
  at: number;

  constructor(file: Hdf5Bytes, at: number, length: number = file.bytes.length - at) {
    this.#file = file;
    this.at = at;
    this.#end = at + length;
    if (!(at >= 0 && length >= 0 && this.#end <= file.bytes.length)) {
      throw damaged(file, "something lies outside the file");
    }
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.at;
  }

  /** The place before so many bytes, which are passed. */
  skip(bytes: number): number {
    const { at } = this;
    if (!(bytes >= 0 && bytes <= this.left)) throw damaged(this.#file, "something is cut short");
    this.at += bytes;
    return at;
  }

  uint8(): number {
    return this.#file.view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#file.view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#file.view.getUint32(this.skip(4), true);
  }

  /** A size or a count of 8 bytes, or so many as are given. */
  size(bytes = 8): number {
    if (bytes === 1) return this.uint8();
    if (bytes === 2) return this.uint16();
    if (bytes === 4) return this.uint32();
    const size = this.#file.view.getBigUint64(this.skip(8), true);
    if (size > Number.MAX_SAFE_INTEGER)
      throw damaged(this.#file, "a size is out of all proportion");
    return Number(size);
  }

  /** An address of 8 bytes; undefined for none. */
  address(): number | undefined {
    const address = this.#file.view.getBigUint64(this.skip(8), true);
    return address === undefinedAddress ? undefined : Math.min(Number(address), 2 ** 52);
  }

  /** So many bytes, in place. */
  bytes(length: number): Uint8Array {
    const at = this.skip(length);
    return this.#file.bytes.subarray(at, at + length);
  }

  /** A text up to its zero byte, or of the length. */
  text(length: number): string {
    const bytes = this.bytes(length);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** Four characters that must stand here. */
  signature(expected: string): void {
    if (this.text(4) !== expected) throw damaged(this.#file, `a block "${expected}" is missing`);
  }
}

/** The error for a file that does not hold together. */
export function damaged({ place }: Pick<Hdf5Bytes, "place">, summary: string): MobileNetError {
  return new MobileNetError("invalid-model", `the HDF5 file is damaged: ${summary}`, {
    node: place,
    remedy: "Copy or download the file again.",
  });
}

/** The error for what HDF5 has and no Keras file needs. */
export function notRead({ place }: Pick<Hdf5Bytes, "place">, summary: string): MobileNetError {
  return new MobileNetError("unsupported", `this part of HDF5 is not read: ${summary}`, {
    node: place,
    remedy: "Write the file with h5py's defaults, as Keras does.",
  });
}
