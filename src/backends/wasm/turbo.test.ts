import { describe, expect, it } from "vitest";
import { compile } from "../../compile/compile.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { storesBytes } from "./int8/probe.ts";
import { kernels, memoryFlagAt } from "./kernels-turbo.generated.ts";
import { moduleCompiler } from "./module.ts";
import { enableTurbo, refuseTurbo, turboCompiler } from "./turbo.ts";
import { differenceOf } from "./turbo-check.ts";
import { wasmBackend } from "./wasm.ts";

const turbo = moduleCompiler(kernels, memoryFlagAt);

describe("turbo kernels", () => {
  it("give the ordinary kernels' bits", async () => {
    expect(await differenceOf(turbo, () => undefined)).toBeUndefined();
  });

  it("are refused where they give others", async () => {
    // Every product of vectors becomes a sum: f32x4.mul (0xe6) to f32x4.add (0xe4).
    const bytes = Buffer.from(kernels, "base64");
    const product = Buffer.from([0xfd, 0xe6, 0x01]);
    for (let at = bytes.indexOf(product); at >= 0; at = bytes.indexOf(product, at)) {
      bytes[at + 1] = 0xe4;
    }
    const sums = moduleCompiler(bytes.toString("base64"), memoryFlagAt);
    expect(await differenceOf(sums, () => undefined)).toMatch(/where .* is right/);
  });
});

describe("enableTurbo", () => {
  it("says why not, or changes no bit; asked again it answers the same", async () => {
    const state = await enableTurbo();
    expect(await enableTurbo()).toEqual(state);
    expect(turboCompiler() !== undefined).toBe(state.enabled);
    if (!state.enabled) expect(state.reason).toMatch(/V8|Node/);
    const graph = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 32, classes: 4 }));
    const executable = await wasmBackend.prepare(compile(graph, wasmBackend.target));
    expect(executable.description.includes("turbo")).toBe(state.enabled);
    executable.dispose();
  });

  it("says which kernels join, and why others do not", async () => {
    const { enabled, reason, kernels } = await enableTurbo();
    const off = { enabled: false, reason };
    if (!enabled) {
      expect(kernels).toEqual({ float32: off, int8: off, training: off });
      return;
    }
    expect(kernels.float32).toEqual({ enabled: true });
    expect(kernels.training).toEqual({ enabled: true });
    expect(kernels.int8).toEqual(
      storesBytes()
        ? { enabled: true }
        : { enabled: false, reason: expect.stringMatching(/AVX-VNNI/) },
    );
  });

  it("tells what was found later, too", async () => {
    const { enabled, reason } = await enableTurbo();
    refuseTurbo("training", "a bit differs");
    const { kernels } = await enableTurbo();
    expect(kernels.training).toEqual({ enabled: false, reason: reason ?? "a bit differs" });
    expect(kernels.float32.enabled).toBe(enabled);
  });
});
