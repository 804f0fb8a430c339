/**
 * The full golden outputs of other engines: tens of megabytes that lie beside the project, not in
 * it. Tests that need them are skipped, with the reason in their name, where the folder is absent;
 * `test/golden` holds a small set for every checkout.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import type { Graph } from "../../src/graph/ir.ts";
import type { RgbImage } from "../../src/image/image.ts";

const folder = fileURLToPath(new URL("../../../shared/golden/", import.meta.url));

/** Whether the folder is there. */
export const hasSharedGolden: boolean = existsSync(folder);

/** A title that says why its tests do not run. */
export function titleWithSharedGolden(title: string): string {
  return hasSharedGolden ? title : `${title} (skipped: no folder ../shared/golden)`;
}

/** A raw little-endian float32 file. */
export function readFloats(path: string): Float32Array {
  const bytes = readBytes(path);
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}

/** A raw uint8 file, in a buffer of its own. */
export function readBytes(path: string): Uint8Array {
  return Uint8Array.from(readFileSync(folder + path));
}

/** One of the official 8-bit models, which lie beside the golden outputs. */
export function readSharedModel(name: string): Graph {
  return readTflite(readFileSync(`${folder}../models/${name}.tflite`));
}

/** A JSON file. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(folder + path, "utf8"));
}

/** An image whose size stands in its name: `pets_512x430.u8`. */
export function readImage(path: string): RgbImage {
  const [, width, height] = /_(\d+)x(\d+)\.u8$/.exec(path) ?? [];
  return { width: Number(width), height: Number(height), data: readBytes(path) };
}

/** One entry of a `*.detections.json` file: `[x, y, width, height]` in pixels, not clipped. */
export interface GoldenDetection {
  readonly bbox: readonly [number, number, number, number];
  readonly class: string;
  readonly score: number;
}

/** The detection cases. */
export const detectionCases: readonly { readonly name: string; readonly input: string }[] = [
  { name: "pets", input: "pets_512x430.u8" },
  { name: "kite_and_cold", input: "kite_and_cold_1352x900.u8" },
  { name: "grace_hopper", input: "grace_hopper_512x600.u8" },
  { name: "cat", input: "cat_512x341.u8" },
];

/** The segmentation cases. */
export const segmentationCases: readonly { readonly name: string; readonly input: string }[] = [
  { name: "pets", input: "pets_512x430.u8" },
  { name: "grace_hopper", input: "grace_hopper_437x512.u8" },
];

/** The classification cases; inputs are preprocessed float32 values. */
export const classificationCases: readonly { readonly name: string; readonly input: string }[] = [
  { name: "cat", input: "cat_224x224.f32" },
  { name: "coffee", input: "coffee_224x224.f32" },
  { name: "grace_hopper", input: "grace_hopper_224x224.f32" },
];

/** The largest absolute difference between two lists of equal length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** A box `[x, y, width, height]` cut to a picture. */
export function clipped(
  [x, y, width, height]: readonly [number, number, number, number],
  image: { readonly width: number; readonly height: number },
): readonly number[] {
  const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const [left, top] = [clamp(x, image.width), clamp(y, image.height)];
  return [left, top, clamp(x + width, image.width) - left, clamp(y + height, image.height) - top];
}
