/**
 * Optimizers, in order of complexity. Each has slots (as many values as the parameter, kept in
 * checkpoints) and an update of one parameter; what decays, by how much and at which rate is decided in
 * `OptimizerState.step`. The numbers are computed in double precision and stored in float32.
 */
import {
  belowOne,
  checkVariant,
  type Kinds,
  numberFrom,
  truthValue,
  type VariantKinds,
} from "../check-fields.ts";
import { required } from "../required.ts";
import { checkNetwork, type TrainedParameter, type TrainingNetwork } from "./network.ts";
import type { Values } from "./values.ts";

/** Stochastic gradient descent, as PyTorch defines momentum: `v = m v + g`, `w −= lr v`. */
export interface SgdOptions {
  readonly kind: "sgd";
  /** Default 0.9. */
  readonly momentum?: number;
  /** `w −= lr (g + m v)` instead. */
  readonly nesterov?: boolean;
}

/**
 * RMSProp as TensorFlow defines it: `s = d s + (1 − d) g²`, `v = m v + lr g / √(s + ε)`, `w −= v`. ε is
 * inside the root, s starts at 1, and the rate is part of the momentum.
 */
export interface RmspropOptions {
  readonly kind: "rmsprop";
  /** Default 0.9. */
  readonly decay?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Default 1 (slim's `opt_epsilon`). */
  readonly epsilon?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019). */
export interface AdamwOptions {
  readonly kind: "adamw";
  /** Default 0.9 and 0.999. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/** An optimizer by its name and constants. */
export type OptimizerOptions = SgdOptions | RmspropOptions | AdamwOptions;

/** Weight decay: added to the gradient (L2), or for AdamW taken off the weights directly. */
export interface DecayOptions {
  /** Default 0. */
  readonly weightDecay?: number;
  /** Leaves γ, β and biases alone. Default true. */
  readonly exemptNorms?: boolean;
}

/** Every constant of an optimizer, the defaults filled in. */
export type OptimizerSettings = (
  | Required<SgdOptions>
  | Required<RmspropOptions>
  | Required<AdamwOptions>
) &
  Required<DecayOptions>;

/** What is not given. */
const defaults = {
  sgd: { momentum: 0.9, nesterov: false },
  rmsprop: { decay: 0.9, momentum: 0.9, epsilon: 1 },
  adamw: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
} as const;

const shared: Kinds<DecayOptions> = { weightDecay: numberFrom(0, 1), exemptNorms: truthValue };
// What remains of a moving average at each step: where nothing is forgotten, nothing is learnt.
const constants: VariantKinds<OptimizerOptions & DecayOptions> = {
  sgd: { ...shared, momentum: belowOne, nesterov: truthValue },
  rmsprop: { ...shared, decay: belowOne, momentum: belowOne, epsilon: numberFrom(0) },
  adamw: { ...shared, beta1: belowOne, beta2: belowOne, epsilon: numberFrom(0) },
};

/**
 * Refuses an unknown optimizer, constants that it does not have, and values out of range.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkOptimizer(options: OptimizerOptions & DecayOptions): void {
  checkVariant(options, constants, "the optimizer");
}

/**
 * An optimizer with its defaults filled in: two that are equal here train alike.
 *
 * @throws MobileNetError `invalid-argument` as `checkOptimizer`.
 */
export function resolveOptimizer(options: OptimizerOptions & DecayOptions): OptimizerSettings {
  checkOptimizer(options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    weightDecay: 0,
    exemptNorms: true,
    ...defaults[options.kind],
    ...Object.fromEntries(given),
  } as OptimizerSettings;
}

interface Rule {
  readonly slots: readonly { readonly name: string; readonly start: number }[];
  update(parameter: Updated, slots: readonly Float32Array[], rate: number, step: number): void;
}

interface Updated {
  readonly values: Values;
  readonly gradient: Values;
  readonly weightDecay: number;
}

/**
 * An optimizer's memory of a network.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = createReferenceNetwork(plan, { batch: 1 });
 * const optimizer = new OptimizerState(network, { kind: "sgd", momentum: 0 });
 * network.parameters.get("classifier/bias")?.gradient?.fill(1);
 * optimizer.step(0.5);
 * network.parameters.get("classifier/bias")?.values[0]; // -0.5
 * ```
 */
export class OptimizerState {
  readonly slots: ReadonlyMap<string, Float32Array>;
  /** Steps taken. */
  steps = 0;
  readonly #rule: Rule;
  readonly #decay: Required<DecayOptions>;
  readonly #parameters: readonly TrainedParameter[];

