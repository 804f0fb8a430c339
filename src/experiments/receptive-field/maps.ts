/** Feature maps as pictures show them: which channels, and what is black and white in each. */
import type { NodeValues } from "../../index.ts";

/** A map's values: NHWC of one picture. */
type MapValues = Pick<NodeValues, "shape" | "data">;

/** What a channel's values are like over the map. */
export interface ChannelSpread {
  readonly channel: number;
  readonly least: number;
  readonly most: number;
  readonly variance: number;
}

/** The channels of a map, those first whose values vary most. */
export function variedChannels({ shape, data }: MapValues): readonly ChannelSpread[] {
  const channels = shape.at(-1)!;
  const pixels = data.length / channels;
  const spreads = Array.from({ length: channels }, (_, channel): ChannelSpread => {
    let [sum, squares] = [0, 0];
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let p = 0; p < pixels; p++) {
      const value = data[p * channels + channel]!;
      sum += value;
      squares += value * value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return { channel, least, most, variance: squares / pixels - (sum / pixels) ** 2 };
  });
  return spreads.sort((a, b) => b.variance - a.variance);
}

/** A channel in grey, black at its least value and white at its largest; of one value, black. */
export function greyLevels(
  { shape, data }: MapValues,
  { channel, least, most }: ChannelSpread,
): Uint8Array {
  const channels = shape.at(-1)!;
  return Uint8Array.from({ length: data.length / channels }, (_, p) =>
    Math.round((255 * (data[p * channels + channel]! - least)) / (most - least || 1)),
  );
}
