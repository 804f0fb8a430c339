/** Exact dot products: that they are the instruction's, and that the kernels have them everywhere. */
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as relaxedKernels from "../../src/backends/wasm/int8/kernels-relaxed.generated.ts";
import * as turboKernels from "../../src/backends/wasm/int8/kernels-turbo.generated.ts";
import { hasUnsignedDots, probeModule } from "../../src/backends/wasm/int8/probe.ts";
import { calleeOf, callOf, exactDots, placesOf, relaxedDot } from "./exact-dots.ts";
import { decode, exactKernels, variants } from "./variants.ts";

/** The function of a probe: 16 weights, 16 values and 4 sums to 4 sums. */
function dotsOf(
  module: Uint8Array<ArrayBuffer>,
): (weights: Int8Array, values: Uint8Array, sums: Int32Array) => readonly number[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const { m, f } = exports as { m: WebAssembly.Memory; f: (address: number) => void };
  return (weights, values, sums) => {
    new Int8Array(m.buffer, 0, 16).set(weights);
    new Uint8Array(m.buffer, 16, 16).set(values);
    const results = new Int32Array(m.buffer, 32, 4);
    results.set(sums);
    f(0);
    return [...results];
  };
}

const weightBytes = fc.int8Array({ minLength: 16, maxLength: 16 });
const valueBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const fourSums = fc.int32Array({ minLength: 4, maxLength: 4 });

describe("exact dot products", () => {
  const dots = dotsOf(exactDots(probeModule));

  it("pass for the instruction where it takes unsigned bytes whole", () => {
    expect(hasUnsignedDots(exactDots(probeModule))).toBe(true);
  });

  it("add four products of a signed and an unsigned byte to a sum that wraps around", () => {
    fc.assert(
      fc.property(weightBytes, valueBytes, fourSums, (weights, values, sums) => {
        const expected = Array.from(sums, (sum, lane) =>
          [0, 1, 2, 3].reduce((total, i) => {
            const at = lane * 4 + i;
            return (total + (weights[at] as number) * (values[at] as number)) | 0;
          }, sum),
        );
        expect(dots(weights, values, sums)).toEqual(expected);
      }),
      { examples: extremes(), numRuns: 2000 },
    );
  });

  it("give what the instruction gives, where this engine's takes unsigned bytes", () => {
    if (!hasUnsignedDots()) return;
    const native = dotsOf(probeModule);
    fc.assert(
      fc.property(weightBytes, valueBytes, fourSums, (weights, values, sums) => {
        expect(dots(weights, values, sums)).toEqual(native(weights, values, sums));
      }),
      { examples: extremes(), numRuns: 2000 },
    );
  });
});

/** Whatever it stands for in a number, it is no instruction. */
const undefinedInstruction = [0xfd, 0xff, 0x07];

/** The largest products and the largest sums, of either sign. */
function extremes(): [Int8Array, Uint8Array, Int32Array][] {
  return [-128, 127].flatMap((weight) =>
    [-(2 ** 31), 0, 2 ** 31 - 1].map((sum): [Int8Array, Uint8Array, Int32Array] => [
      new Int8Array(16).fill(weight),
      new Uint8Array(16).fill(255),
      new Int32Array(4).fill(sum),
    ]),
  );
}

describe.each([
  ["relaxed", relaxedKernels],
  ["turbo", turboKernels],
])("the %s kernels with exact dot products", (_, built) => {
  const shipped = decode(built.kernels);
  const exact = decode(exactKernels(built).kernels);
  const calls = placesOf(callOf(calleeOf(shipped)), exact);

  it("run without relaxed SIMD: every such instruction is replaced", () => {
    expect(WebAssembly.validate(exact)).toBe(true);
    expect(calls.length).toBe(placesOf(relaxedDot, shipped).length);
    expect(calls.length).toBeGreaterThan(50);
  });

  it("differ in instructions only, not in numbers that look like them", () => {
    for (const at of calls) {
      const broken = exact.slice();
      broken.set(undefinedInstruction, at);
      expect(WebAssembly.validate(broken), `at ${at}`).toBe(false);
    }
  });
});

it("the comparisons with the reference leave no module of the kernels out", () => {
  const folder = new URL("../../src/backends/wasm/int8/", import.meta.url);
  const built = readdirSync(folder).filter((name) => /^kernels.*\.generated\.ts$/.test(name));
  expect(variants).toHaveLength(built.length);
});
