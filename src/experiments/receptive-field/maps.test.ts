/** Which channels of a feature map are shown, and how grey they are. */
import { describe, expect, it } from "vitest";
import { greyLevels, variedChannels } from "./maps.ts";

describe("a feature map's channels", () => {
  // Of two pixels: channel 0 is constant, 1 goes from −1 to 3, 2 from 5 to 6.
  const map = { shape: [1, 1, 2, 3], data: Float32Array.of(9, -1, 5, 9, 3, 6) };

  it("come in the order of their variance, with their extremes", () => {
    expect(variedChannels(map)).toEqual([
      { channel: 1, least: -1, most: 3, variance: 4 },
      { channel: 2, least: 5, most: 6, variance: 0.25 },
      { channel: 0, least: 9, most: 9, variance: 0 },
    ]);
  });

  it("are black where they are least and white where they are largest; black where constant", () => {
    const levels = variedChannels(map).map((spread) => [...greyLevels(map, spread)]);
    expect(levels).toEqual([
      [0, 255],
      [0, 255],
      [0, 0],
    ]);
  });
});
