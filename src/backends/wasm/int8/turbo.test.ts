import { describe, expect, it } from "vitest";
import { moduleCompiler } from "../module.ts";
import { enableTurbo } from "../turbo.ts";
import { bytes } from "./bytes.ts";
import { kernels, memoryFlagAt } from "./kernels-turbo.generated.ts";
import { chooseVariant, hasUnsignedDots } from "./probe.ts";
import { checkedTurbo, turboBytes } from "./turbo.ts";
import { differenceBetween } from "./turbo-check.ts";

describe.skipIf(!hasUnsignedDots())("8-bit turbo kernels", () => {
  it("give the ordinary kernels' bits", async () => {
    expect(await differenceBetween(bytes, turboBytes)).toBeUndefined();
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
    const compile = moduleCompiler(wasm.toString("base64"), memoryFlagAt);
    expect(await differenceBetween(bytes, { ...turboBytes, compile })).toMatch(/where .* is right/);
  });

  it("are taken where turbo is on, and only there", async () => {
    expect((await chooseVariant()).engine).toBe(bytes.engine);
    const { enabled } = await enableTurbo();
    expect((await chooseVariant()).engine).toBe((enabled ? turboBytes : bytes).engine);
    if (enabled) expect(await checkedTurbo()).toBe(await chooseVariant());
  });
});
