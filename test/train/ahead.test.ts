/** Samples made ahead: bounded, in order, and nothing is left over. */
import { describe, expect, it } from "vitest";
import { makeAhead } from "../../src/train/data/ahead.ts";
import type { SampleRequest } from "../../src/train/data/samples.ts";

const request = (index: number): SampleRequest => ({ index, key: [7, index] });
const requests = (...indices: number[]): SampleRequest[] => indices.map(request);

/** What was started, in order. */
function recorded(most: number) {
  const started: number[] = [];
  const ahead = makeAhead(async ({ index }) => {
    started.push(index);
    if (index === 99) throw new Error("damaged");
    return Float32Array.of(index);
  }, most);
  return { started, ahead };
}

describe("samples made ahead", () => {
  it("are as many as are allowed; reading one starts the next", async () => {
    const { started, ahead } = recorded(3);
    ahead.prefetch(requests(4, 5, 6, 7, 8));
    expect(started).toEqual([4, 5, 6]);
    expect((await ahead.take(request(4)))[0]).toBe(4);
    expect(started).toEqual([4, 5, 6, 7]);
    // Read before its turn: made at once, and not again.
    expect((await ahead.take(request(8)))[0]).toBe(8);
    await ahead.take(request(5));
    expect(started).toEqual([4, 5, 6, 7, 8]);
  });

  it("are forgotten where they are not asked for any more", async () => {
    const { started, ahead } = recorded(2);
    ahead.prefetch(requests(1, 2));
    ahead.prefetch(requests(2, 3));
    expect(started).toEqual([1, 2, 3]);
    await ahead.take(request(1));
    expect(started).toEqual([1, 2, 3, 1]);
  });

  it("fail where they are read, and only there", async () => {
    const { ahead } = recorded(2);
    ahead.prefetch(requests(99, 1));
    await new Promise((resolve) => setTimeout(resolve, 0));
    await expect(ahead.take(request(99))).rejects.toThrow(/damaged/);
    expect((await ahead.take(request(1)))[0]).toBe(1);
  });
});
