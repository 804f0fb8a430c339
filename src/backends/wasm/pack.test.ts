import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileKernels, instantiateKernels } from "./module.ts";
import { ParameterMemory, panelsOf, panelWidth } from "./pack.ts";

/** Packs with the kernel; gives the panels' values and what lies behind them. */
async function pack(
  data: Float32Array,
  { depth, outputs, factors }: { depth: number; outputs: number; factors?: Float64Array },
): Promise<{ packed: Float32Array; behind: Float32Array }> {
  const parameters = new ParameterMemory(4096);
  const before = parameters.place(1, (target) => target.fill(7));
  const at = parameters.placePanels({ data, factors }, { depth, outputs });
  const behind = parameters.place(1, (target) => target.fill(9));
  const work = Math.ceil(parameters.end / 64) * 64;
  const memory = new WebAssembly.Memory({ initial: 20, maximum: 20 });
  parameters.writeTo(
    memory.buffer,
    instantiateKernels(await compileKernels(false), memory, () => {}),
    work,
  );
  expect(new Float32Array(memory.buffer, before, 1)[0]).toBe(7);
  const end = new Uint8Array(memory.buffer, work + parameters.workBytes);
  expect(end.every((byte) => byte === 0)).toBe(true);
  const count = panelsOf(outputs) * depth * panelWidth;
  return {
    packed: new Float32Array(memory.buffer, at, count).slice(),
    behind: new Float32Array(memory.buffer, behind, 1).slice(),
  };
}

describe("weights in panels", () => {
  it("put output o of row r at lane o mod 8 of row r of panel o / 8, times its factor", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        // Rows of which one piece holds many, few, or not even one.
        fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(512, 1001, 4100)),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        async (rows, outputs, spare, scales) => {
          const data = Float32Array.from({ length: rows * outputs }, (_, i) => Math.sin(i + 1));
          const factors = Float64Array.from({ length: outputs }, (_, o) => Math.cos(o) * 1.7);
          const depth = rows + spare;
          const { packed, behind } = await pack(data, {
            depth,
            outputs,
            ...(scales ? { factors } : {}),
          });
          const expected = new Float32Array(packed.length);
          for (let row = 0; row < rows; row++) {
            for (let o = 0; o < outputs; o++) {
              const value = data[row * outputs + o]!;
              const lane = o % panelWidth;
              expected[(((o - lane) / panelWidth) * depth + row) * panelWidth + lane] = scales
                ? value * factors[o]!
                : value;
            }
          }
          expect(packed).toEqual(expected);
          expect(behind[0]).toBe(9);
        },
      ),
      { numRuns: 30 },
    );
  });
});
