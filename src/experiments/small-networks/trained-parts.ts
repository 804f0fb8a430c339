/** Parts of experiments about trained networks: each network of each run is trained, and then looked at. */
import type { ExperimentPart, PartContext } from "../experiment.ts";
import { type TrainedVariant, trainedVariant } from "./train-node.ts";
import type { TrainingSettings } from "./training-settings.ts";
import type { VariantName } from "./variants.ts";

/** What is trained. */
interface Trainings {
  readonly training: TrainingSettings;
  /** How often each network is trained. */
  readonly seeds: number;
  readonly networks: readonly VariantName[];
}

/** What looking at a network gets. */
interface LookContext {
  readonly signal: AbortSignal | undefined;
  /** As a part's, of looking alone. */
  readonly progress: PartContext<never>["progress"];
  /** From 1. */
  readonly run: number;
}

/** The name of a part; runs of a network are counted from 1. */
export function trainedPartName(network: VariantName, run: number): string {
  return `${network}/${run}`;
}

/**
 * A part for each network of each run, the networks of a run in turns. All networks of a run draw from one
 * seed, so that experiments find each other's.
 *
 * @param share - Of a part's time, what training takes; from 0 to 1.
 */
export function trainedParts<Value>(
  { training, seeds, networks }: Trainings,
  seed: number,
  share: number,
  look: (trained: TrainedVariant, context: LookContext) => Value | Promise<Value>,
): readonly ExperimentPart<Value>[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((run) =>
    networks.map((variant) => ({
      name: trainedPartName(variant, run),
      async run(context) {
        const request = { variant, settings: training, seed: 100 * seed + run };
        const trained = await trainedVariant(request, {
          ...context,
          progress: (done) => context.progress(done * share),
        });
        return await look(trained, {
          ...{ run, signal: context.signal },
          progress: (done) => context.progress(share + (1 - share) * done),
        });
      },
    })),
  );
}
