/** Activations as what they are here: pieces of straight lines, some of which are flat. */

/** The names, as parts carry them. */
export const activationNames = [
  "relu",
  "relu6",
  "relu6-wide",
  "biased",
  "leaky",
  "linear",
] as const;

/** One of them. */
export type ActivationName = (typeof activationNames)[number];

/** An activation, and what it is applied to. */
export interface ManifoldActivation {
  readonly words: string;
  /** Where one piece ends and the next begins, rising. */
  readonly kinks: readonly number[];
  /** Of each piece; one more than there are kinks. */
  readonly slopes: readonly number[];
  /** Root of the mean square of what goes in, which for 1 is as a batch norm leaves it. */
  readonly rms: number;
  /** Whether each channel has a bias, drawn with the same root of the mean square. */
  readonly biased: boolean;
}

const relu = { kinks: [0], slopes: [0, 1], rms: 1, biased: false };
const relu6 = { ...relu, kinks: [0, 6], slopes: [0, 1, 0] };

/** By name. ReLU, a leaky ReLU and a linear layer do the same at every scale; ReLU6 does not. */
export const activations: { readonly [Name in ActivationName]: ManifoldActivation } = {
  relu: { ...relu, words: "ReLU" },
  relu6: { ...relu6, words: "ReLU6" },
  "relu6-wide": { ...relu6, words: "ReLU6, inputs × 3", rms: 3 },
  biased: { ...relu, words: "ReLU with a bias", biased: true },
  leaky: { ...relu, words: "leaky ReLU, 0.1", slopes: [0.1, 1] },
  linear: { ...relu, words: "linear", kinks: [], slopes: [1] },
};

/** On which piece a value lies; at a kink on the lower one. */
export function pieceOf({ kinks }: ManifoldActivation, value: number): number {
  let piece = 0;
  while (piece < kinks.length && value > kinks[piece]!) piece++;
  return piece;
}

/** The activation of a value; each goes through the origin. */
export function applyActivation({ kinks, slopes }: ManifoldActivation, value: number): number {
  if (value <= 0) return slopes[0]! * value;
  let [sum, from] = [0, 0];
  for (let piece = 0; piece < slopes.length; piece++) {
    const to = piece < kinks.length ? Math.min(value, kinks[piece]!) : value;
    if (to <= from) continue;
    sum += slopes[piece]! * (to - from);
    from = to;
  }
  return sum;
}
