/**
 * Batch normalisation (Ioffe and Szegedy, 2015) in its two ways: with the batch's own statistics while
 * training, and with the moving ones where it is frozen or the network is evaluated.
 */
import { sampleSize } from "../plan.ts";
import type { Values } from "../values.ts";
import type { Layer, Statistics } from "./layer.ts";

/** Mean and variance of each channel over `pixels`; the variance is divided by their number. */
export function batchMoments(
  x: Values,
  pixels: number,
  channels: number,
): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < pixels * channels; i++) mean[i % channels]! += x[i]!;
  for (let c = 0; c < channels; c++) mean[c]! /= pixels;
  for (let i = 0; i < pixels * channels; i++) {
    variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2;
  }
  for (let c = 0; c < channels; c++) variance[c]! /= pixels;
  return { mean, variance };
}

/**
 * Moves the moving statistics towards a batch's. The moving variance takes the unbiased estimate
 * (divided by pixels − 1), as TensorFlow's fused batch norm and PyTorch do.
 */
export function moveStatistics(
  moving: { readonly mean: Values; readonly variance: Values },
  batch: { readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number> },
  { decay, pixels }: { readonly decay: number; readonly pixels: number },
): void {
  const unbiased = pixels > 1 ? pixels / (pixels - 1) : 1;
  for (let c = 0; c < moving.mean.length; c++) {
    moving.mean[c] = decay * moving.mean[c]! + (1 - decay) * batch.mean[c]!;
    moving.variance[c] = decay * moving.variance[c]! + (1 - decay) * batch.variance[c]! * unbiased;
  }
}

/** The statistics in the form that both directions use. */
export function statisticsOf(
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  epsilon: number,
): Statistics {
  return {
    mean: Float64Array.from(mean),
    inverse: Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon)),
  };
}

/** `y = γ (x − mean) / √(variance + ε) + β` over `count` values. */
export function batchNormForward(
  { mean, inverse }: Statistics,
  count: number,
  values: {
    readonly x: Values;
    readonly gamma: Values;
    readonly beta: Values;
    readonly y: Values;
  },
): void {
  const { x, gamma, beta, y } = values;
  const channels = mean.length;
  for (let i = 0; i < count; i++) {
    const c = i % channels;
    const normalized = (x[i]! - mean[c]!) * inverse[c]!;
    y[i] = gamma[c]! * normalized + beta[c]!;
  }
}

/**
 * Adds to `dgamma`, `dbeta` and, where wanted, `dx`. Where the statistics are the
 * batch's (`ownStatistics`), they depend on x too, and dx loses its mean and its part along x̂.
 */
function batchNormBackward(
  { mean, inverse }: Statistics,
  count: number,
  values: {
    readonly x: Values;
    readonly gamma: Values;
    readonly dy: Values;
    readonly dgamma: Values;
    readonly dbeta: Values;
    readonly dx: Values | undefined;
    readonly ownStatistics: boolean;
  },
): void {
  const { x, gamma, dy, dgamma, dbeta, dx, ownStatistics } = values;
  const channels = mean.length;
  const sum = new Float64Array(channels);
  const along = new Float64Array(channels);
  for (let i = 0; i < count; i++) {
    const c = i % channels;
    const normalized = (x[i]! - mean[c]!) * inverse[c]!;
    sum[c]! += dy[i]!;
    along[c]! += dy[i]! * normalized;
  }
  const pixels = count / channels;
  for (let i = 0; dx !== undefined && i < count; i++) {
    const c = i % channels;
    const normalized = (x[i]! - mean[c]!) * inverse[c]!;
    const indirect = (sum[c]! + normalized * along[c]!) / pixels;
    const own = ownStatistics ? indirect : 0;
    dx[i] = dx[i]! + gamma[c]! * inverse[c]! * (dy[i]! - own);
  }
  for (let c = 0; c < channels; c++) {
    dgamma[c]! += along[c]!;
    dbeta[c]! += sum[c]!;
  }
}

/** The operation: trained with the batch's statistics, which move the moving ones, or with those. */
export const batchNormLayer: Layer<"batchNorm"> = {
  forward({ node, output: shape }, pass) {
    const { count, inputs, output, ownStatistics, batchNormDecay: decay, kept, values } = pass;
    const [mean, variance] = [values(node.mean), values(node.variance)];
    const x = inputs[0]!;
    if (ownStatistics) {
      const pixels = count * shape[1] * shape[2];
      const batch = batchMoments(x, pixels, shape[3]);
      moveStatistics({ mean, variance }, batch, { decay, pixels });
      kept.statistics = statisticsOf(batch.mean, batch.variance, node.epsilon);
    } else {
      kept.statistics = statisticsOf(mean, variance, node.epsilon);
    }
    const [gamma, beta] = [values(node.gamma), values(node.beta)];
    batchNormForward(kept.statistics, count * sampleSize(shape), { x, gamma, beta, y: output });
  },
  backward({ node, output: shape }, pass) {
    const { count, inputs, gradient, inputGradients, ownStatistics, kept } = pass;
    batchNormBackward(kept.statistics!, count * sampleSize(shape), {
      ...{ x: inputs[0]!, gamma: pass.values(node.gamma), dy: gradient, dx: inputGradients[0] },
      dgamma: pass.parameterGradient(node.gamma),
      dbeta: pass.parameterGradient(node.beta),
      ownStatistics,
    });
  },
};
