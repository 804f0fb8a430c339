/** Table 3 as printed: the largest tensor at each resolution, in channels and in KB at 16 bits. */

/** A row of table 3. */
export interface Table3Row {
  /** Rows and columns. */
  readonly size: number;
  readonly v1: readonly [channels: number, kilobytes: number];
  readonly v2: readonly [channels: number, kilobytes: number];
  /** 2x, three groups. */
  readonly shuffleNet: readonly [channels: number, kilobytes: number];
}

/** Of arXiv 1801.04381, version 4, which is that of CVPR 2018. */
export const printedTable3: readonly Table3Row[] = [
  { size: 112, v1: [64, 1600], v2: [16, 400], shuffleNet: [32, 800] },
  { size: 56, v1: [128, 800], v2: [32, 200], shuffleNet: [48, 300] },
  { size: 28, v1: [256, 400], v2: [64, 100], shuffleNet: [400, 600] },
  { size: 14, v1: [512, 200], v2: [160, 62], shuffleNet: [800, 310] },
  { size: 7, v1: [1024, 199], v2: [320, 32], shuffleNet: [1600, 156] },
  { size: 1, v1: [1024, 2], v2: [1280, 2], shuffleNet: [1600, 3] },
];

/** Its last row, in KB. */
export const printedLargest = { v1: 1600, v2: 400, shuffleNet: 600 } as const;

/** The same row of version 1 of the paper. */
export const printedLargestBefore = { v1: 800, v2: 200, shuffleNet: 600 } as const;

/** What a tensor takes at 16 bits, in KB of 1000 bytes. */
export function kilobytes(size: number, channels: number): number {
  return (size * size * channels * 2) / 1000;
}
