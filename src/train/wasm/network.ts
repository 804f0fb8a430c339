/**
 * Training in WebAssembly. A call a layer and direction; between calls, batch norm's numbers per
 * channel are worked out here in double precision. Of a forward pass only the maps before batch norm
 * are kept; what follows is made again, block by block, where the backward pass needs it.
 */
import { allocateMemory } from "../../backends/wasm/memory.ts";
import { MobileNetError } from "../../errors.ts";
import { moveStatistics } from "../layers/batch-norm.ts";
import { dropoutBackward, dropoutForward } from "../layers/dropout.ts";
import {
  checkCount,
  type ForwardMode,
  type NetworkOptions,
  parameterSize,
  resolveNetworkOptions,
  roleOf,
  type TrainedParameter,
  type TrainingNetwork,
} from "../network.ts";
import { sampleSize, type TrainingLayer, type TrainingPlan } from "../plan.ts";
import { type LayerLayout, type Layout, layOut, type ParameterLayout, roundUp8 } from "./layout.ts";
import {
  compileTrainingKernels,
  instantiateTrainingKernels,
  type TrainingKernels,
} from "./module.ts";
import { writeUnit } from "./unit.ts";
import { writeUnits } from "./write-units.ts";

/**
 * A plan with memory for WebAssembly; all parameters are 0 at first.
 *
 * @throws MobileNetError `unsupported` where there is no WebAssembly with SIMD, not enough memory for
 *   the batch (4 GB at most), or a layer that the kernels do not know.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = await createWasmNetwork(plan, { batch: 2, dropout: 0.2 });
 * initialize(network, { seed: 1 });
 * const logits = network.forward(2, { training: true });
 * network.backward(logits.map((logit) => logit / 2));
 * network.dispose();
 * ```
 */
export async function createWasmNetwork(
  plan: TrainingPlan,
  options: NetworkOptions,
): Promise<TrainingNetwork> {
  const resolved = resolveNetworkOptions(options);
  const layout = layOut(plan, resolved.batch);
  const module = await compileTrainingKernels(false);
  const memory = allocateMemory(layout.bytes, false);
  return new WasmNetwork(plan, resolved, {
    layout,
    buffer: memory.buffer,
    kernels: instantiateTrainingKernels(module, memory),
  });
}

interface Machine {
  readonly layout: Layout;
  readonly buffer: ArrayBufferLike;
  readonly kernels: TrainingKernels;
}

/** A layer with its places. */
interface Place {
  readonly layer: TrainingLayer;
  readonly at: LayerLayout;
  /** Output pixels of a sample. */
  readonly pixels: number;
}

class WasmNetwork implements TrainingNetwork {
  readonly plan: TrainingPlan;
  readonly description: string = "wasm simd128, 1 thread";
  readonly batch: number;
  readonly input: Float32Array;
  readonly parameters: ReadonlyMap<string, TrainedParameter & { readonly values: Float32Array }>;
  readonly #options: Required<NetworkOptions>;
  readonly #layout: Layout;
  #machine: Machine | undefined;
  readonly #places: readonly Place[];
  readonly #mask: Float32Array;
  #count = 0;
  #dropped = false;

