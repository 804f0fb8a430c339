/**
 * An index of pictures, as a plain object and as a file's bytes: with which network its vectors were made,
 * and for each picture its name, by what its file is known again, and its vector. The bytes carry a hash;
 * what they claim of sizes is checked before anything is allocated.
 */
import { MobileNetError } from "../errors.ts";
import { isRecord, parseJson } from "../formats/files.ts";
import { sha256 } from "../formats/sha256.ts";
import { quote } from "../untrusted.ts";
import { detachedWords, fieldsOf, isDetached, wrongArgument } from "../wrong-argument.ts";
import type { LikenessKind } from "./descriptor.ts";

/** What vectors are made by: only those of one maker can be compared. */
export interface VectorMaker {
  readonly by: LikenessKind;
  /** The model's name. */
  readonly model: string;
  /** Tells its weights and the way from others. */
  readonly identity: string;
  /** Numbers in a vector. */
  readonly dimensions: number;
}

/** A picture of an index. */
export interface IndexedPicture {
  readonly name: string;
  /** Of its file, when it was looked at. */
  readonly bytes: number;
  /** When its file was changed, in milliseconds since 1970. */
  readonly modified: number;
  /** The direction of its vector; `dimensions` numbers. */
  readonly vector: Int8Array;
}

/** Pictures with vectors of one maker. */
export interface PictureIndex {
  readonly maker: VectorMaker;
  readonly pictures: readonly IndexedPicture[];
}

/** Begins every file; the digit counts changes of the layout. */
const magic = "mnv2idx1";
const hashAt = 8;
const headAt = 40;
/** Magic, hash, and how long the header is. */
const fixedBytes = 44;
const mostDimensions = 65_536;
/** What the header's JSON may hold. */
const mostPictures = 400_000;

/**
 * An index as a file: magic, SHA-256 of all that follows it, the header's length (32 bits, little-endian),
 * the header as JSON, and the vectors, a byte for each number.
 *
 * @throws MobileNetError `invalid-argument` where it is no index, or has more than 400,000 pictures.
 *
 * @example
 * ```ts
 * const maker = { by: "layout", model: "cifar10", identity: "1", dimensions: 2 } as const;
 * const picture = { name: "a.jpg", bytes: 9, modified: 0, vector: Int8Array.of(127, 3) };
 * const file = encodePictureIndex({ maker, pictures: [picture] });
 * decodePictureIndex(file).pictures[0].name; // "a.jpg"
 * ```
 */
export function encodePictureIndex(index: PictureIndex): Uint8Array {
  checkIndex(index, "encodePictureIndex");
  const { maker, pictures } = index;
  if (pictures.length > mostPictures) {
    throw wrongArgument("encodePictureIndex", `at most ${mostPictures} pictures`, pictures.length);
  }
  const { by, model, identity, dimensions } = maker;
  const rows = pictures.map(({ name, bytes, modified }) => [name, bytes, modified]);
  const head = new TextEncoder().encode(
    JSON.stringify({ maker: { by, model, identity, dimensions }, pictures: rows }),
  );
  const file = new Uint8Array(fixedBytes + head.length + pictures.length * dimensions);
  file.set(new TextEncoder().encode(magic));
  new DataView(file.buffer).setUint32(headAt, head.length, true);
  file.set(head, fixedBytes);
  for (const [i, { vector }] of pictures.entries()) {
    const at = fixedBytes + head.length + i * dimensions;
    file.set(new Uint8Array(vector.buffer, vector.byteOffset, dimensions), at);
  }
  file.set(fromHex(sha256(file.subarray(headAt))), hashAt);
  return file;
}

/**
 * The index of a file.
 *
 * @throws MobileNetError `invalid-data` where it is no such file, of another version, cut short or damaged.
 *
 * @example
 * ```ts
 * const maker = { by: "content", model: "imagenet", identity: "1", dimensions: 1280 } as const;
 * decodePictureIndex(encodePictureIndex({ maker, pictures: [] })).maker.model; // "imagenet"
 * ```
 */
