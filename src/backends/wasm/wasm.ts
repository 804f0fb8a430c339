/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call.
 */
import type { Program, Target, Work } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import type { Backend } from "../backend.ts";
import { type BlockPlan, choosePatches, isPointwise, planBlock } from "./choose.ts";
import { partsOf } from "./encode.ts";
import { WasmExecutable } from "./executable.ts";
import { availableThreads, threadObstacle } from "./host.ts";
import type { Team } from "./instance.ts";
import { compileKernels } from "./module.ts";
import { blockOverlap } from "./overlap.ts";
import { panelWidth } from "./pack.ts";
import { mostHelpers } from "./thread-source.ts";
import { threadPool } from "./threads.ts";

/** Threads that "auto" takes at most: small planes have no work for more. */
const mostAutomatic = 4;

/** What the compiler has to know about the WebAssembly kernels. */
const target: Target = {
  name: "wasm",
  channelAlignment: panelWidth,
  fuseBlocks: true,
  fuseStem: true,
  workspaceBytes: (work) => blockPlanOf(work)?.workspaceBytes ?? 0,
  overlapLead: (work, pitches) => {
    const plan = blockPlanOf(work);
    return plan && blockOverlap(plan, work, pitches);
  },
};

/** Runs programs with WebAssembly SIMD kernels, on several threads where they are asked for. */
export const wasmBackend: Backend = {
  name: "wasm",
  target,
  prepare: async (program, { threads = 1 } = {}) => {
    const team = chooseThreads(threads);
    if (hasBytes(program)) {
      const { prepareInt8 } = await import("./int8/executable.ts");
      return prepareInt8(program, team);
    }
    const module = await compileKernels(team.threads > 1);
    if (team.threads > 1) await threadPool().settle();
    return new WasmExecutable(program, module, { ...team, scratchBytes: scratchBytesOf(program) });
  },
};

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

function blockPlanOf(work: Work): BlockPlan | undefined {
  const { node, inputs, output, parameters } = work;
  const input = inputs[0] as FeatureShape;
  if (node.op !== "invertedResidual" && node.op !== "depthwiseConv2d") return undefined;
  const { expand, depthwise, project } = partsOf(node);
  const channels = parameters.get(depthwise.weights)?.shape.at(-1) ?? 0;
  return planBlock({ expand, depthwise, project, input, output, channels });
}

/** Scratch memory of one thread. */
function scratchBytesOf({ steps, parameters }: Program): number {
  const needs = steps.map(({ node, inputs, output }) => {
    const shapes = inputs.map(({ shape }) => shape);
    const input = shapes[0] as FeatureShape;
    if (node.op === "conv2d" && !isPointwise(node)) {
      return choosePatches(node, input[3], output.shape[2]).scratchBytes;
    }
    const work = { node, inputs: shapes, output: output.shape, parameters };
    return blockPlanOf(work)?.scratchBytes ?? 0;
  });
  return Math.max(0, ...needs);
}
