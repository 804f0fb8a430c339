/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call.
 */
import type { Program } from "../../compile/program.ts";
import type { Backend, SynchronousExecutable } from "../backend.ts";
import type { Team } from "./instance.ts";
import { compileKernels } from "./module.ts";
import { floatTarget, prepareFloat } from "./prepare.ts";
import { chooseTeam } from "./team.ts";
import { threadPool } from "./threads.ts";
import { turboCompiler } from "./turbo.ts";

/** Threads that "auto" takes at most: small planes have no work for more. */
const mostAutomatic = 4;

/** Runs programs with WebAssembly SIMD kernels, on several threads where they are asked for. */
export const wasmBackend: Backend<SynchronousExecutable> = {
  name: "wasm",
  target: floatTarget,
  prepare: async (program, { threads = 1 } = {}) => {
    const one = await prepareImage(program, chooseTeam(threads, mostAutomatic));
    if (program.images === 1) return one;
    const { ImageQueue } = await import("./image-queue.ts");
    return new ImageQueue(program, one);
  },
};

/** A program made ready for one image. */
async function prepareImage(program: Program, team: Team): Promise<SynchronousExecutable> {
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
