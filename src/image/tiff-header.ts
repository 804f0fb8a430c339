/**
 * The first page of a TIFF file, as its directory describes it (TIFF 6.0, section 2, and BigTIFF), read
 * within the file's bounds. Nothing else of the file is touched.
 */
import { MobileNetError } from "../errors.ts";
import type { ImageSize } from "./image.ts";

/** A TIFF's first page. */
export interface TiffHeader extends ImageSize {
  /** The edges of a tile; absent where the picture is in strips. */
  readonly tile: ImageSize | undefined;
  /** Rows of a strip, where each kind of sample has strips of its own; else absent. */
  readonly planeRows: number | undefined;
}

/** The most pages of a file: decoders go through all of them before they read the first. */
const mostPages = 1000;

/** Tags of the directory. */
const tags = {
  ...{ width: 256, height: 257, rowsPerStrip: 278, planes: 284 },
  ...{ tileWidth: 322, tileHeight: 323 },
} as const;

/**
 * Reads a TIFF's header.
 *
 * @throws MobileNetError `invalid-image` where it has none, or more than 1000 pages.
 */
export function readTiffHeader(bytes: Uint8Array): TiffHeader {
  const file = new TiffFile(bytes);
  const first = file.firstPage();
  const values = new Map<number, number>();
  let pages = 0;
  for (let at = first; at !== 0; pages++) {
    if (pages === mostPages) throw tooManyPages();
    const page = file.directory(at);
    // A directory that is cut short ends the file's pages, and may not be its first.
    if (page === undefined) break;
    if (pages === 0) addFirst(values, page.entries());
    at = page.next();
  }
  const [width, height] = [values.get(tags.width), values.get(tags.height)];
  if (width === undefined || height === undefined) throw noHeader();
  const [tileWidth, tileHeight] = [values.get(tags.tileWidth), values.get(tags.tileHeight)];
  const tiled = tileWidth !== undefined && tileHeight !== undefined;
  const apart = !tiled && values.get(tags.planes) === 2;
  return {
    ...{ width, height, tile: tiled ? { width: tileWidth, height: tileHeight } : undefined },
    planeRows: apart ? Math.min(height, values.get(tags.rowsPerStrip) ?? height) : undefined,
  };
}

/**
 * How a picture is turned and mirrored, 1 to 8, as the first directory says it (also that of EXIF); 1, as
 * it is stored, where it does not.
 */
export function readOrientation(bytes: Uint8Array): number {
  if (bytes.length < 16) return 1;
  const file = new TiffFile(bytes);
  for (const [tag, value] of file.directory(file.firstPage())?.entries() ?? []) {
    if (tag === 274) return value !== undefined && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const wanted: readonly number[] = Object.values(tags);

/**
 * Of entries with one tag decoders take the first. They also take kinds of numbers that nobody writes:
 * a file with such a size is refused rather than believed to have none.
 */
function addFirst(
  values: Map<number, number>,
  entries: Iterable<readonly [tag: number, value: number | undefined]>,
): void {
  for (const [tag, value] of entries) {
    if (!wanted.includes(tag) || values.has(tag)) continue;
    if (value === undefined) throw noHeader();
    values.set(tag, value);
  }
}

/** A page's entries, and where the next page's directory lies. */
interface Directory {
  entries(): Iterable<readonly [tag: number, value: number | undefined]>;
  /** 0 where there is none. */
  next(): number;
}

/** Either byte order; in BigTIFF counts and offsets have 8 bytes instead of 2 and 4. */
class TiffFile {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #big: boolean;

  constructor(bytes: Uint8Array) {
    if (bytes.length < 16) throw noHeader();
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = bytes[0] === 0x49;
    this.#big = this.#view.getUint16(2, this.#little) === 43;
  }

  firstPage(): number {
    return this.#offset(this.#big ? 8 : 4) ?? 0;
  }

  directory(at: number): Directory | undefined {
    const [head, entry] = this.#big ? [8, 20] : [2, 12];
    const count = this.#big ? this.#offset(at) : this.#word(at);
    if (count === undefined) return undefined;
    const end = at + head + count * entry;
    if (end > this.#view.byteLength) return undefined;
    return {
      entries: () => this.#entries(at + head, end, entry),
      next: () => this.#offset(end) ?? 0,
    };
  }

  /** With the number that stands in the entry itself; undefined where it is of no usual kind. */
  *#entries(
    from: number,
    end: number,
    length: number,
  ): Generator<readonly [tag: number, value: number | undefined]> {
    for (let at = from; at < end; at += length) {
      const [tag, kind] = [this.#word(at), this.#word(at + 2)];
      const place = at + length - (this.#big ? 8 : 4);
      if (tag !== undefined) yield [tag, this.#number(kind, place)];
    }
  }

  /** BYTE, SHORT, LONG and, in BigTIFF, LONG8. */
  #number(kind: number | undefined, at: number): number | undefined {
    if (kind === 1) return this.#within(at, 1) ? this.#view.getUint8(at) : undefined;
    if (kind === 3) return this.#word(at);
    if (kind === 4) return this.#long(at);
    return kind === 16 && this.#big ? this.#offset(at) : undefined;
  }

  #word(at: number): number | undefined {
    return this.#within(at, 2) ? this.#view.getUint16(at, this.#little) : undefined;
  }

  #long(at: number): number | undefined {
    return this.#within(at, 4) ? this.#view.getUint32(at, this.#little) : undefined;
  }

  /** Offsets beyond what a number counts exactly are beyond any file, too. */
  #offset(at: number): number | undefined {
    if (!this.#big) return this.#long(at);
    return this.#within(at, 8) ? Number(this.#view.getBigUint64(at, this.#little)) : undefined;
  }

  #within(at: number, length: number): boolean {
    return at + length <= this.#view.byteLength;
  }
}

function noHeader(): MobileNetError {
  return new MobileNetError("invalid-image", "the TIFF picture is damaged", {
    expected: "a directory with the picture's width and height",
    remedy: "Fetch the file again, or save it anew with an image editor.",
  });
}

function tooManyPages(): MobileNetError {
  return new MobileNetError("invalid-image", "the TIFF file has too many pages", {
    expected: `at most ${mostPages}`,
    remedy: "Save its first page as a file of its own.",
  });
}
