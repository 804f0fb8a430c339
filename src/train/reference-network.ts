/**
 * Training in plain TypeScript, one scalar at a time: slow, readable, and in double precision where
 * asked, so that gradients can be checked against finite differences. The oracle of the kernels.
 */
import { checkSettings, oneOf } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { required } from "../required.ts";
import {
  batchMoments,
  batchNormBackward,
  batchNormForward,
  moveStatistics,
  type Statistics,
  statisticsOf,
} from "./layers/batch-norm.ts";
import { convolutionBackward, convolutionForward } from "./layers/convolution.ts";
import { denseBackward, denseForward } from "./layers/dense.ts";
import { depthwiseBackward, depthwiseForward } from "./layers/depthwise.ts";
import { dropoutBackward, dropoutForward } from "./layers/dropout.ts";
import { poolBackward, poolForward } from "./layers/pool.ts";
import { relu6Backward, relu6Forward } from "./layers/relu6.ts";
import {
  checkCount,
  type ForwardMode,
  type NetworkOptions,
  type NetworkSettings,
  networkOptionKinds,
  parameterSize,
  resolveNetworkOptions,
  roleOf,
  type TrainedParameter,
  type TrainingNetwork,
} from "./network.ts";
import {
  checkPlan,
  type Source,
  sampleSize,
  type TrainingLayer,
  type TrainingPlan,
} from "./plan.ts";
import { type Precision, type Values, zeros } from "./values.ts";

/** A layer's memory between the two directions. */
interface Kept {
  /** Before batch norm. */
  readonly z: Values;
  /** After batch norm and ReLU6. */
  readonly y: Values;
  /** `y` plus the shortcut; `y` itself where there is none. */
  readonly output: Values;
  /** The output's gradient. */
  readonly gradient: Values;
  statistics: Statistics;
}

/**
 * A plan with memory, in a precision; all parameters are 0 at first.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = createReferenceNetwork(plan, { batch: 2 });
 * initialize(network, { seed: 1 });
 * network.forward(2, { training: true }).length; // 6
 * ```
 */
export function createReferenceNetwork(
  plan: TrainingPlan,
  options: NetworkOptions & { readonly precision?: Precision },
): TrainingNetwork {
  checkPlan(plan, "createReferenceNetwork");
  const kinds = { ...networkOptionKinds, precision: oneOf("float32", "float64") };
  checkSettings(options, kinds, "createReferenceNetwork");
  return new ReferenceNetwork(plan, resolveNetworkOptions(options), options.precision ?? "float64");
}

class ReferenceNetwork implements TrainingNetwork {
  readonly plan: TrainingPlan;
  readonly description: string;
  readonly batch: number;
  readonly settings: NetworkSettings;
  readonly input: Values;
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
  readonly #options: Required<NetworkOptions>;
  readonly #kept: readonly Kept[];
  readonly #features: Values;
  readonly #mask: Values;
  readonly #featureGradient: Values;
  readonly #logits: Values;
  /** Samples of the last training pass; 0 where there is none to go back through. */
  #count = 0;
  #dropped = false;

