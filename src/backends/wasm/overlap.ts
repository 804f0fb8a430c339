/**
 * How far a block's output may follow on the heels of its input, in float32 and in 8 bits. A group of
 * output rows is written once all input rows that it and the groups before need have been expanded, so
 * that the rows of the input before the next group's are free, except those that something still reads.
 */
import type { FeatureLayout } from "../../compile/program.ts";
import type { Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";

/** How a block goes over its rows. */
export interface RowFlow {
  readonly input: FeatureLayout;
  readonly output: FeatureLayout;
  readonly elementBytes: number;
  readonly expand: Window | undefined;
  readonly depthwise: Window;
  /** The plane between expansion and depthwise convolution. */
  readonly rows: number;
  readonly columns: number;
  /** Output rows that are written together. */
  readonly groupRows: number;
  /** The first input row that the group from `start` on and those after it read beside the expansion. */
  readonly readFrom?: ((start: number, top: number) => number) | undefined;
}

/** Bytes that the output has to start before the input, at least. */
export function blockLead(flow: RowFlow): number {
  const { input, output, expand, depthwise, rows, columns, groupRows, readFrom } = flow;
  const [images, inputRows, inputColumns] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const inputRowBytes = inputColumns * input.pitch * flow.elementBytes;
  const outputRowBytes = outputColumns * output.pitch * flow.elementBytes;
  const reach = (depthwise.kernel[0] - 1) * depthwise.dilation + 1;
  const { top } = resolvePads(depthwise, rows, columns);
  const expandTop = expand === undefined ? 0 : resolvePads(expand, inputRows, inputColumns).top;
  /** The first input row that is needed once the output rows from `start` to `end` may be written. */
  const firstNeeded = (start: number, end: number): number => {
    const expanded = Math.max(0, Math.min((end - 1) * depthwise.stride - top + reach, rows));
    const all = end === outputRows || expanded === rows;
    const next = all ? inputRows : expanded * (expand?.stride ?? 1) - expandTop;
    return Math.max(0, Math.min(next, readFrom?.(start, top) ?? inputRows, inputRows));
  };
  let lead = Number.NEGATIVE_INFINITY;
  for (const image of new Set([0, images - 1])) {
    for (let start = 0; start < outputRows; start += groupRows) {
      const end = Math.min(start + groupRows, outputRows);
      const written = (image * outputRows + end) * outputRowBytes;
      const needed = (image * inputRows + firstNeeded(start, end)) * inputRowBytes;
      lead = Math.max(lead, written - needed);
    }
  }
  return lead;
}
