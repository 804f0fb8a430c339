/**
 * What the compiler is told about the float32 kernels, and a float32 program made ready on either
 * build of them.
 */
import type { Program, Target, Work } from "../../compile/program.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import type { SynchronousExecutable } from "../backend.ts";
import { type BlockPlan, choosePatches, planBlock } from "./choose.ts";
import { partsOf } from "./encode.ts";
import { WasmExecutable } from "./executable.ts";
import type { Team } from "./instance.ts";
import { blockOverlap } from "./overlap.ts";
import { panelWidth } from "./pack.ts";

/** What the compiler has to know about the WebAssembly kernels. */
export const wasmTarget: Target = {
  name: "wasm",
  channelAlignment: panelWidth,
  fuseBlocks: true,
  fuseStem: true,
  imageByImage: true,
  workspaceBytes: (work) => blockPlanOf(work)?.workspaceBytes ?? 0,
  overlapLead: (work, pitches) => {
    const plan = blockPlanOf(work);
    return plan && blockOverlap(plan, work, pitches);
  },
};

/** What a float32 program runs on. */
export interface FloatTeam extends Team {
  /** Whether the module is the turbo build; for the description. */
  readonly turbo?: boolean;
}

/** Makes a float32 program ready on a module that was compiled for this number of threads. */
export function prepareFloat(
  program: Program,
  module: WebAssembly.Module,
  team: FloatTeam,
): SynchronousExecutable {
  return new WasmExecutable(program, module, { ...team, scratchBytes: scratchBytesOf(program) });
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
