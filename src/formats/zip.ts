/**
 * Zip archives: Keras's models are such, TensorFlow Lite's metadata tools append labels to a model as
 * one. An archive is read from its end; names are only compared, never used as paths; every place and
 * size in it is checked before it is used, and no file grows beyond its limit.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { crc32 } from "./crc32.ts";
import { inflate } from "./inflate.ts";
import type { ByteBudget } from "./reading.ts";

/** A file within the archive. */
interface Entry {
  readonly name: string;
  /** Where its own header lies. */
  readonly position: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly bytes: number;
}

const most = { entries: 256, nameBytes: 1024 };

/** So much may a file of a model's archive hold: weights hardly shrink, topologies to a twentieth. */
export function mostUnpacked(archiveBytes: number): number {
  return 32 * archiveBytes + 2 ** 20;
}

/** Labels and the like fit many times. */
const usualBytes = 4 * 2 ** 20;
const signature = {
  ...{ entry: 0x02014b50, file: 0x04034b50, end: 0x06054b50 },
  ...{ wideEnd: 0x06064b50, wideLocator: 0x07064b50 },
} as const;
const endBytes = 22;
const [wideEndBytes, wideLocatorBytes] = [56, 20];

/** What stands for a number that is too large for its four bytes, and stands elsewhere in eight. */
const elsewhere = 0xffffffff;

/** The archive that a file is, or that stands at its end. */
export class ZipArchive {
  readonly #file: Uint8Array;
  readonly #mostBytes: number;
  readonly #view: DataView;
  readonly #entries: readonly Entry[];

  /**
   * @param mostBytes - So large may each of its files be.
   * @throws MobileNetError `invalid-model` where an archive is there and its directory is damaged.
   */
  constructor(file: Uint8Array, mostBytes: number = usualBytes) {
    this.#file = file;
    this.#mostBytes = mostBytes;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    this.#entries = this.#readDirectory();
  }

  /** The names of the files. */
  get names(): readonly string[] {
    return this.#entries.map(({ name }) => name);
  }

  /**
   * The bytes of a file; undefined where the archive has none of the name.
   *
   * @param budget - What it unpacks to is taken from it first.
   * @throws MobileNetError `invalid-model` where they are damaged, `unsupported` where they are too many
   *   or packed in another way.
   */
  async read(name: string, budget?: ByteBudget): Promise<Uint8Array | undefined> {
    const entry = this.#entries.find((one) => one.name === name);
    if (entry === undefined) return undefined;
    const { method, encrypted, packedBytes, bytes, checksum } = entry;
    if (encrypted || (method !== 0 && method !== 8) || bytes > this.#mostBytes) {
      throw new MobileNetError("unsupported", "a file in the archive is packed in another way", {
        node: name,
        expected: `stored or deflated, at most ${this.#mostBytes} bytes`,
        received: encrypted ? "an encrypted file" : `method ${method}, ${bytes} bytes`,
      });
    }
    budget?.take(bytes, name);
    const packed = this.#packed(entry);
    const unpacked =
      method === 0
        ? packed
        : await inflate(packed, { format: "deflate-raw", most: bytes, place: name });
    if (unpacked.length !== bytes || (method === 0 && packedBytes !== bytes)) {
      throw damaged(`${name}, ${bytes} bytes`, `${unpacked.length} bytes`);
    }
    const received = crc32(unpacked);
    if (received === checksum) return unpacked;
    throw damaged(`${name} with the checksum ${checksum}`, quote(received));
  }

