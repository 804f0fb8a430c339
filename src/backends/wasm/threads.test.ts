import { describe, expect, it } from "vitest";
import { randomWeights } from "../../../test/conformance/random.ts";
import { compile } from "../../compile/compile.ts";
import type { Program } from "../../compile/program.ts";
import { bindWeights } from "../../graph/bind.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import type { SynchronousExecutable } from "../backend.ts";
import { wasmBackend } from "./wasm.ts";

function smallProgram(batch: number): Program {
  const graph = mobilenetV2({ width: 0.35, resolution: [97, 65], batch });
  return compile(bindWeights(graph, randomWeights(graph, 3)), wasmBackend.target);
}

function outputOf(executable: SynchronousExecutable): Float32Array {
  const input = executable.input();
  for (let i = 0; i < input.length; i++) input[i] = Math.sin(i * 0.37);
  executable.run();
  return executable.output();
}

describe("threads", () => {
  it.each([1, 2])("change no bit of the result, with a batch of %i", async (batch) => {
    const program = smallProgram(batch);
    const alone = await wasmBackend.prepare(program);
    const expected = outputOf(alone);
    const together = await wasmBackend.prepare(program, { threads: 3 });
    // The helpers come up while the first runs are under way.
    for (let run = 0; run < 40; run++) {
      expect(outputOf(together)).toEqual(expected);
      if (run % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    alone.dispose();
    together.dispose();
  });

  it("serve several programs in turn, and later ones in the memory of earlier ones", async () => {
    const [one, two] = [smallProgram(1), smallProgram(2)];
    const expected = await Promise.all(
      [one, two].map(async (program) => outputOf(await wasmBackend.prepare(program))),
    );
    for (let round = 0; round < 3; round++) {
      const a = await wasmBackend.prepare(one, { threads: 2 });
      const b = await wasmBackend.prepare(two, { threads: 2 });
      for (let run = 0; run < 4; run++) {
        expect(outputOf(a)).toEqual(expected[0]);
        expect(outputOf(b)).toEqual(expected[1]);
      }
      a.dispose();
      b.dispose();
    }
  });

  it("are named in the description", async () => {
    const executable = await wasmBackend.prepare(smallProgram(1), { threads: 2 });
    expect(executable.description).toContain("2 threads");
    executable.dispose();
  });

  it.each([0, 1.5, Number.NaN])("refuses %d of them", async (threads) => {
    await expect(wasmBackend.prepare(smallProgram(1), { threads })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});
