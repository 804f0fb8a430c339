/**
 * The figures of the paper (arXiv 1801.04381v4) and of its published checkpoints, as printed. What
 * this project counts for each, and why some differ, stands in docs/paper-figures.md.
 */

/** One of the 22 checkpoints: multiply-adds in millions, parameters in millions. */
export interface Checkpoint {
  readonly width: number;
  readonly resolution: number;
  readonly multiplyAdds: number;
  readonly parameters: number;
}

const checkpointRows: readonly (readonly [number, number, number, number])[] = [
  [1.4, 224, 582, 6.06],
  [1.3, 224, 509, 5.34],
  [1.0, 224, 300, 3.47],
  [1.0, 192, 221, 3.47],
  [1.0, 160, 154, 3.47],
  [1.0, 128, 99, 3.47],
  [1.0, 96, 56, 3.47],
  [0.75, 224, 209, 2.61],
  [0.75, 192, 153, 2.61],
  [0.75, 160, 107, 2.61],
  [0.75, 128, 69, 2.61],
  [0.75, 96, 39, 2.61],
  [0.5, 224, 97, 1.95],
  [0.5, 192, 71, 1.95],
  [0.5, 160, 50, 1.95],
  [0.5, 128, 32, 1.95],
  [0.5, 96, 18, 1.95],
  [0.35, 224, 59, 1.66],
  [0.35, 192, 43, 1.66],
  [0.35, 160, 30, 1.66],
  [0.35, 128, 20, 1.66],
  [0.35, 96, 11, 1.66],
];

/** The table of checkpoints that came with the paper's code. */
export const checkpoints: readonly Checkpoint[] = checkpointRows.map(
  ([width, resolution, multiplyAdds, parameters]) => ({
    width,
    resolution,
    multiplyAdds,
    parameters,
  }),
);

/** Table 3: channels and kilobytes at 16 bits of the largest tensor at each resolution. */
export const table3: readonly {
  readonly size: number;
  readonly v1: { readonly channels: number; readonly kilobytes: number };
  readonly v2: { readonly channels: number; readonly kilobytes: number };
}[] = [
  { size: 112, v1: { channels: 64, kilobytes: 1600 }, v2: { channels: 16, kilobytes: 400 } },
  { size: 56, v1: { channels: 128, kilobytes: 800 }, v2: { channels: 32, kilobytes: 200 } },
  { size: 28, v1: { channels: 256, kilobytes: 400 }, v2: { channels: 64, kilobytes: 100 } },
  { size: 14, v1: { channels: 512, kilobytes: 200 }, v2: { channels: 160, kilobytes: 62 } },
  { size: 7, v1: { channels: 1024, kilobytes: 199 }, v2: { channels: 320, kilobytes: 32 } },
  { size: 1, v1: { channels: 1024, kilobytes: 2 }, v2: { channels: 1280, kilobytes: 2 } },
];

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
