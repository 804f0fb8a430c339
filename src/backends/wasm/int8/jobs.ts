/**
 * What runs as one operation in 8 bits: mostly a step by itself, but a depthwise convolution joins
 * the convolutions around it, so that the expanded tensor never exists as a whole (section 5.1).
 * Every value is still rounded to 8 bits in between, and the bits stay the same.
 */
import type { Program, Slot, Step } from "../../../compile/program.ts";
import type { Convolution, Node } from "../../../graph/ir.ts";
import { isPointwise } from "../../../graph/shapes.ts";

/** One operation of the kernels. */
export type Job = StepJob | BlockJob;

export interface StepJob {
  readonly kind: "step";
  readonly step: Step;
}

/** expand (where there is one; the stem for the first block) → depthwise → project. */
export interface BlockJob {
  readonly kind: "block";
  readonly expand?: Step;
  readonly depthwise: Step;
  readonly project: Step;
}

/** The step's node as a convolution. */
export function convolutionOf({ node }: Step): Convolution & Pick<Node, "name"> {
  return node as Convolution & Node;
}

/** What a job reads. */
export function inputsOf(job: Job): readonly Slot[] {
  if (job.kind === "step") return job.step.inputs;
  return (job.expand ?? job.depthwise).inputs;
}

/** What a job writes. */
export function outputOf(job: Job): Slot {
  return job.kind === "step" ? job.step.output : job.project.output;
}

/** Joins the steps of inverted residuals. */
export function joinSteps({ steps, outputs }: Program): readonly Job[] {
  const uses = new Map<string, number>();
  for (const { name } of [...outputs, ...steps.flatMap(({ inputs }) => inputs)]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const byOutput = new Map(steps.map((step) => [step.output.name, step]));
  const joined = new Set<Step>();
  /** The step that makes a slot nobody else reads, and that belongs to no block yet. */
  const maker = (slot: Slot | undefined, op: Node["op"]): Step | undefined => {
    const step = slot && uses.get(slot.name) === 1 ? byOutput.get(slot.name) : undefined;
    return step?.node.op === op && step.output.quantization && !joined.has(step) ? step : undefined;
  };
  const blocks = new Map<Step, BlockJob>();
  for (const project of steps) {
    if (project.node.op !== "conv2d" || !isPointwise(project.node)) continue;
    const depthwise = maker(project.inputs[0], "depthwiseConv2d");
    if (depthwise === undefined) continue;
    const before = maker(depthwise.inputs[0], "conv2d");
    const expand = before?.inputs.length === 1 ? before : undefined;
    blocks.set(project, {
      kind: "block",
      ...(expand === undefined ? {} : { expand }),
      depthwise,
      project,
    });
    for (const step of [expand, depthwise, project]) if (step !== undefined) joined.add(step);
  }
  return steps.flatMap((step): Job[] => {
    const block = blocks.get(step);
    if (block !== undefined) return [block];
    return joined.has(step) ? [] : [{ kind: "step", step }];
  });
}
