/** The ranges that people feed to networks of pictures, and which ranges networks work on. */
import { type Preprocess, ranges } from "../image/presets.ts";

/** What a byte from 0 to 255 becomes, channel by channel. */
export type Range = Pick<Preprocess, "scale" | "offset">;

export type Channel = 0 | 1 | 2;
export const channels: readonly Channel[] = [0, 1, 2];

/** A range from its channels. */
export function rangeByChannel(
  of: (channel: Channel) => readonly [scale: number, offset: number],
): Range {
  const [red, green, blue] = [of(0), of(1), of(2)];
  return { scale: [red[0], green[0], blue[0]], offset: [red[1], green[1], blue[1]] };
}

/** What people feed to networks. */
export const inputRanges: readonly Range[] = [ranges.bytes, ranges.unit, ranges.signed];

/** How far two ranges' ends lie apart, at most. */
export function distanceOf(a: Range, b: Range): number {
  const ends = channels.map((c) => {
    const low = a.offset[c] - b.offset[c];
    return Math.max(Math.abs(low), Math.abs(255 * (a.scale[c] - b.scale[c]) + low));
  });
  return Math.max(...ends);
}

/**
 * Whether a network is fed such a range: −1 to 1, 0 to 1, bytes, deviations from a mean, or bytes less
 * their mean. What is made of −1 to 1 has to be one of the first three, or it would fit too often.
 */
export function isUsualRange(range: Range, from: Range): boolean {
  const near = (other: Range, tolerance: number): boolean => distanceOf(range, other) <= tolerance;
  if (near(ranges.signed, 0.02) || near(ranges.unit, 0.02) || near(ranges.bytes, 2)) return true;
  if (near(ranges.imagenet, 0.1)) return true;
  if (from === ranges.signed) return false;
  return channels.every((c) => {
    const low = range.offset[c];
    const width = 255 * range.scale[c];
    const deviations = width > 0.9 && width < 8 && low <= 0.05 && low > -4 && low + width > 0.4;
    const centred = Math.abs(width - 255) < 2 && low <= -90 && low >= -140;
    return deviations || centred;
  });
}