  /** @throws MobileNetError `invalid-argument` for constants out of range. */
  constructor(network: TrainingNetwork, options: OptimizerOptions & DecayOptions) {
    checkNetwork(network, "OptimizerState");
    const settings = resolveOptimizer(options);
    const { weightDecay, exemptNorms } = settings;
    this.#decay = { weightDecay, exemptNorms };
    this.#rule = ruleOf(settings);
    this.#parameters = [...network.parameters.values()].filter((p) => p.gradient !== undefined);
    this.slots = new Map(
      this.#parameters.flatMap(({ name, values }) =>
        this.#rule.slots.map((slot): [string, Float32Array] => [
          `${name}/${slot.name}`,
          new Float32Array(values.length).fill(slot.start),
        ]),
      ),
    );
  }

  /** Changes every trained parameter against its gradient. */
  step(learningRate: number): void {
    this.steps++;
    for (const { name, role, values, gradient } of this.#parameters) {
      const decays = role === "weights" || !this.#decay.exemptNorms;
      const slots = this.#rule.slots.map((slot) => required(this.slots, `${name}/${slot.name}`));
      const weightDecay = decays ? this.#decay.weightDecay : 0;
      const updated = { values, gradient: gradient!, weightDecay };
      this.#rule.update(updated, slots, learningRate, this.steps);
    }
  }
}

function ruleOf(options: OptimizerSettings): Rule {
  switch (options.kind) {
    case "sgd":
      return sgd(options);
    case "rmsprop":
      return rmsprop(options);
    case "adamw":
      return adamw(options);
  }
}

function sgd({ momentum, nesterov }: Required<SgdOptions>): Rule {
  return {
    slots: momentum === 0 ? [] : [{ name: "momentum", start: 0 }],
    update({ values, gradient, weightDecay }, [velocity], rate) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const g = gradient[i]! + weightDecay * value;
        if (velocity === undefined) {
          values[i] = value - rate * g;
          continue;
        }
        const v = momentum * velocity[i]! + g;
        velocity[i] = v;
        values[i] = value - rate * (nesterov ? g + momentum * v : v);
      }
    },
  };
}

function rmsprop({ decay, momentum, epsilon }: Required<RmspropOptions>): Rule {
  return {
    slots: [
      { name: "square", start: 1 },
      { name: "momentum", start: 0 },
    ],
    update({ values, gradient, weightDecay }, [square, velocity], rate) {
      if (square === undefined || velocity === undefined) return;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const g = gradient[i]! + weightDecay * value;
        const s = decay * square[i]! + (1 - decay) * g * g;
        const v = momentum * velocity[i]! + (rate * g) / Math.sqrt(s + epsilon);
        square[i] = s;
        velocity[i] = v;
        values[i] = value - v;
      }
    },
  };
}

function adamw({ beta1, beta2, epsilon }: Required<AdamwOptions>): Rule {
  return {
    slots: [
      { name: "first", start: 0 },
      { name: "second", start: 0 },
    ],
    update({ values, gradient, weightDecay }, [first, second], rate, step) {
      if (first === undefined || second === undefined) return;
      const [bias1, bias2] = [1 - beta1 ** step, 1 - beta2 ** step];
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        const m = beta1 * first[i]! + (1 - beta1) * g;
        const v = beta2 * second[i]! + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        const kept = values[i]! * (1 - rate * weightDecay);
        values[i] = kept - (rate * (m / bias1)) / (Math.sqrt(v / bias2) + epsilon);
      }
    },
  };
}

/**
 * Scales all gradients so that their common norm is at most `limit`; gives the norm they had.
 */
export function clipGradients(network: TrainingNetwork, limit: number): number {
  const norm = gradientNorm(network);
  if (norm > limit) {
    for (const { gradient } of network.parameters.values()) {
      if (gradient === undefined) continue;
      for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i]! * limit) / norm;
    }
  }
  return norm;
}

/** The Euclidean norm of all gradients together. */
export function gradientNorm(network: TrainingNetwork): number {
  let sum = 0;
  for (const { gradient } of network.parameters.values()) {
    if (gradient === undefined) continue;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i]! ** 2;
  }
  return Math.sqrt(sum);
}