  #readDirectory(): readonly Entry[] {
    const end = this.#findEnd();
    if (end === undefined) return [];
    const { count, size, offset, stop } = this.#directory(end);
    // Places count from where the archive begins, which is the file's begin or behind the model.
    const shift = stop - size - offset;
    if (count > most.entries) throw damaged(`at most ${most.entries} files`, quote(count));
    if (size > stop || shift < 0) {
      throw damaged(
        "a list of files before its end",
        `${size} bytes from ${offset}, end at ${stop}`,
      );
    }
    const entries: Entry[] = [];
    let at = stop - size;
    for (let i = 0; i < count; i++) {
      if (this.#uint32(at) !== signature.entry) throw damaged("an entry", `none at ${at}`);
      const nameBytes = this.#uint16(at + 28);
      if (nameBytes > most.nameBytes) throw damaged("short names", `${nameBytes} bytes`);
      this.#need(at + 46, nameBytes);
      const [bytes, packedBytes, position] = this.#places(at, nameBytes);
      entries.push({
        name: new TextDecoder().decode(this.#file.subarray(at + 46, at + 46 + nameBytes)),
        position: shift + position,
        method: this.#uint16(at + 10),
        encrypted: (this.#uint16(at + 8) & 1) === 1,
        checksum: this.#uint32(at + 16),
        packedBytes,
        bytes,
      });
      at += 46 + nameBytes + this.#uint16(at + 30) + this.#uint16(at + 32);
    }
    return entries;
  }

  /** How many files the directory has, and where it lies; archives for large files say it again. */
  #directory(end: number) {
    const wide = end - wideLocatorBytes - wideEndBytes;
    const isWide =
      wide >= 0 &&
      this.#uint32(end - wideLocatorBytes) === signature.wideLocator &&
      this.#uint32(wide) === signature.wideEnd;
    if (isWide) {
      const [count, size, offset] = [32, 40, 48].map((at) => this.#uint64(wide + at));
      return { count: count!, size: size!, offset: offset!, stop: wide };
    }
    const [size, offset] = [this.#uint32(end + 12), this.#uint32(end + 16)];
    return { count: this.#uint16(end + 10), size, offset, stop: end };
  }

  /** A file's bytes, unpacked and packed, and its place, from where an entry has them. */
  #places(
    entry: number,
    nameBytes: number,
  ): readonly [bytes: number, packedBytes: number, position: number] {
    let at = entry + 46 + nameBytes;
    const stop = at + this.#uint16(entry + 30);
    while (at + 4 <= stop && this.#uint16(at) !== 1) at += 4 + this.#uint16(at + 2);
    at += 4;
    const number = (place: number): number => {
      const value = this.#uint32(entry + place);
      if (value !== elsewhere) return value;
      if (at + 8 > stop) throw damaged("a number of eight bytes", "none");
      at += 8;
      return this.#uint64(at - 8);
    };
    return [number(24), number(20), number(42)];
  }

  /** Where the archive's last record lies; a comment may follow it, or padding. */
  #findEnd(): number | undefined {
    const last = this.#file.length - endBytes;
    for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
      const ends = this.#file[at] === 0x50 && this.#uint32(at) === signature.end;
      if (!ends) continue;
      const stop = at + endBytes + this.#uint16(at + 20);
      const rest = stop <= this.#file.length ? this.#file.subarray(stop) : undefined;
      if (rest?.every((byte) => byte === 0)) return at;
    }
    return undefined;
  }

  #packed({ name, position, packedBytes }: Entry): Uint8Array {
    if (this.#uint32(position) !== signature.file) throw damaged(`a header of ${name}`, "none");
    const start = position + 30 + this.#uint16(position + 26) + this.#uint16(position + 28);
    this.#need(start, packedBytes);
    return this.#file.subarray(start, start + packedBytes);
  }

  #uint16(at: number): number {
    this.#need(at, 2);
    return this.#view.getUint16(at, true);
  }

  #uint32(at: number): number {
    this.#need(at, 4);
    return this.#view.getUint32(at, true);
  }

  #uint64(at: number): number {
    const value = this.#uint32(at + 4) * 2 ** 32 + this.#uint32(at);
    if (Number.isSafeInteger(value)) return value;
    throw damaged("a size that fits", quote(value));
  }

  #need(at: number, bytes: number): void {
    if (at >= 0 && at + bytes <= this.#file.length) return;
    throw damaged(`places below ${this.#file.length}`, `${bytes} bytes at ${at}`);
  }
}

function damaged(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "the archive of files is damaged", {
    expected,
    received,
  });
}
