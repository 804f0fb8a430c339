/**
 * Zip archives: Keras's models are such, TensorFlow Lite's metadata tools append labels to a model as
 * one. An archive is read from its end; names are only compared, never used as paths; every place and
 * size in it is checked before it is used, and no file grows beyond its limit.
 */
import { MobileNetError } from "../errors.ts";
import { inflate } from "./inflate.ts";
import type { ByteBudget } from "./reading.ts";

/** A file within the archive. */
interface Entry {
  readonly name: string;
  /** Where its own header lies. */
  readonly position: number;
  readonly method: number;
  readonly encrypted: boolean;
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
const signature = { entry: 0x02014b50, file: 0x04034b50, end: 0x06054b50 };
const endBytes = 22;

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
    const { method, encrypted, packedBytes, bytes } = entry;
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
    if (unpacked.length === bytes && (method !== 0 || packedBytes === bytes)) return unpacked;
    throw damaged(`${name}, ${bytes} bytes`, `${unpacked.length} bytes`);
  }

  #readDirectory(): readonly Entry[] {
    const end = this.#findEnd();
    if (end === undefined) return [];
    const count = this.#uint16(end + 10);
    const size = this.#uint32(end + 12);
    // Places count from where the archive begins, which is the file's begin or behind the model.
    const shift = end - size - this.#uint32(end + 16);
    if (count > most.entries || size > end || shift < 0) {
      throw damaged(`at most ${most.entries} files`, `${count} in ${size} bytes before ${end}`);
    }
    const entries: Entry[] = [];
    let at = end - size;
    for (let i = 0; i < count; i++) {
      if (this.#uint32(at) !== signature.entry) throw damaged("an entry", `none at ${at}`);
      const nameBytes = this.#uint16(at + 28);
      if (nameBytes > most.nameBytes) throw damaged("short names", `${nameBytes} bytes`);
      this.#need(at + 46, nameBytes);
      entries.push({
        name: new TextDecoder().decode(this.#file.subarray(at + 46, at + 46 + nameBytes)),
        position: shift + this.#uint32(at + 42),
        method: this.#uint16(at + 10),
        encrypted: (this.#uint16(at + 8) & 1) === 1,
        packedBytes: this.#uint32(at + 20),
        bytes: this.#uint32(at + 24),
      });
      at += 46 + nameBytes + this.#uint16(at + 30) + this.#uint16(at + 32);
    }
    return entries;
  }

  /** Where the archive's last record lies; a comment may follow it. */
  #findEnd(): number | undefined {
    const last = this.#file.length - endBytes;
    for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
      const ends = this.#file[at] === 0x50 && this.#uint32(at) === signature.end;
      if (ends && at + endBytes + this.#uint16(at + 20) === this.#file.length) return at;
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
