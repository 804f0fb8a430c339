/** Numbers that tell a model or data from others, for runs that go on. */
import type { DataSet } from "../data/pictures.ts";
import type { Graph } from "../graph/ir.ts";

const start = 0x811c9dc5;

/** FNV-1a, byte by byte. */
function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function format(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Of a model's weights, over their bits, in hexadecimal. */
export function hashWeights({ parameters }: Graph): string {
  let hash = start;
  for (const { data } of parameters.values()) {
    if (data === undefined) continue;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (const byte of bytes) hash = mix(hash, byte);
  }
  return format(hash);
}

/** An object's area says how a finished model is judged, and is nothing to train on. */
function withoutArea(name: string, value: unknown): unknown {
  return name === "area" ? undefined : value;
}

/**
 * Of all pictures in their order, in hexadecimal: their classes and the names of their files, but not
 * of the folders, which may have moved.
 */
export function hashPictures({ training, validation }: DataSet<unknown>): string {
  let hash = start;
  for (const part of [training, validation]) {
    for (let index = 0; index < part.count; index++) {
      const label = part.label(index);
      if (typeof label === "number") {
        for (let rest = label + 1; rest > 0; rest >>>= 8) hash = mix(hash, rest & 255);
      } else {
        const text = JSON.stringify(label, withoutArea) ?? "";
        for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i) & 255);
      }
      const name = part.name(index);
      for (
        let i = Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1;
        i < name.length;
        i++
      )
        hash = mix(hash, name.charCodeAt(i));
    }
    hash = mix(hash, 0);
  }
  return format(hash);
}
