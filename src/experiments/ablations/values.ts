/** What the experiment of figure 6 is asked, and what it keeps. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  wholeFrom,
} from "../../check-fields.ts";
import { type ExperimentResult, partValue } from "../experiment.ts";
import type { TrainedEpoch } from "../small-networks/epochs-node.ts";
import { trainedPartName } from "../small-networks/trained-parts.ts";
import { type TrainingSettings, trainingKind } from "../small-networks/training-settings.ts";
import { type VariantName, variantNames } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";

/** What is asked. */
export type AblationSettings = {
  readonly training: TrainingSettings;
  /** How often each network is trained. */
  readonly seeds: number;
  /** In the order in which they are trained, in groups: those of a group in turns. */
  readonly groups: readonly (readonly VariantName[])[];
};

/** A network that was trained. */
export type TrainedValue = {
  readonly width: number;
  readonly multiplyAdds: number;
  readonly parameters: number;
  readonly epochs: readonly TrainedEpoch[];
};

export type AblationResult = ExperimentResult<AblationSettings, TrainedValue>;

const share = numberFrom(0, 1);

export const ablationKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      training: needed(trainingKind),
      seeds: needed(wholeFrom(1, 100)),
      groups: needed(itemsOf(itemsOf(oneOf(...variantNames), "networks"), "groups of networks")),
    },
    "the settings of this experiment",
  ),
  value: having(
    {
      width: needed(numberFrom(0, 10)),
      multiplyAdds: needed(wholeFrom(1)),
      parameters: needed(wholeFrom(1)),
      epochs: needed(
        itemsOf(
          having({ loss: needed(numberFrom(0)), accuracy: needed(share) }, ""),
          "losses and accuracies of epochs",
        ),
      ),
    },
    "a trained network's cost and epochs",
  ),
};

/** All trainings of a variant that are finished, by their run; as many places as there are runs. */
export function trainingsOf(
  result: AblationResult,
  variant: VariantName,
): readonly (TrainedValue | undefined)[] {
  return Array.from({ length: result.settings.seeds }, (_, i) =>
    partValue(result, trainedPartName(variant, i + 1)),
  );
}

/** A variant's figures over its runs. */
export interface VariantFigures {
  readonly name: VariantName;
  readonly cost: Omit<TrainedValue, "epochs">;
  readonly runs: number;
  readonly accuracy: Estimate;
  /** Against the unchanged network, run by run; absent where no run has both, or for itself. */
  readonly difference?: Estimate;
  /** By epoch. */
  readonly curve: readonly Estimate[];
}

/** The figures of a variant; undefined where no run is finished. */
export function variantFigures(
  result: AblationResult,
  name: VariantName,
): VariantFigures | undefined {
  const runs = trainingsOf(result, name);
  const done = runs.flatMap((run) => (run === undefined ? [] : [run]));
  const [first] = done;
  if (first === undefined) return undefined;
  const { epochs, ...cost } = first;
  const differences = name === "base" ? [] : pairedDifferences(runs, trainingsOf(result, "base"));
  return {
    ...{ name, cost, runs: done.length, accuracy: estimate(done.map(finalAccuracy)) },
    ...(differences.length > 0 && { difference: estimate(differences) }),
    curve: epochs.map((_, i) => estimate(done.map((run) => run.epochs[i]?.accuracy ?? 0))),
  };
}

/** How much more accurate each run of one variant is than the same run of another. */
export function pairedDifferences(
  ours: readonly (TrainedValue | undefined)[],
  others: readonly (TrainedValue | undefined)[],
): readonly number[] {
  return ours.flatMap((run, i) => {
    const other = others[i];
    return run && other ? [finalAccuracy(run) - finalAccuracy(other)] : [];
  });
}

function finalAccuracy({ epochs }: TrainedValue): number {
  return epochs.at(-1)?.accuracy ?? 0;
}
