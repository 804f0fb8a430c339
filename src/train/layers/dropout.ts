/** Dropout (Srivastava et al., 2014), inverted: what is kept grows, so that evaluation needs no factor. */
import type { Random } from "../../random.ts";
import { sampleSize } from "../plan.ts";
import { addInto, type Values, zerosLike } from "../values.ts";
import type { Layer } from "./layer.ts";

/** Draws 0 or 1 / (1 − rate) for each value and multiplies by it; `mask` keeps what was drawn. */
function dropoutForward(
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

/** The operation; the values themselves where nothing is dropped. */
export const dropoutLayer: Layer<"dropout"> = {
  forward({ output: shape }, { count, inputs, output, dropout: rate, random, kept }) {
    const size = count * sampleSize(shape);
    if (output !== inputs[0]) output.set(inputs[0]!.subarray(0, size));
    delete kept.mask;
    if (random === undefined || rate === 0) return;
    const mask = zerosLike(output, size);
    kept.mask = mask;
    dropoutForward(output, { mask, count: size, rate, random });
  },
  backward({ output: shape }, { count, gradient, inputGradients: [dx], kept: { mask } }) {
    if (dx === undefined) return;
    const size = count * sampleSize(shape);
    if (mask === undefined) addInto(dx, gradient, size);
    else for (let i = 0; i < size; i++) dx[i] = dx[i]! + gradient[i]! * mask[i]!;
  },
};
