/**
 * Gradients of a step's passes, each made for itself and then added in the order of the passes. So the
 * sum does not hang on where a pass was computed: several networks with a pass each, whose gradients are
 * averaged in the same order, get the bits of one network with several passes.
 */
import { required } from "../required.ts";
import type { TrainingNetwork } from "./network.ts";
import type { Values } from "./values.ts";

/** The gradients of all trained parameters by name: a network's own memory. */
export function gradientsOf(network: TrainingNetwork): ReadonlyMap<string, Values> {
  return new Map(
    [...network.parameters].flatMap(([name, { gradient }]) =>
      gradient === undefined ? [] : [[name, gradient] as const],
    ),
  );
}

/** Adds up what a network's passes leave in its gradients. */
export class GradientSum {
  readonly #gradients: ReadonlyMap<string, Values>;
  readonly #sums = new Map<string, Values>();
  #passes = 0;

  constructor(network: TrainingNetwork) {
    this.#gradients = gradientsOf(network);
  }

  /** Before the first pass of a step. */
  begin(): void {
    this.#passes = 0;
  }

  /** Before each pass: nothing of the one before is left. */
  clear(): void {
    if (this.#passes > 0) this.#keep();
    for (const gradient of this.#gradients.values()) gradient.fill(0);
    this.#passes++;
  }

  /** After the last: the gradients become the mean over so many passes, those without samples included. */
  end(passes: number): void {
    if (this.#passes > 1) this.#keep();
    if (this.#passes === 0) {
      for (const gradient of this.#gradients.values()) gradient.fill(0);
      return;
    }
    for (const [name, gradient] of this.#gradients) {
      const sum = this.#passes > 1 ? required(this.#sums, name) : gradient;
      for (let i = 0; i < gradient.length; i++) gradient[i] = sum[i]! / passes;
    }
  }

  #keep(): void {
    for (const [name, gradient] of this.#gradients) {
      const sum = this.#sums.get(name);
      // The first pass has its copy, later ones are added.
      if (sum === undefined) this.#sums.set(name, gradient.slice());
      else if (this.#passes === 1) sum.set(gradient);
      else for (let i = 0; i < gradient.length; i++) sum[i]! += gradient[i]!;
    }
  }
}
