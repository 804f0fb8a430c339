/**
 * An exponential moving average of a network's parameters and statistics: smoother than the last step's,
 * and what the published models were evaluated with.
 */
import { required } from "../required.ts";
import type { TrainingNetwork } from "./network.ts";

/** Averages by parameter name. */
export class WeightAverage {
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly #decay: number;

  /** Starts at the network's present values. */
  constructor(network: TrainingNetwork, decay: number) {
    this.#decay = decay;
    this.values = new Map(
      [...network.parameters.values()].map(({ name, values }) => [name, Float32Array.from(values)]),
    );
  }

  /**
   * `average = d average + (1 − d) value` with TensorFlow's d = min(decay, (1 + step) / (10 + step)), so
   * that the first steps do not weigh for ever.
   */
  update(network: TrainingNetwork, step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    for (const { name, values } of network.parameters.values()) {
      const average = required(this.values, name);
      for (let i = 0; i < values.length; i++) {
        const old = average[i]!;
        average[i] = old + (1 - decay) * (values[i]! - old);
      }
    }
  }

  /** Runs `work` with the averages in the network's place; then everything is as it was. */
  async during<Result>(network: TrainingNetwork, work: () => Promise<Result>): Promise<Result> {
    this.#swap(network);
    try {
      return await work();
    } finally {
      this.#swap(network);
    }
  }

  #swap(network: TrainingNetwork): void {
    for (const { name, values } of network.parameters.values()) {
      const average = required(this.values, name);
      const kept = Float32Array.from(values);
      values.set(average);
      average.set(kept);
    }
  }
}
