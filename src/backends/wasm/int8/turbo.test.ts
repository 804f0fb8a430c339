import { describe, expect, it } from "vitest";
import { runnable } from "../../../../test/int8/variants.ts";
import { enableTurbo } from "../turbo.ts";
import { bytes } from "./bytes.ts";
import * as relaxedKernels from "./kernels-relaxed.generated.ts";
import { kernels, memoryFlagAt } from "./kernels-turbo.generated.ts";
import { chooseVariant } from "./load.ts";
import { hasUnsignedDots } from "./probe.ts";
import { checkedTurbo, turboBytes } from "./turbo.ts";
import { differenceBetween } from "./turbo-check.ts";
import { words } from "./words.ts";

describe("8-bit turbo kernels", () => {
  const ordinary = runnable(bytes, relaxedKernels);

  it("give the ordinary kernels' bits", async () => {
    const turbo = runnable(turboBytes, { kernels, memoryFlagAt });
    expect(await differenceBetween(ordinary, turbo)).toBeUndefined();
  });

  // Instructions whose results only some of the kernels' ways depend on.
  it.each([
    ["sums that are not rounded back", [0xfd, 0xb1, 0x01], [0xfd, 0xae, 0x01]],
    ["unsigned narrowing that is signed", [0xfd, 0x66], [0xfd, 0x65]],
    ["shifts by other numbers", [0x41, 0x10, 0xfd, 0xab, 0x01], [0x41, 0x11, 0xfd, 0xab, 0x01]],
  ])("are refused where they give others: %s", async (_, from, to) => {
    const wasm = Buffer.from(kernels, "base64");
    const [wrong, right] = [Buffer.from(to), Buffer.from(from)];
    expect(wasm.indexOf(right)).toBeGreaterThan(0);
    for (let at = wasm.indexOf(right); at >= 0; at = wasm.indexOf(right, at + 1))
      wrong.copy(wasm, at);
    const turbo = runnable(turboBytes, { kernels: wasm.toString("base64"), memoryFlagAt });
    expect(await differenceBetween(ordinary, turbo)).toMatch(/where .* is right/);
  });

  it("are taken where turbo is on and dot products take unsigned bytes, and only there", async () => {
    const without = hasUnsignedDots() ? bytes : words;
    expect((await chooseVariant()).engine).toBe(without.engine);
    const { enabled } = await enableTurbo();
    const joins = enabled && hasUnsignedDots();
    expect((await chooseVariant()).engine).toBe((joins ? turboBytes : without).engine);
    if (joins) expect(await checkedTurbo()).toBe(await chooseVariant());
  });
});
