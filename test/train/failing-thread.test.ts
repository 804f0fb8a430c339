/** A helper that fails ends the pass with an error instead of leaving the leader waiting. */
import { expect, it } from "vitest";
import { planTraining } from "../../src/train/plan.ts";
import { layOut } from "../../src/train/wasm/layout.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { writeRecord } from "../../src/train/wasm/records.ts";
import { smallGraph } from "./networks.ts";

it("a failing helper is reported", async () => {
  const plan = planTraining(smallGraph());
  const network = await createWasmNetwork(plan, { batch: 64, threads: 2 });
  const helper = layOut(plan, 64, 2).workers[1]?.record as number;
  // Scratch memory of the helper alone, beyond the memory's end.
  writeRecord(network.input.buffer, "Worker", helper, { blockX: 0xffff_0000 });
  const passes = async (): Promise<void> => {
    for (let pass = 0; pass < 10_000; pass++) {
      network.forward(64, { training: false });
      // The helper comes when it has started; its messages need the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await expect(passes()).rejects.toMatchObject({
    code: "internal",
    message: expect.stringMatching(/failed on one of its threads/),
  });
  network.dispose();
});
