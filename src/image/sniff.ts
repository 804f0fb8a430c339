/**
 * What a file is and how large its picture says it is, read from its first bytes alone. Nothing is
 * decoded and nothing is allocated, so a header that claims 60,000 × 60,000 pixels costs nothing;
 * names of files are never trusted.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { checkSize, type ResolvedLimits } from "./limits.ts";

/** The picture formats that are told apart. */
export type ImageFormat = "jpeg" | "png" | "gif" | "webp" | "bmp" | "avif" | "heic" | "tiff";

/** A file's format and, where the header is cheap to read, its edges in pixels. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, before any EXIF rotation. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/**
 * The format and size of a picture file, or undefined if the bytes are no picture format known here.
 *
 * @example
 * ```ts
 * const bytes = await readFile("examples/images/astronaut.png");
 * sniffImage(bytes); // { format: "png", size: { width: 512, height: 512 } }
 * ```
 */
export function sniffImage(bytes: Uint8Array): ImageHeader | undefined {
  // Memory that was moved to another thread is empty, and cannot be viewed either.
  if (bytes.length === 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, "\xff\xd8\xff")) return { format: "jpeg", size: jpegSize(view) };
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return { format: "png", size: pngSize(view) };
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) {
    return { format: "gif", size: gifSize(view) };
  }
  if (startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8)) {
    return { format: "webp", size: webpSize(view) };
  }
  if (startsWith(bytes, "BM")) return { format: "bmp", size: bmpSize(view) };
  if (startsWith(bytes, "ftyp", 4)) {
    const brands = brandsOf(view);
    if (["avif", "avis"].some((brand) => brands.includes(brand))) {
      return { format: "avif", size: undefined };
    }
    if (heicBrands.some((brand) => brands.includes(brand))) {
      return { format: "heic", size: undefined };
    }
  }
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].some((magic) => startsWith(bytes, magic))) {
    return { format: "tiff", size: undefined };
  }
  return undefined;
}

/**
 * Reads a file's header and refuses what is no picture or too large a one, before anything is
 * allocated for it.
 *
 * @throws MobileNetError `invalid-image`
 */
export function checkHeader(bytes: Uint8Array, limits: ResolvedLimits): ImageHeader {
  const header = sniffImage(bytes);
  if (header === undefined) {
    throw new MobileNetError("invalid-image", "not a picture that can be decoded", {
      expected: "JPEG, PNG, WebP, GIF, BMP, AVIF or TIFF",
      received: describeBytes(bytes),
      remedy:
        bytes.length === 0 ? "Fetch or save it again." : "Convert it to one of these formats.",
    });
  }
  if (header.size !== undefined) checkSize(header.size, limits);
  return header;
}

/** What some bytes look like, for an error message: `PDF`, `text that begins "hello"`. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  for (const [magic, name] of otherFormats) if (startsWith(bytes, magic)) return name;
  const head = latin(bytes, 0, 64).replace(/^\xef\xbb\xbf/, "");
  if (/^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(head) && /[\x20-\x7e]/.test(head)) {
    if (/^\s*(<\?xml|<!--|<svg)/i.test(head)) return "SVG or other XML";
    if (/^\s*<(!doctype|html|head|body)/i.test(head)) return "an HTML page";
    const start = head
      .replace(/[^\x20-\x7e]+/g, " ")
      .trim()
      .slice(0, 24);
    return `text that begins ${quote(start)}`;
  }
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `${bytes.length} bytes that begin ${hex.join(" ")}`;
}

const otherFormats: readonly (readonly [magic: string, name: string])[] = [
  ["%PDF", "a PDF document"],
  ["%!PS", "a PostScript document"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "gzip-compressed data"],
  ["\xff\x0a", "a JPEG XL picture"],
  ["\0\0\0\x0cJXL ", "a JPEG XL picture"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000 picture"],
  ["8BPS", "a Photoshop document"],
];

type Size = ImageHeader["size"];

/** HEIF's brands: HEVC inside, or just the container. */
const heicBrands: readonly string[] = [
  ...["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"],
  ...["mif1", "mif2", "msf1"],
];

/** The brands of the first box, `ftyp`: the major one, and those that the file is compatible with. */
function brandsOf(view: DataView): readonly string[] {
  const end = Math.min(view.getUint32(0), view.byteLength, 256);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= Math.max(end, 12) && at + 4 <= view.byteLength; at += 4) {
    // Between them stands the version.
    if (at !== 12) brands.push(latinOf(view, at));
  }
  return brands;
}

function jpegSize(view: DataView): Size {
  const at = frameAt(view);
  return at === undefined
    ? undefined
    : { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
}

/** Where a JPEG's frame header begins, with its marker; nothing where there is none before the scans. */
export function frameOffset(bytes: Uint8Array): number | undefined {
  return frameAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** Whether a JPEG's scans refine the whole picture one after the other. */
export function isProgressive(bytes: Uint8Array): boolean {
  return (bytes[(frameOffset(bytes) ?? 0) + 1]! & 3) === 2;
}

/**
 * JPEG: the frame header (SOFn) after any number of other segments, each `FF marker length`. What some
 * phones write between them is skipped, as decoders do.
 */
function frameAt(view: DataView): number | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || marker === 0 || marker === 0xff) {
      at += 1; // stray or fill byte
    } else if (marker === 0xda) {
      return undefined;
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2; // no payload
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return at;
    } else {
      at += 2 + Math.max(2, view.getUint16(at + 2));
    }
  }
  return undefined;
}

function pngSize(view: DataView): Size {
  if (view.byteLength < 24) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function gifSize(view: DataView): Size {
  if (view.byteLength < 10) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** WebP: the first chunk is lossy (`VP8 `), lossless (`VP8L`) or extended (`VP8X`). */
function webpSize(view: DataView): Size {
  if (view.byteLength < 30) return undefined;
  const chunk = view.getUint32(12);
  if (chunk === 0x56503820) {
    const [width, height] = [view.getUint16(26, true), view.getUint16(28, true)];
    return { width: width & 0x3fff, height: height & 0x3fff };
  }
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk === 0x56503858) {
    return {
      width: (view.getUint32(24, true) & 0xffffff) + 1,
      height: (view.getUint32(26, true) >>> 8) + 1,
    };
  }
  return undefined;
}

/** BMP: 16-bit edges in the 12-byte header, signed 32-bit ones (negative: top-down) in the others. */
function bmpSize(view: DataView): Size {
  if (view.byteLength < 26) return undefined;
  if (view.getUint32(14, true) === 12) {
    return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}

function startsWith(bytes: Uint8Array, magic: string, at = 0): boolean {
  if (bytes.length < at + magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  return true;
}

function latinOf(view: DataView, at: number): string {
  return latin(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at, at + 4);
}

/** Bytes as characters of the same number. */
function latin(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
