/**
 * Programs and graphs made ready on the WebAssembly kernels. What concerns 8-bit networks alone is
 * loaded with the first of them, what the compiler has to know included; the backend itself, whose
 * target has to be at hand at once, is in wasm.ts.
 */
import { compile } from "../../compile/compile.ts";
import { hasBytes } from "../../compile/plan-memory.ts";
import { hasByteMaps, type Program, type Target } from "../../compile/program.ts";
import type { Graph } from "../../graph/ir.ts";
import type { LoadedGraph, PrepareOptions, SynchronousExecutable } from "../backend.ts";
import { needsHost } from "./encode-elementwise.ts";
import type { Team } from "./instance.ts";
import { loadHostSteps } from "./load-host-steps.ts";
import { compileKernels } from "./module.ts";
import { floatTarget, prepareFloat } from "./prepare.ts";
import { chooseTeam, mostAutomatic } from "./team.ts";
import { turboCompiler } from "./turbo.ts";

/** A graph compiled for the kernels and threads that will run it, and made ready. */
export async function loadOnWasm(
  graph: Graph,
  { threads = 1 }: PrepareOptions = {},
): Promise<LoadedGraph> {
  const team = await chooseTeam(threads, mostAutomatic);
  const program = compile(graph, await targetOf(graph, team.threads));
  return { program, executable: await prepareFor(program, team) };
}

/** What the compiler has to know to compile a graph for the kernels that will run it. */
export async function targetOf(graph: Graph, threads: number): Promise<Target> {
  const target = { ...floatTarget, threads };
  if (!hasBytes(graph)) return target;
  const { rulesHere } = await import("./int8/load.ts");
  const rules = await rulesHere(threads);
  return { ...target, quantized: () => rules };
}

/** A program made ready, planned anew where it was not for these kernels and threads. */
export async function prepareOnWasm(
  program: Program,
  { threads = 1 }: PrepareOptions = {},
): Promise<SynchronousExecutable> {
  return prepareFor(program, await chooseTeam(threads, mostAutomatic));
}

async function prepareFor(program: Program, team: Team): Promise<SynchronousExecutable> {
  const one = await prepareImage(program, team);
  if (program.images === 1) return one;
  const { ImageQueue } = await import("./image-queue.ts");
  return new ImageQueue(program, one);
}

/** A program made ready for one image. */
async function prepareImage(program: Program, team: Team): Promise<SynchronousExecutable> {
  if (hasByteMaps(program)) {
    const { prepareHere } = await import("./int8/load.ts");
    return prepareHere(program, team);
  }
  const turbo = turboCompiler();
  const module = await (turbo ?? compileKernels)(team.threads > 1);
  await team.pool?.settle();
  const hostSteps = program.steps.some(needsHost) ? await loadHostSteps(program) : undefined;
  return prepareFloat(program, module, { ...team, turbo: turbo !== undefined, hostSteps });
}
