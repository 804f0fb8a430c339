/** Dropout (Srivastava et al., 2014), inverted: what is kept grows, so that evaluation needs no factor. */
import type { Random } from "../../random.ts";
import type { Values } from "../values.ts";

/** Draws 0 or 1 / (1 − rate) for each value and multiplies by it; `mask` keeps what was drawn. */
export function dropoutForward(
  x: Values,
  {
    mask,
    count,
    rate,
    random,
  }: {
    readonly mask: Values;
    readonly count: number;
    readonly rate: number;
    readonly random: Random;
  },
): void {
  for (let i = 0; i < count; i++) {
    mask[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
    x[i] = x[i]! * mask[i]!;
  }
}

/** The gradient passes where the value did. */
export function dropoutBackward(dy: Values, mask: Values, count: number): void {
  for (let i = 0; i < count; i++) dy[i] = dy[i]! * mask[i]!;
}
