import { expect, it } from "vitest";
import { ActiveCounts } from "./active-channels.ts";

it("channels are active above 0, and open below 6 as well", () => {
  const counts = new ActiveCounts(4, 2);
  // Three positions: 3 positive of which 1 is at 6; 1 positive; none.
  counts.add(Float32Array.from([1, 5.9, 6, 0, 0, 0, 0.1, 0]));
  counts.add(Float32Array.from([0, 0, 0, 0]));
  const { positive, open, below } = counts.figures();
  expect(positive).toMatchObject({ least: 0, most: 3 });
  expect(positive.mean).toBeCloseTo(4 / 3, 4);
  // Of 3, 1 and 0 around 4/3: √(14/9).
  expect(positive.deviation).toBeCloseTo(Math.sqrt(14) / 3, 3);
  expect(open).toMatchObject({ least: 0, mean: 1, most: 2 });
  // Two of three positions have fewer than two open channels.
  expect(below).toBeCloseTo(2 / 3, 4);
});
