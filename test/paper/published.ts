/**
 * The figures of the paper (arXiv 1801.04381v4) and of its published checkpoints, as printed. What
 * this project counts for each, and why some differ, stands in docs/paper-figures.md.
 */

import { printedTable3 } from "../../src/experiments/memory/printed.ts";

export { checkpoints } from "../../src/experiments/trade-offs/checkpoints.ts";

/** Table 3: channels and kilobytes at 16 bits of the largest tensor at each resolution. */
export const table3: readonly {
  readonly size: number;
  readonly v1: { readonly channels: number; readonly kilobytes: number };
  readonly v2: { readonly channels: number; readonly kilobytes: number };
}[] = printedTable3.map(({ size, v1, v2 }) => ({
  size,
  v1: { channels: v1[0], kilobytes: v1[1] },
  v2: { channels: v2[0], kilobytes: v2[1] },
}));

/** How a figure was shortened to what is printed. */
export type Shortening = "rounded" | "truncated";

/** Printed in multiples of `unit` with so many decimals. */
export interface PrintedForm {
  readonly unit: number;
  readonly decimals: number;
  readonly how: Shortening;
}

/** Printed in millions. */
export function millions(decimals: number, how: Shortening = "rounded"): PrintedForm {
  return { unit: 1e6, decimals, how };
}

/** Printed in billions. */
export function billions(decimals: number, how: Shortening = "rounded"): PrintedForm {
  return { unit: 1e9, decimals, how };
}

/** What would be printed for a figure of ours, to compare with what was. */
export function printAs(figure: number, { unit, decimals, how }: PrintedForm): number {
  const scaled = (figure / unit) * 10 ** decimals;
  return (how === "rounded" ? Math.round(scaled) : Math.floor(scaled)) / 10 ** decimals;
}
