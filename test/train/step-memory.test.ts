/** A batch that does not fit the memory goes through in passes, as many as it takes, and says so. */
import { describe, expect, it } from "vitest";
import type { Pictures } from "../../src/data/pictures.ts";
import { recipes } from "../../src/train/recipes.ts";
import { openSession } from "../../src/train/session.ts";

const pictures: Pictures = {
  count: 16,
  name: (index) => `picture ${index}`,
  label: (index) => index % 2,
  picture: async (index) => {
    return { width: 32, height: 32, data: new Uint8Array(3072).fill(index % 2 ? 200 : 30) };
  },
};
const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
const recipe = { ...recipes.small, epochs: 1, batch: 8, averageDecay: 0 };

const open = (memory?: number) => openSession({ data, recipe, width: 0.1, threads: 1, memory });

describe("a session's memory", () => {
  it("is that of a pass, and decides how many there are", async () => {
    const whole = await open();
    expect(whole.step).toMatchObject({ passes: 1, samples: 8, bytes: whole.step.wholeBytes });
    expect(whole.description).toMatch(/, batch 8, /);
    const { bytes } = whole.step;
    const divided = await open(bytes - 1);
    expect(divided.step).toMatchObject({ passes: 2, samples: 4, wholeBytes: bytes });
    expect(divided.step.bytes).toBeLessThan(bytes);
    expect(divided.network.batch).toBe(4);
    expect(divided.description).toMatch(/, batch 8 in 2 passes of 4, /);
    let samples = 0;
    for await (const event of divided.run()) if (event.kind === "step") samples += event.samples;
    expect(samples).toBe(16);
    for (const session of [whole, divided]) session.dispose();
  });

  it("is refused where not one sample fits, and where it is no number", async () => {
    await expect(open(1000)).rejects.toMatchObject({
      code: "memory",
      message: expect.stringMatching(/at most 1000 bytes, received \d+ for one sample.*--memory/),
    });
    for (const memory of [0, -1, Number.NaN, "1" as unknown as number]) {
      await expect(open(memory)).rejects.toThrow(/bad .*memory/);
    }
  });
});
