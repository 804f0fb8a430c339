/** The turbo build of the training kernels: the same bits, or it is left alone. */
import { describe, expect, it } from "vitest";
import { moduleCompiler } from "../../src/backends/wasm/module.ts";
import { enableTurbo } from "../../src/backends/wasm/turbo.ts";
import { planTraining } from "../../src/train/plan.ts";
import { kernels, memoryFlagAt } from "../../src/train/wasm/kernels-turbo.generated.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { trainingDifferenceOf } from "../../src/train/wasm/turbo-check.ts";
import { smallGraph } from "./networks.ts";

const engine = (base64: string) => ({
  compiler: moduleCompiler(base64, memoryFlagAt),
  name: "under test",
});

describe("turbo's training kernels", () => {
  it("give the ordinary kernels' bits", async () => {
    expect(await trainingDifferenceOf(engine(kernels), () => undefined)).toBeUndefined();
  });

  it("are refused where they give others", async () => {
    // Every product of vectors becomes a sum: f32x4.mul (0xe6) to f32x4.add (0xe4).
    const bytes = Buffer.from(kernels, "base64");
    const product = Buffer.from([0xfd, 0xe6, 0x01]);
    for (let at = bytes.indexOf(product); at >= 0; at = bytes.indexOf(product, at)) {
      bytes[at + 1] = 0xe4;
    }
    const sums = engine(bytes.toString("base64"));
    expect(await trainingDifferenceOf(sums, () => undefined)).toMatch(/where .* is right/);
  });

  it("run where turbo is on", async () => {
    const { enabled } = await enableTurbo();
    const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 1 });
    expect(network.description).toBe(
      enabled ? "wasm simd128 turbo, 1 thread" : "wasm simd128, 1 thread",
    );
    network.dispose();
  });
});
