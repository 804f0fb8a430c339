/**
 * How far a block's output may follow on the heels of its input. A group of output rows is written
 * once all input rows that it and the groups before need have been expanded, so that the rows of the
 * input before the next group's are free, except those that the shortcut still adds.
 */
import type { Work } from "../../compile/program.ts";
import { resolvePads } from "../../graph/shapes.ts";
import type { BlockPlan } from "./choose.ts";
import { partsOf } from "./encode.ts";

/** Bytes that the output has to start before the input; undefined where they must not overlap. */
export function blockOverlap(
  plan: BlockPlan,
  { node, inputs, output }: Work,
  pitches: { readonly input: number; readonly output: number },
): number | undefined {
  const [input] = inputs;
  if (input === undefined) return undefined;
  if (node.op !== "invertedResidual" && node.op !== "depthwiseConv2d") return undefined;
  const residual = node.op === "invertedResidual" && node.residual;
  const { expand, depthwise } = partsOf(node);
  const [images, inputRows, inputColumns] = input;
  const [, outputRows, outputColumns] = output;
  const inputRowBytes = inputColumns * pitches.input * 4;
  const outputRowBytes = outputColumns * pitches.output * 4;
  const reach = (depthwise.kernel[0] - 1) * depthwise.dilation + 1;
  const { top } = resolvePads(depthwise, plan.rows, plan.columns);
  const expandTop = expand === undefined ? 0 : resolvePads(expand, inputRows, inputColumns).top;
  /** The first input row that is needed once the output rows before `end` may be written. */
  const firstNeeded = (end: number, start: number): number => {
    if (plan.groupRows === 0 || end === outputRows) return residual ? start : inputRows;
    const expanded = Math.max(0, Math.min((end - 1) * depthwise.stride - top + reach, plan.rows));
    const next = Math.max(0, Math.min(expanded * (expand?.stride ?? 1) - expandTop, inputRows));
    return residual ? Math.min(start, next) : next;
  };
  const step = plan.groupRows === 0 ? outputRows : plan.groupRows;
  let lead = Number.NEGATIVE_INFINITY;
  for (const image of new Set([0, images - 1])) {
    for (let start = 0; start < outputRows; start += step) {
      const end = Math.min(start + step, outputRows);
      const written = (image * outputRows + end) * outputRowBytes;
      const needed = (image * inputRows + firstNeeded(end, start)) * inputRowBytes;
      lead = Math.max(lead, written - needed);
    }
  }
  return lead;
}
