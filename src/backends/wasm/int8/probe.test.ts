import { describe, expect, it } from "vitest";
import { chooseVariant } from "./load.ts";
import { hasUnsignedDots } from "./probe.ts";

describe("the choice of 8-bit kernels", () => {
  it("takes bytes only where relaxed dot products take them unsigned and whole", async () => {
    const { engine, valueBytes } = await chooseVariant();
    const expected = hasUnsignedDots()
      ? { engine: "wasm relaxed simd int8", valueBytes: 1 }
      : { engine: "wasm simd128 int8", valueBytes: 2 };
    expect({ engine, valueBytes }).toEqual(expected);
  });

  it("finds no such dot products where the engine rejects them or lets sums saturate", (context) => {
    const [major = 0] = process.versions.node.split(".").map(Number);
    if (major >= 24) context.skip("this Node compiles them; the processor decides");
    expect(hasUnsignedDots()).toBe(false);
  });
});
