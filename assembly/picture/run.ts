/**
 * From a picture's bytes to rows of a network's input: the same operations in the same order and
 * precision as resize.ts and preprocess.ts in src/image/, so that the bits are theirs.
 */
import { heldRow } from "./columns";
import { Strip } from "./strip";
import { mixRows, quantize, writeLuma } from "./values";

/** Makes a strip's rows. */
export function run(strip: Strip): void {
  const bytes = strip.bytes != 0;
  const values = strip.columns * (strip.grey == 0 ? 3 : strip.grey);
  let into = strip.output;
  const end = <usize>strip.rows * 4;
  for (let at: usize = 0; at < end; at += 4) {
    const upper = load<i32>(strip.upper + at);
    const lower = load<i32>(strip.lower + at);
    const top = heldRow(strip, upper, load<i32>(strip.upperAt + at), lower);
    const bottom = heldRow(strip, lower, load<i32>(strip.lowerAt + at), upper);
    const mixed = bytes || strip.grey != 0 ? strip.mixed : into;
    mixRows(strip, top, bottom, load<f32>(strip.down + at), mixed);
    if (strip.grey != 0) writeLuma(strip, mixed, bytes ? mixed : into);
    if (bytes) quantize(strip, mixed, into, values);
    into += <usize>values * (bytes ? 1 : 4);
  }
}
