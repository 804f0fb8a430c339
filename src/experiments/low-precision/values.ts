/** What the experiment of low precision is asked, and what it keeps. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  wholeFrom,
} from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import { figureOfRuns, finished, type Runs, trainedRuns } from "../paired.ts";
import { type TrainingSettings, trainingKind } from "../small-networks/training-settings.ts";
import { type VariantName, variantNames } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";

/** How a network computes: `activations-N` rounds values between layers to N bits, weights not. */
export const formatNames = [
  "float32",
  "float16",
  "int8-channel",
  "int8-tensor",
  "activations-8",
  "activations-7",
  "activations-6",
  "activations-5",
  "activations-4",
] as const;

/** One of them. */
export type FormatName = (typeof formatNames)[number];

/** The bits of a simulated format. */
export const simulatedBits = [8, 7, 6, 5, 4] as const;

/** What is asked. */
export type PrecisionSettings = {
  readonly training: TrainingSettings;
  readonly seeds: number;
  readonly networks: readonly VariantName[];
  /** Of the training's pictures: those that ranges are found on. */
  readonly calibration: number;
  /** Of the test's pictures: those that formats are judged on. */
  readonly tested: number;
};

/** The values of a layer over the pictures of the calibration. */
export type LayerValues = {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** 99 % of the values lie below. */
  readonly p99: number;
  /** Shares of values in equal parts of the range; of the first run alone, else none. */
  readonly bins: readonly number[];
};

/** A network in all formats. */
export type PrecisionValue = {
  /** In the order of `formatNames`. */
  readonly accuracies: readonly number[];
  readonly layers: readonly LayerValues[];
};

export type PrecisionResult = ExperimentResult<PrecisionSettings, PrecisionValue>;

export const precisionKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      training: needed(trainingKind),
      seeds: needed(wholeFrom(1, 100)),
      networks: needed(itemsOf(oneOf(...variantNames), "networks")),
      calibration: needed(wholeFrom(1)),
      tested: needed(wholeFrom(1)),
    },
    "the settings of this experiment",
  ),
  value: having(
    {
      accuracies: needed({
        expected: `${formatNames.length} accuracies`,
        fits: (value) =>
          itemsOf(numberFrom(0, 1), "").fits(value) &&
          (value as readonly number[]).length === formatNames.length,
      }),
      layers: needed(
        itemsOf(
          having(
            {
              name: needed({
                expected: "a node's name",
                fits: (name) => typeof name === "string" && /^[a-z0-9/_]{1,80}$/.test(name),
              }),
              low: needed(numberFrom(-1e9, 1e9)),
              high: needed(numberFrom(-1e9, 1e9)),
              p99: needed(numberFrom(-1e9, 1e9)),
              bins: needed(itemsOf(numberFrom(0, 1), "shares")),
            },
            "",
          ),
          "layers",
        ),
      ),
    },
    "accuracies and layers",
  ),
};

/** The finished runs of a network. */
export function runsOf(result: PrecisionResult, network: VariantName): readonly PrecisionValue[] {
  return finished(trainedRuns(result, network));
}

/** A network's accuracy in a format; undefined where no run is finished. */
export function accuracyIn(
  result: PrecisionResult,
  network: VariantName,
  format: FormatName,
): Estimate | undefined {
  const values = runsOf(result, network).map((run) => accuracyOf(run, format));
  return values.length === 0 ? undefined : estimate(values);
}

/** How much of its float32 accuracy a network loses in a format, over its runs. */
export function lossIn(
  result: PrecisionResult,
  network: VariantName,
  format: FormatName,
): Estimate | undefined {
  const losses = finished(lossesIn(result, network, format));
  return losses.length === 0 ? undefined : estimate(losses);
}

/** The losses of single runs. */
export function lossesIn(
  result: PrecisionResult,
  network: VariantName,
  format: FormatName,
): Runs<number> {
  return figureOfRuns(
    trainedRuns(result, network),
    (run) => accuracyOf(run, "float32") - accuracyOf(run, format),
  );
}

function accuracyOf({ accuracies }: PrecisionValue, format: FormatName): number {
  return accuracies[formatNames.indexOf(format)] ?? 0;
}
