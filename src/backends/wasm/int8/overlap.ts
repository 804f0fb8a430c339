/**
 * How far a block's output may follow on the heels of its input, as in ../overlap.ts: a group of
 * output rows is written once all input rows that it and the groups before need have been expanded.
 */
import type { Slot } from "../../../compile/program.ts";
import { resolvePads } from "../../../graph/shapes.ts";
import { imageBytes, pixelBytes } from "./context.ts";
import { blockMemory } from "./encode.ts";
import { type BlockJob, convolutionOf } from "./jobs.ts";
import type { Variant } from "./variant.ts";

/** Bytes that a block's output has to start before its input, at least. */
export function blockLead(job: BlockJob, threads: number, variant: Variant): number {
  const { expand, depthwise, project } = job;
  const [input] = (expand ?? depthwise).inputs as readonly [Slot];
  const { output } = project;
  const wide = (depthwise.inputs[0] as Slot).shape;
  const window = convolutionOf(depthwise);
  const reach = (window.kernel[0] - 1) * window.dilation + 1;
  const { top } = resolvePads(window, wide[1], wide[2]);
  const expansion = expand && convolutionOf(expand);
  const expandTop = expansion ? resolvePads(expansion, input.shape[1], input.shape[2]).top : 0;
  const { groupRows } = blockMemory(job, threads, variant);
  const [images, rows] = output.shape;
  const inputRowBytes = input.shape[2] * pixelBytes(input, variant);
  const outputRowBytes = output.shape[2] * pixelBytes(output, variant);
  /** The first input row that is needed once the group from `start` to `end` may be written. */
  const firstNeeded = (start: number, end: number): number => {
    if (expansion === undefined) return Math.max(0, start * window.stride - top);
    const expanded = Math.max(0, Math.min((end - 1) * window.stride - top + reach, wide[1]));
    if (expanded === wide[1]) return input.shape[1];
    return Math.max(0, Math.min(expanded * expansion.stride - expandTop, input.shape[1]));
  };
  let lead = Number.NEGATIVE_INFINITY;
  for (const image of new Set([0, images - 1])) {
    for (let start = 0; start < rows; start += groupRows) {
      const end = Math.min(start + groupRows, rows);
      const written = image * imageBytes(output, variant) + end * outputRowBytes;
      const needed = image * imageBytes(input, variant) + firstNeeded(start, end) * inputRowBytes;
      lead = Math.max(lead, written - needed);
    }
  }
  return lead;
}
