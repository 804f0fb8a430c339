/**
 * What the compiler is told about the float32 kernels, and a float32 program made ready on either
 * build of them.
 */
import { placeFor } from "../../compile/place-memory.ts";
import type { Program, Target, Work } from "../../compile/program.ts";
import type { Node, NodeOf } from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import type { SynchronousExecutable } from "../backend.ts";
import { type BlockPlan, choosePatches, planBlock } from "./choose.ts";
import { partsOf } from "./encode.ts";
import { type FloatTeam, WasmExecutable } from "./executable.ts";
import { blockLead } from "./overlap.ts";
import { panelWidth } from "./pack.ts";

/** What the compiler has to know about the float32 kernels, on one thread. */
export const floatTarget: Target = {
  name: "wasm",
  channelAlignment: panelWidth,
  fuseBlocks: true,
  fuseStem: true,
  imageByImage: true,
  workspaceBytes: (work) => blockPlanOf(work)?.workspaceBytes ?? 0,
  scratchBytes,
  overlapLead,
};

/** Makes a float32 program ready on a module that was compiled for this number of threads. */
export function prepareFloat(
  program: Program,
  module: WebAssembly.Module,
  team: FloatTeam,
): SynchronousExecutable {
  const { threads } = team;
  return new WasmExecutable(placeFor(program, { ...floatTarget, threads }), module, team);
}

/** A depthwise convolution that stands alone is a block without expansion and projection. */
function isBlock(node: Node): node is NodeOf<"invertedResidual" | "depthwiseConv2d"> {
  return node.op === "invertedResidual" || node.op === "depthwiseConv2d";
}

function blockPlanOf(work: Work): BlockPlan | undefined {
  const { node, inputs, output, parameters } = work;
  if (!isBlock(node)) return undefined;
  const { expand, depthwise, project } = partsOf(node);
  const channels = parameters.get(depthwise.weights)?.shape.at(-1) ?? 0;
  const { shape } = inputs[0];
  return planBlock({ expand, depthwise, project, input: shape, output: output.shape, channels });
}

function overlapLead(work: Work): number | undefined {
  const { node, inputs, output } = work;
  const plan = blockPlanOf(work);
  if (plan === undefined || !isBlock(node)) return undefined;
  const { expand, depthwise } = partsOf(node);
  const { rows, columns, groupRows } = plan;
  return blockLead({
    input: inputs[0],
    output,
    elementBytes: 4,
    expand,
    depthwise,
    rows,
    columns,
    // A block that goes by slices of channels writes all rows at the end.
    groupRows: groupRows || output.shape[1],
    // A shortcut adds the rows of the group itself.
    readFrom: node.op === "invertedResidual" && node.residual ? (start) => start : undefined,
  });
}

function scratchBytes(work: Work): number {
  const { node, inputs, output } = work;
  if (node.op === "conv2d" && !isPointwise(node)) {
    const { shape } = inputs[0];
    return choosePatches(node, shape[3], output.shape[2]).scratchBytes;
  }
  return blockPlanOf(work)?.scratchBytes ?? 0;
}