  constructor(plan: TrainingPlan, options: Required<NetworkOptions>, machine: Machine) {
    const { layout, buffer } = machine;
    this.plan = plan;
    this.batch = options.batch;
    this.#options = options;
    this.#layout = layout;
    this.#machine = machine;
    this.input = new Float32Array(buffer, layout.input, sampleSize(plan.input) * options.batch);
    this.parameters = new Map(
      [...plan.graph.parameters].map(([name, { shape }]) => {
        const { values, gradient } = layout.parameters.get(name) as ParameterLayout;
        const size = parameterSize(plan, name);
        const view = (address: number): Float32Array => new Float32Array(buffer, address, size);
        const parameter = {
          name,
          shape,
          role: roleOf(name),
          values: view(values),
          gradient: gradient === undefined ? undefined : view(gradient),
        };
        return [name, parameter];
      }),
    );
    this.#mask = new Float32Array(plan.classifier.features * options.batch);
    this.#places = plan.layers.map((layer, index) => ({
      layer,
      at: layout.layers[index] as LayerLayout,
      pixels: layer.output[1] * layer.output[2],
    }));
    writeUnits(plan, layout, buffer);
  }

  forward(count: number, { training, random }: ForwardMode): Float32Array {
    checkCount(count, this.batch);
    const { kernels, buffer } = this.#ready();
    for (const { layer, at, pixels } of this.#places) {
      const own = training && !this.#options.frozenBatchNorm;
      this.#startStatistics(layer, at, own);
      if (layer.kind === "depthwise") kernels.depthwiseForward(at.unit, count);
      else kernels.pointwiseForward(at.unit, count * pixels);
      if (own) this.#endStatistics(layer, at, count * pixels);
      this.#writeScale(layer, at, own);
      if (at.output) kernels.keepSource(at.keep, count * pixels);
    }
    const { head } = this.#layout;
    const { features, classes, bias } = this.plan.classifier;
    kernels.poolForward(head.pool, count);
    const rate = this.#options.dropout;
    this.#dropped = training && random !== undefined && rate > 0;
    if (this.#dropped && random !== undefined) {
      const pooled = new Float32Array(buffer, head.features, count * features);
      dropoutForward(pooled, { mask: this.#mask, count: count * features, rate, random });
    }
    new Float32Array(buffer, head.paddedBias, classes).set(this.#values(bias));
    kernels.denseForward(head.dense, count);
    this.#count = training ? count : 0;
    return new Float32Array(buffer, head.logits, count * classes);
  }

  backward(logitGradient: ArrayLike<number>): void {
    const { kernels, buffer } = this.#ready();
    const count = this.#count;
    if (count === 0) {
      throw new MobileNetError("invalid-argument", "backward needs a training pass before it");
    }
    const { head } = this.#layout;
    const { features, classes, bias } = this.plan.classifier;
    const padded = roundUp8(classes);
    const dense = new Float32Array(buffer, head.logitGradient, count * classes);
    const filled = new Float32Array(buffer, head.paddedGradient, count * padded);
    const dbias = this.#gradient(bias);
    for (let i = 0; i < count * classes; i++) {
      const value = logitGradient[i] as number;
      dense[i] = value;
      filled[Math.floor(i / classes) * padded + (i % classes)] = value;
      dbias[i % classes] = (dbias[i % classes] as number) + value;
    }
    kernels.denseBackward(head.dense, count);
    if (this.#places.length === 0) return;
    if (this.#dropped) {
      const gradient = new Float32Array(buffer, head.featureGradient, count * features);
      dropoutBackward(gradient, this.#mask, count * features);
    }
    for (const { at, layer } of this.#places) this.#doubles(at.sums, 2 * layer.output[3]).fill(0);
    kernels.poolBackward(head.pool, count);
    for (const { layer, at, pixels } of this.#places.toReversed()) {
      this.#endGradient(layer, at, count * pixels);
      if (layer.kind === "depthwise") kernels.depthwiseBackward(at.unit, count);
      else kernels.pointwiseBackward(at.unit, count * pixels);
    }
  }

  dispose(): void {
    this.#machine = undefined;
  }

  /** Statistics are summed as distances from the moving mean, which is near. */
  #startStatistics(layer: TrainingLayer, at: LayerLayout, own: boolean): void {
    this.#floats(at.mean, layer.output[3]).set(this.#values(layer.mean));
    this.#doubles(at.statistics, 2 * layer.output[3]).fill(0);
    writeUnit(this.#ready().buffer, at.unit, { statistics: own ? at.statistics : 0 });
  }

  /** From sums to the batch's mean and variance, which the moving ones follow. */
  #endStatistics(layer: TrainingLayer, at: LayerLayout, pixels: number): void {
    const channels = layer.output[3];
    const sums = this.#doubles(at.statistics, 2 * channels);
    const pivot = this.#floats(at.mean, channels);
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const distance = (sums[c] as number) / pixels;
      mean[c] = (pivot[c] as number) + distance;
      variance[c] = Math.max(0, (sums[channels + c] as number) / pixels - distance * distance);
    }
    const moving = { mean: this.#values(layer.mean), variance: this.#values(layer.variance) };
    moveStatistics(moving, { mean, variance }, { decay: this.#options.batchNormDecay, pixels });
    pivot.set(mean);
    sums.set(variance, channels);
  }

  /** `γ / √(variance + ε)`, which the backward pass reads again. */
  #writeScale(layer: TrainingLayer, at: LayerLayout, own: boolean): void {
    const channels = layer.output[3];
    const variance = own
      ? this.#doubles(at.statistics, 2 * channels).subarray(channels)
      : this.#values(layer.variance);
    const gamma = this.#values(layer.gamma);
    const scale = this.#floats(at.scale, channels);
    // Until its gradient comes, `a` holds 1 / √(variance + ε).
    const inverse = this.#floats(at.a, channels);
    for (let c = 0; c < channels; c++) {
      const value = 1 / Math.sqrt((variance[c] as number) + layer.epsilon);
      inverse[c] = value;
      scale[c] = (gamma[c] as number) * value;
    }
  }

  /** Batch norm's gradients, and its way back as three numbers per channel. */
  #endGradient(layer: TrainingLayer, at: LayerLayout, pixels: number): void {
    const channels = layer.output[3];
    const sums = this.#doubles(at.sums, 2 * channels);
    const [a, b, d] = [at.a, at.b, at.d].map((address) => this.#floats(address, channels)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const gamma = this.#values(layer.gamma);
    const [dgamma, dbeta] = [this.#gradient(layer.gamma), this.#gradient(layer.beta)];
    const own = !this.#options.frozenBatchNorm;
    for (let c = 0; c < channels; c++) {
      const inverse = a[c] as number;
      const direct = (gamma[c] as number) * inverse;
      const sum = sums[c] as number;
      const along = (sums[channels + c] as number) * inverse;
      dbeta[c] = (dbeta[c] as number) + sum;
      dgamma[c] = (dgamma[c] as number) + along;
      a[c] = direct;
      b[c] = own ? (-direct * inverse * along) / pixels : 0;
      d[c] = own ? (-direct * sum) / pixels : 0;
    }
  }

  #ready(): Machine {
    if (this.#machine === undefined) {
      throw new MobileNetError("disposed", "the training network was disposed");
    }
    return this.#machine;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#ready().buffer, address, count);
  }

  #doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#ready().buffer, address, count);
  }

  #values(name: string): Float32Array {
    return (this.parameters.get(name) as { readonly values: Float32Array }).values;
  }

  #gradient(name: string): Float32Array {
    return (this.parameters.get(name) as TrainedParameter).gradient as Float32Array;
  }
}