  constructor(plan: TrainingPlan, options: Required<NetworkOptions>, precision: Precision) {
    this.plan = plan;
    const { dropout, batchNormDecay, frozenBatchNorm } = options;
    this.batch = options.batch;
    this.settings = { dropout, batchNormDecay, frozenBatchNorm };
    this.#options = options;
    this.description = `reference, ${precision}`;
    const make = (count: number): Values => zeros(precision, count * options.batch);
    this.input = make(sampleSize(plan.input));
    this.parameters = new Map(
      [...plan.graph.parameters].map(([name, { shape }]) => {
        const role = roleOf(name);
        const values = zeros(precision, parameterSize(plan, name));
        const gradient = role === "statistics" ? undefined : zeros(precision, values.length);
        return [name, { name, shape, role, values, gradient }];
      }),
    );
    this.#kept = plan.layers.map(({ output, shortcut }) => {
      const y = make(sampleSize(output));
      return {
        z: make(sampleSize(output)),
        y,
        output: shortcut === undefined ? y : make(sampleSize(output)),
        gradient: make(sampleSize(output)),
        statistics: statisticsOf([], [], 0),
      };
    });
    const { features, classes } = plan.classifier;
    [this.#features, this.#mask, this.#featureGradient] = [
      make(features),
      make(features),
      make(features),
    ];
    this.#logits = make(classes);
  }

  forward(count: number, { training, random }: ForwardMode): Values {
    checkCount(count, this.batch);
    for (const [index, layer] of this.plan.layers.entries()) {
      this.#forwardLayer(layer, this.#kept[index]!, { count, training });
    }
    const { source, features, classes, weights, bias } = this.plan.classifier;
    const x = this.#features;
    poolForward(this.#shapeOf(source), count, { x: this.#outputOf(source), y: x });
    const rate = this.#options.dropout;
    this.#dropped = training && random !== undefined && rate > 0;
    if (this.#dropped && random !== undefined) {
      dropoutForward(x, { mask: this.#mask, count: count * features, rate, random });
    }
    denseForward(
      { count, inputs: features, outputs: classes },
      { x, w: this.#values(weights), bias: this.#values(bias), y: this.#logits },
    );
    this.#count = training ? count : 0;
    return this.#logits.subarray(0, count * classes);
  }

  backward(logitGradient: Values): void {
    const count = this.#count;
    if (count === 0) {
      throw new MobileNetError("invalid-argument", "backward needs a training pass before it");
    }
    for (const { gradient } of this.#kept) gradient.fill(0);
    const { source, features, classes, weights, bias } = this.plan.classifier;
    const dx = this.#featureGradient;
    denseBackward(
      { count, inputs: features, outputs: classes },
      {
        x: this.#features,
        w: this.#values(weights),
        dy: logitGradient,
        dw: this.#gradient(weights),
        dbias: this.#gradient(bias),
        dx,
      },
    );
    if (this.#dropped) dropoutBackward(dx, this.#mask, count * features);
    const pooled = this.#kept[source];
    if (pooled !== undefined)
      poolBackward(this.#shapeOf(source), count, { dy: dx, dx: pooled.gradient });
    for (let index = this.plan.layers.length - 1; index >= 0; index--) {
      this.#backwardLayer(this.plan.layers[index]!, this.#kept[index]!, count);
    }
  }

  dispose(): void {}

  #forwardLayer(
    layer: TrainingLayer,
    kept: Kept,
    { count, training }: { readonly count: number; readonly training: boolean },
  ): void {
    const { z, y, output } = kept;
    const convolve = layer.kind === "depthwise" ? depthwiseForward : convolutionForward;
    convolve(layer, count, {
      x: this.#outputOf(layer.source),
      w: this.#values(layer.weights),
      y: z,
    });
    const [, rows, columns, channels] = layer.output;
    const [mean, variance] = [this.#values(layer.mean), this.#values(layer.variance)];
    if (training && !this.#options.frozenBatchNorm) {
      const pixels = count * rows * columns;
      const batch = batchMoments(z, pixels, channels);
      const decay = this.#options.batchNormDecay;
      moveStatistics({ mean, variance }, batch, { decay, pixels });
      kept.statistics = statisticsOf(batch.mean, batch.variance, layer.epsilon);
    } else {
      kept.statistics = statisticsOf(mean, variance, layer.epsilon);
    }
    const values = count * sampleSize(layer.output);
    const [gamma, beta] = [this.#values(layer.gamma), this.#values(layer.beta)];
    batchNormForward(kept.statistics, values, { x: z, gamma, beta, y });
    if (layer.relu6) relu6Forward(y, values);
    if (layer.shortcut === undefined) return;
    const other = this.#outputOf(layer.shortcut);
    for (let i = 0; i < values; i++) output[i] = y[i]! + other[i]!;
  }

  #backwardLayer(layer: TrainingLayer, kept: Kept, count: number): void {
    const values = count * sampleSize(layer.output);
    const dy = kept.gradient;
    const around = layer.shortcut === undefined ? undefined : this.#kept[layer.shortcut];
    if (around !== undefined) addTo(around.gradient, dy, values);
    if (layer.relu6) relu6Backward(kept.y, dy, values);
    batchNormBackward(kept.statistics, values, {
      x: kept.z,
      gamma: this.#values(layer.gamma),
      dy,
      dgamma: this.#gradient(layer.gamma),
      dbeta: this.#gradient(layer.beta),
      dx: dy,
      ownStatistics: !this.#options.frozenBatchNorm,
    });
    const source = this.#kept[layer.source];
    const made = source?.gradient.slice();
    const passed = {
      x: this.#outputOf(layer.source),
      w: this.#values(layer.weights),
      dy,
      dw: this.#gradient(layer.weights),
    };
    if (layer.kind === "depthwise") {
      const own = made ?? this.input.slice();
      depthwiseBackward(layer, count, { ...passed, dx: own });
    } else {
      convolutionBackward(layer, count, { ...passed, dx: made });
    }
    // A tensor that two layers read gets both gradients.
    if (source !== undefined && made !== undefined) addTo(source.gradient, made, made.length);
  }

  #shapeOf(source: Source): TrainingLayer["output"] {
    return this.plan.layers[source]?.output ?? this.plan.input;
  }

  #outputOf(source: Source): Values {
    return this.#kept[source]?.output ?? this.input;
  }

  #values(name: string): Values {
    return required(this.parameters, name).values;
  }

  #gradient(name: string): Values {
    return required(this.parameters, name).gradient!;
  }
}

/** Adds `count` values onto others. */
function addTo(target: Values, values: Values, count: number): void {
  for (let i = 0; i < count; i++) target[i] = target[i]! + values[i]!;
}
