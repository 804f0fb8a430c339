/**
 * How 8-bit values lie in memory, as far as it decides how much of it a program needs; the kernels that
 * read them are the variants' (variant.ts), which are loaded when a program is prepared.
 */
import type { FeatureLayout } from "../../../compile/program.ts";

/** One way of storing values. */
export interface Storage {
  readonly storage: string;
  readonly valueBytes: 1 | 2;
  /** Pixels of a pointwise tile. */
  readonly tilePixels: number;
  /** Output rows that a depthwise kernel with stride 1 makes at a time. */
  readonly filteredRows: number;
  /** Bytes of each thread's scratch memory that the kernels have for themselves. */
  readonly seedBytes: number;
}

/** 16-bit differences (words.ts), bytes (bytes.ts), and bytes in turbo's tiles (turbo.ts). */
export const storages: { readonly [S in "words" | "bytes" | "turbo"]: Storage } = {
  words: { storage: "words", valueBytes: 2, tilePixels: 4, filteredRows: 1, seedBytes: 0 },
  bytes: { storage: "bytes", valueBytes: 1, tilePixels: 6, filteredRows: 1, seedBytes: 0 },
  turbo: { storage: "turbo", valueBytes: 1, tilePixels: 6, filteredRows: 2, seedBytes: 96 },
};

/** Bytes from one pixel to the next. */
export function pixelBytes(
  { pitch, quantization }: FeatureLayout,
  { valueBytes }: Pick<Storage, "valueBytes">,
): number {
  return pitch * (quantization === undefined ? 4 : valueBytes);
}

/** Bytes of one image. */
export function imageBytes(layout: FeatureLayout, storage: Pick<Storage, "valueBytes">): number {
  return layout.shape[1] * layout.shape[2] * pixelBytes(layout, storage);
}
