/**
 * Training in plain TypeScript, one operation and one scalar at a time: slow, readable, and in double
 * precision where asked, so that gradients can be checked against finite differences. The oracle of the
 * kernels; it takes whatever a plan has.
 */
import { checkSettings, oneOf } from "../check-fields.ts";
import { required } from "../required.ts";
import { roundLayer } from "./layers/fake-quantize.ts";
import type { Kept, LayerPass } from "./layers/layer.ts";
import { layerOf } from "./layers/table.ts";
import {
  checkCount,
  checkGradient,
  type ForwardMode,
  isTrained,
  type NetworkOptions,
  type NetworkSettings,
  networkOptionKinds,
  nothingToGoBack,
  type Outputs,
  parameterSize,
  resolveNetworkOptions,
  type TrainedParameter,
  type TrainingNetwork,
} from "./network.ts";
import {
  checkPlan,
  type PlannedOperation,
  type Source,
  sampleSize,
  type TrainingPlan,
} from "./plan.ts";
import { type Precision, type Values, zeros, zerosLike } from "./values.ts";

/** An operation's memory between the two directions. */
interface Memory {
  readonly output: Values;
  readonly gradient: Values;
  readonly kept: Kept;
}

/**
 * A plan with memory, in a precision; all parameters are 0 at first.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = createReferenceNetwork(plan, { batch: 2 });
 * initialize(network, { seed: 1 });
 * network.forward(2, { training: true }).get("classifier")?.length; // 6
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
  readonly #memory: readonly Memory[];
  /** Weights' 8 bits, where those are simulated. */
  readonly #rounded = new Map<string, Values>();
  /** Samples of the last training pass; 0 where there is none to go back through. */
  #count = 0;

  constructor(plan: TrainingPlan, options: Required<NetworkOptions>, precision: Precision) {
    this.plan = plan;
    const { dropout, batchNormDecay, frozenBatchNorm } = options;
    this.batch = options.batch;
    this.settings = { dropout, batchNormDecay, frozenBatchNorm };
    this.description = `reference, ${precision}`;
    const make = (count: number): Values => zeros(precision, count * options.batch);
    this.input = make(sampleSize(plan.input));
    this.parameters = new Map(
      [...plan.graph.parameters].map(([name, { shape }]) => {
        const role = required(plan.roles, name);
        const values = zeros(precision, parameterSize(plan, name));
        const gradient = isTrained(role) ? zeros(precision, values.length) : undefined;
        return [name, { name, shape, role, values, gradient }];
      }),
    );
    this.#memory = plan.operations.map(({ output }) => {
      const size = sampleSize(output);
      return { output: make(size), gradient: make(size), kept: {} };
    });
  }

  forward(count: number, { training, random }: ForwardMode): Outputs {
    checkCount(count, this.batch);
    this.#count = training ? count : 0;
    this.#roundWeights();
    for (const [index, operation] of this.plan.operations.entries()) {
      layerOf(operation).forward(operation, {
        ...this.#passOf(index, operation, { count, training }),
        batchNormDecay: this.settings.batchNormDecay,
        dropout: training ? this.settings.dropout : 0,
        random,
      });
    }
    return new Map(
      this.plan.outputs.map(({ name, source, shape }) => {
        return [name, this.#outputOf(source).subarray(0, count * sampleSize(shape))];
      }),
    );
  }

  backward(gradients: Outputs): void {
    const count = this.#count;
    if (count === 0) throw nothingToGoBack();
    this.#count = 0;
    for (const { gradient } of this.#memory) gradient.fill(0);
    for (const { name, source, shape } of this.plan.outputs) {
      const given = gradients.get(name);
      const into = this.#memory[source]?.gradient;
      if (given === undefined || into === undefined) continue;
      const size = count * sampleSize(shape);
      checkGradient(name, given, size);
      for (let i = 0; i < size; i++) into[i] = into[i]! + given[i]!;
    }
    for (const [index, operation] of [...this.plan.operations.entries()].toReversed()) {
      layerOf(operation).backward(operation, {
        ...this.#passOf(index, operation, { count, training: true }),
        gradient: this.#memory[index]!.gradient,
        inputGradients: operation.sources.map((source) => this.#memory[source]?.gradient),
        parameterGradient: (name) => required(this.parameters, name).gradient!,
      });
    }
  }

  dispose(): void {}

  #passOf(
    index: number,
    { sources }: PlannedOperation,
    { count, training }: { readonly count: number; readonly training: boolean },
  ): LayerPass {
    const { output, kept } = this.#memory[index]!;
    return {
      count,
      ownStatistics: training && !this.settings.frozenBatchNorm,
      inputs: sources.map((source) => this.#outputOf(source)),
      output,
      kept,
      values: (name) => this.#rounded.get(name) ?? required(this.parameters, name).values,
    };
  }

  #roundWeights(): void {
    for (const layer of this.plan.rounded) {
      const { values, shape } = required(this.parameters, layer.weights);
      const bias = layer.bias === undefined ? undefined : required(this.parameters, layer.bias);
      const into = {
        weights: zerosLike(values, values.length),
        bias: bias && zerosLike(values, bias.values.length),
      };
      roundLayer({ weights: values, bias: bias?.values }, layer, { channels: shape.at(-1)!, into });
      this.#rounded.set(layer.weights, into.weights);
      if (bias !== undefined && into.bias !== undefined) this.#rounded.set(bias.name, into.bias);
    }
  }

  #outputOf(source: Source): Values {
    return this.#memory[source]?.output ?? this.input;
  }
}
