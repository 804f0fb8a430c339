/**
 * A step that looks at single values, or at one pixel's channels, and how its pixels are shared out; what
 * becomes of the values (maps.ts) depends on how they are stored.
 */
import { Worker, forEachUnit } from "../parallel";
import { mapValues } from "./maps";

@unmanaged
export class Map {
  op: i32;
  bytes: i32;
  kind: i32;
  input: usize;
  /** The second operand, or a table. */
  other: usize;
  output: usize;
  /** Runs of pixels of channels, and the bytes between them. */
  outer: i32;
  pixels: i32;
  /** Pixels of a run that a thread takes at a time. */
  unitPixels: i32;
  channels: i32;
  /** Values from one pixel to the next where a run of pixels is one run of values, else 0. */
  flat: i32;
  inputStep: i32;
  outputStep: i32;
  inputPixel: i32;
  otherPixel: i32;
  outputPixel: i32;
  /** The input's zero point, where values are differences from it; for a table, the place of a stored 0. */
  zero: i32;
  /** What an addition multiplies its operands by. */
  scaleA: i32;
  scaleB: i32;
  shift: i32;
  /** Bounds as they are stored. */
  low: i32;
  high: i32;
  /** The 8-bit value that is stored as 0. */
  outputZero: i32;
  scale: f32;
  /** Zero points as they are stored. */
  zeroA: i32;
  zeroB: i32;
  zeroOutput: i32;
}

export function runMap(map: Map, worker: Worker): void {
  const across = (map.pixels + map.unitPixels - 1) / map.unitPixels;
  forEachUnit(worker, map.outer * across, mapUnit, changetype<usize>(map), 0, across);
}

/** Some pixels of a run. */
function mapUnit(work: usize, image: i32, across: i32, unit: i32, worker: Worker): void {
  const map = changetype<Map>(work);
  const run = <usize>(unit / across);
  const first = (unit % across) * map.unitPixels;
  const end = min(first + map.unitPixels, map.pixels);
  let input = map.input + run * map.inputStep + <usize>first * map.inputPixel;
  let output = map.output + run * map.outputStep + <usize>first * map.outputPixel;
  let other = map.other + <usize>first * map.otherPixel;
  if (map.flat) {
    mapValues(map, input, other, output, (end - first) * map.flat);
    return;
  }
  for (let pixel = first; pixel < end; pixel++) {
    mapValues(map, input, other, output, map.channels);
    input += map.inputPixel;
    other += map.otherPixel;
    output += map.outputPixel;
  }
}
