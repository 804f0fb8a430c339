/**
 * How a step's batch goes through a network that has so much memory: at once, or in several passes whose
 * gradients are averaged. Batch norms that are trained see one pass, so that it is told.
 */
import { MobileNetError } from "../errors.ts";
import type { TrainingPlan } from "./plan.ts";
import { layOut } from "./wasm/layout.ts";

/** Bytes that a network may take where nobody says. */
const usualMemory = 1.5e9;

/** What a step takes. */
export interface StepMemory {
  /** Passes of equal size that make a step. */
  readonly passes: number;
  /** Samples of a pass, which is what trained batch norms see at a time. */
  readonly samples: number;
  /** What the network takes: parameters, their gradients, and all values of a pass. */
  readonly bytes: number;
  /** What it would take for the whole batch at once. */
  readonly wholeBytes: number;
}

/**
 * The fewest passes whose values fit the memory.
 *
 * @param memory - In bytes; without it a network whose single sample takes more than usual is tried.
 * @throws MobileNetError `memory` where not even one sample fits.
 */
export function divideStep(
  plan: TrainingPlan,
  batch: number,
  memory: number | undefined,
): StepMemory {
  const bytesOf = (samples: number): number => layOut(plan, samples).bytes;
  const wholeBytes = bytesOf(batch);
  for (let passes = 1; passes <= batch; passes++) {
    const samples = batch / passes;
    if (!Number.isInteger(samples)) continue;
    const bytes = passes === 1 ? wholeBytes : bytesOf(samples);
    if (bytes <= (memory ?? usualMemory)) return { passes, samples, bytes, wholeBytes };
    if (samples > 1) continue;
    if (memory === undefined) return { passes, samples, bytes, wholeBytes };
    throw new MobileNetError("memory", "the network does not fit the memory", {
      node: plan.graph.name,
      expected: `at most ${memory} bytes`,
      received: `${bytes} for one sample at a time`,
      remedy: "Allow more (memory, --memory), or take a smaller resolution or network.",
    });
  }
  return { passes: batch, samples: 1, bytes: bytesOf(1), wholeBytes };
}
