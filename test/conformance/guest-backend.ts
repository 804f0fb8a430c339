/**
 * A backend that has `infer` alone, as one on a graphics card or in another library has: its engine
 * answers later, and its executables cannot be walked by hand. It computes with the reference.
 */
import type { Backend } from "../../src/backends/backend.ts";
import { queuedExecutable } from "../../src/backends/queued.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { eventLoopTurn } from "../../src/backends/turn.ts";

export const guestBackend: Backend = {
  name: "guest",
  target: { ...referenceBackend.target, name: "guest" },
  async prepare(program) {
    const hidden = await referenceBackend.prepare(program);
    return queuedExecutable(program, {
      description: "guest (another engine)",
      arenaBytes: hidden.arenaBytes,
      async infer(inputs) {
        await eventLoopTurn();
        const outputs = await hidden.infer(inputs.map(({ data }) => data));
        return outputs.map(({ data }) => data);
      },
      dispose: () => hidden.dispose(),
    });
  },
};
