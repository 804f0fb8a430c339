import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Interval, placeIntervals } from "./place-intervals.ts";

describe("placeIntervals", () => {
  it("lets an output follow on the heels of the input that it may overwrite", () => {
    const input = { name: "input", bytes: 640, first: 0, last: 1 };
    const output = { name: "output", bytes: 1280, first: 1, last: 2 };
    const offsets = placeIntervals([input, { ...output, over: { name: "input", lead: 700 } }]);
    expect(offsets.get("output")).toBe(0);
    expect(offsets.get("input")).toBe(704);
  });

  it("lets an output stand where its input does when nothing has to be kept", () => {
    const input = { name: "input", bytes: 1280, first: 0, last: 1 };
    const output = { name: "output", bytes: 640, first: 1, last: 2 };
    const offsets = placeIntervals([input, { ...output, over: { name: "input", lead: -64 } }]);
    expect([...offsets.values()]).toEqual([0, 0]);
  });

  it("keeps apart what lives at the same time, but for outputs ahead of what they overwrite", () => {
    const life = fc.record({
      bytes: fc.integer({ min: 1, max: 5000 }),
      lead: fc.option(fc.integer({ min: -3000, max: 3000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(life, { minLength: 2, maxLength: 12 }), (lives) => {
        // A chain, each read by the next only, with scratch memory beside every step.
        const chain = lives.flatMap(({ bytes, lead }, step): Interval[] => {
          const over =
            step > 0 && lead !== undefined ? { over: { name: `${step - 1}`, lead } } : {};
          return [
            { name: `${step}`, bytes, first: step, last: step + 1, ...over },
            { name: `scratch ${step}`, bytes: 100, first: step, last: step },
          ];
        });
        const offsets = placeIntervals(chain);
        const at = ({ name }: Interval): number => offsets.get(name)!;
        for (const a of chain) {
          expect(at(a) % 64).toBe(0);
          for (const b of chain) {
            const meet = a !== b && a.first <= b.last && b.first <= a.last;
            if (!meet || at(a) + a.bytes <= at(b) || at(b) + b.bytes <= at(a)) continue;
            const [output, input] = a.over?.name === b.name ? [a, b] : [b, a];
            expect(output.over?.name).toBe(input.name);
            expect(at(output) + output.over!.lead).toBeLessThanOrEqual(at(input));
          }
        }
      }),
    );
  });

  it("leaves room for intervals whose offset is given", () => {
    const offsets = placeIntervals([
      { name: "large", bytes: 256, first: 0, last: 1 },
      { name: "given", bytes: 64, first: 0, last: 0, at: 128 },
      { name: "small", bytes: 128, first: 0, last: 0 },
    ]);
    expect(Object.fromEntries(offsets)).toEqual({ given: 128, large: 192, small: 0 });
  });
});
