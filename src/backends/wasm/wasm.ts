/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call.
 */
import type { Program } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { Backend, Executable } from "../backend.ts";
import { availableThreads, threadObstacle } from "./host.ts";
import type { Team } from "./instance.ts";
import { compileKernels } from "./module.ts";
import { prepareFloat, wasmTarget } from "./prepare.ts";
import { mostHelpers } from "./thread-source.ts";
import { threadPool } from "./threads.ts";
import { turboCompiler } from "./turbo.ts";

/** Threads that "auto" takes at most: small planes have no work for more. */
const mostAutomatic = 4;

/** Runs programs with WebAssembly SIMD kernels, on several threads where they are asked for. */
export const wasmBackend: Backend = {
  name: "wasm",
  target: wasmTarget,
  prepare: async (program, { threads = 1 } = {}) => {
    const one = await prepareImage(program, chooseThreads(threads));
    if (program.images === 1) return one;
    const { ImageQueue } = await import("./image-queue.ts");
    return new ImageQueue(program, one);
  },
};

/** A program made ready for one image. */
async function prepareImage(program: Program, team: Team): Promise<Executable> {
  if (hasBytes(program)) {
    const { prepareInt8 } = await import("./int8/executable.ts");
    return prepareInt8(program, team);
  }
  const turbo = turboCompiler();
  const module = await (turbo ?? compileKernels)(team.threads > 1);
  if (team.threads > 1) await threadPool().settle();
  return prepareFloat(program, module, { ...team, turbo: turbo !== undefined });
}

/** Whether feature maps are 8-bit; their kernels are loaded when they are first needed. */
function hasBytes({ inputs, outputs, steps }: Program): boolean {
  const slots = [...inputs, ...outputs, ...steps.map(({ output }) => output)];
  return slots.some(({ dtype }) => dtype !== "float32");
}

function chooseThreads(threads: number | "auto"): Team {
  const wanted = threads === "auto" ? Math.min(availableThreads(), mostAutomatic) : threads;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new MobileNetError("invalid-argument", "bad number of threads", {
      expected: 'a whole number from 1 on, or "auto"',
      received: `${threads}`,
    });
  }
  if (wanted === 1) return { threads: 1 };
  const obstacle = threadObstacle();
  if (obstacle !== undefined) return { threads: 1, obstacle };
  const team = Math.min(wanted, mostHelpers + 1);
  return threadPool().start(team - 1)
    ? { threads: team }
    : { threads: 1, obstacle: "threads may not be started here" };
}