export function decodePictureIndex(bytes: Uint8Array): PictureIndex {
  if (!(bytes instanceof Uint8Array)) {
    throw wrongArgument("decodePictureIndex", "a file's bytes", bytes);
  }
  if (isDetached(bytes)) {
    throw wrongArgument("decodePictureIndex", "a file's bytes in memory", detachedWords);
  }
  const start = String.fromCharCode(...bytes.subarray(0, hashAt));
  if (start !== magic) {
    const isOther = start.startsWith(magic.slice(0, -1));
    throw damaged(isOther ? "an index of another version" : "no index of pictures", quote(start));
  }
  if (bytes.length < fixedBytes) throw damaged("an index that was cut short", `${bytes.length}`);
  const hash = toHex(bytes.subarray(hashAt, headAt));
  if (sha256(bytes.subarray(headAt)) !== hash) throw damaged("a damaged index", "another hash");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vectorsAt = fixedBytes + view.getUint32(headAt, true);
  if (vectorsAt > bytes.length) throw damaged("a damaged index", "a header beyond its end");
  const { maker, rows } = readHeader(bytes.subarray(fixedBytes, vectorsAt));
  const { dimensions } = maker;
  if (bytes.length !== vectorsAt + rows.length * dimensions) {
    throw damaged("a damaged index", `vectors of ${bytes.length - vectorsAt} bytes`);
  }
  const pictures = rows.map((row, i): IndexedPicture => {
    const at = bytes.byteOffset + vectorsAt + i * dimensions;
    return { ...row, vector: new Int8Array(bytes.buffer, at, dimensions) };
  });
  return { maker, pictures };
}

type Row = Omit<IndexedPicture, "vector">;

function readHeader(bytes: Uint8Array): { readonly maker: VectorMaker; readonly rows: Row[] } {
  let head: unknown;
  try {
    head = parseJson(bytes, "the index");
  } catch {
    throw damaged("a damaged index", "a header that is no JSON");
  }
  const { maker, pictures } = isRecord(head) ? head : {};
  if (!isMaker(maker)) throw damaged("a damaged index", `maker ${quote(maker)}`);
  if (!Array.isArray(pictures)) throw damaged("a damaged index", `pictures ${quote(pictures)}`);
  const rows = pictures.map((row: unknown): Row => {
    const [name, size, modified] = Array.isArray(row) ? row : [];
    if (typeof name === "string" && isAmount(size) && isAmount(modified)) {
      return { name, bytes: size, modified };
    }
    throw damaged("a damaged index", `picture ${quote(row)}`);
  });
  const { by, model, identity, dimensions } = maker;
  return { maker: { by, model, identity, dimensions }, rows };
}

function isMaker(value: unknown): value is VectorMaker {
  const { by, model, identity, dimensions } = fieldsOf(value);
  const isKind = by === "layout" || by === "content";
  const isSize = isAmount(dimensions) && dimensions >= 1 && dimensions <= mostDimensions;
  const isWhole = Number.isInteger(dimensions);
  return isKind && typeof model === "string" && typeof identity === "string" && isSize && isWhole;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** Refuses what is no index, or has vectors of another length. */
export function checkIndex(index: PictureIndex, call: string): void {
  const { maker, pictures } = fieldsOf(index);
  if (!isMaker(maker) || !Array.isArray(pictures)) {
    throw wrongArgument(call, "an index of pictures, as indexPictures gives", index);
  }
  for (const picture of pictures as unknown[]) {
    const { name, bytes, modified, vector } = fieldsOf(picture);
    const isVector = vector instanceof Int8Array && vector.length === maker.dimensions;
    if (typeof name === "string" && isAmount(bytes) && isAmount(modified) && isVector) continue;
    throw wrongArgument(call, `pictures with ${maker.dimensions} numbers each`, picture);
  }
}

/** Whether vectors of two makers can be compared. */
export function isSameMaker(a: VectorMaker, b: VectorMaker): boolean {
  return a.by === b.by && a.identity === b.identity && a.dimensions === b.dimensions;
}

function damaged(summary: string, received: string): MobileNetError {
  return new MobileNetError("invalid-data", summary, {
    expected: "an index that this version wrote, whole",
    received,
    remedy: "Remove the file; the next look at the pictures makes it again.",
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
