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
import {
  findZipDirectory,
  readZipEntry,
  readZipHeader,
  type ZipEntry,
  zipHeaderBytes,
} from "./zip-records.ts";

const most = { entries: 256, nameBytes: 1024 };

/** So much may a file of a model's archive hold: weights hardly shrink, topologies to a twentieth. */
export function mostUnpacked(archiveBytes: number): number {
  return 32 * archiveBytes + 2 ** 20;
}

/** Labels and the like fit many times. */
const usualBytes = 4 * 2 ** 20;

/** The archive that a file is, or that stands at its end. */
export class ZipArchive {
  readonly #file: Uint8Array;
  readonly #mostBytes: number;
  readonly #entries: readonly ZipEntry[];

  /**
   * @param mostBytes - So large may each of its files be.
   * @throws MobileNetError `invalid-model` where an archive is there and its directory is damaged.
   */
  constructor(file: Uint8Array, mostBytes: number = usualBytes) {
    this.#file = file;
    this.#mostBytes = mostBytes;
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

  #readDirectory(): readonly ZipEntry[] {
    const directory = findZipDirectory(this.#file, 0, damaged);
    if (directory === undefined) return [];
    const { count, shift, to } = directory;
    if (count > most.entries) throw damaged(`at most ${most.entries} files`, quote(count));
    const entries: ZipEntry[] = [];
    let at = directory.from;
    for (let i = 0; i < count; i++) {
      const entry = readZipEntry(this.#file.subarray(at, to), damaged);
      if (entry === undefined) throw damaged("an entry", `the end of the list at ${at}`);
      if (entry.nameBytes > most.nameBytes) {
        throw damaged("short names", `${entry.nameBytes} bytes`);
      }
      entries.push({ ...entry, position: shift + entry.position });
      at += entry.length;
    }
    return entries;
  }

  #packed({ name, position, packedBytes }: ZipEntry): Uint8Array {
    this.#need(position, zipHeaderBytes);
    const headerBytes = readZipHeader(this.#file.subarray(position, position + zipHeaderBytes));
    if (headerBytes === undefined) throw damaged(`a header of ${name}`, "none");
    const start = position + headerBytes;
    this.#need(start, packedBytes);
    return this.#file.subarray(start, start + packedBytes);
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
