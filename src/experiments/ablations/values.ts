/** What the experiment of figure 6 is asked, and what it keeps. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  truthValue,
  wholeFrom,
} from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import {
  type Comparison,
  compareRuns,
  figureOfRuns,
  finished,
  type Runs,
  trainedRuns,
} from "../paired.ts";
import type { TrainedEpoch } from "../small-networks/epochs-node.ts";
import { type TrainingSettings, trainingKind } from "../small-networks/training-settings.ts";
import { type VariantName, variantNames } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";

/** What is asked. */
export type AblationSettings = {
  readonly training: TrainingSettings;
  /** What the recipe of all trainings says besides. */
  readonly recipe: {
    readonly momentum: number;
    readonly nesterov: boolean;
    readonly weightDecay: number;
    readonly labelSmoothing: number;
  };
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
      recipe: needed(
        having(
          {
            ...{ momentum: needed(numberFrom(0, 1)), nesterov: needed(truthValue) },
            ...{ weightDecay: needed(numberFrom(0, 1)), labelSmoothing: needed(numberFrom(0, 1)) },
          },
          "numbers of a recipe",
        ),
      ),
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

/** A variant's figures over its runs. */
export interface VariantFigures {
  readonly name: VariantName;
  readonly cost: Omit<TrainedValue, "epochs">;
  readonly runs: number;
  readonly accuracy: Estimate;
  /** Against the unchanged network, run by run; absent where no run has both, or for itself. */
  readonly comparison?: Comparison;
  /** Multiply-adds over the unchanged network's, less 1; absent where that is not there. */
  readonly deviation?: number;
  /** By epoch. */
  readonly curve: readonly Estimate[];
}

/** The figures of a variant; undefined where no run is finished. */
export function variantFigures(
  result: AblationResult,
  name: VariantName,
): VariantFigures | undefined {
  const done = finished(trainedRuns(result, name));
  const [first] = done;
  if (first === undefined) return undefined;
  const { epochs, ...cost } = first;
  const [base] = finished(trainedRuns(result, "base"));
  const comparison = name === "base" ? undefined : compare(result, name, "base");
  return {
    ...{ name, cost, runs: done.length, accuracy: estimate(done.map(finalAccuracy)) },
    ...(comparison && { comparison }),
    ...(base && { deviation: cost.multiplyAdds / base.multiplyAdds - 1 }),
    curve: epochs.map((_, i) => estimate(done.map((run) => run.epochs[i]?.accuracy ?? 0))),
  };
}

/** Costs that differ by more are not called equal. */
export const equalCost = 0.05;

/** Whether a network costs what the unchanged one does. */
export function costsTheSame({ deviation }: VariantFigures): boolean {
  return deviation !== undefined && Math.abs(deviation) <= equalCost;
}

/** How the accuracy of one variant exceeds another's, run by run. */
export function compare(
  result: AblationResult,
  better: VariantName,
  worse: VariantName,
): Comparison | undefined {
  return compareRuns(accuracies(result, better), accuracies(result, worse));
}

function accuracies(result: AblationResult, name: VariantName): Runs<number> {
  return figureOfRuns(trainedRuns(result, name), finalAccuracy);
}

function finalAccuracy({ epochs }: TrainedValue): number {
  return epochs.at(-1)?.accuracy ?? 0;
}
