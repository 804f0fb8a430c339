/** What the experiment of information's flow is asked, and what it keeps. */
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
import { trainedPartName } from "../small-networks/trained-parts.ts";
import { type TrainingSettings, trainingKind } from "../small-networks/training-settings.ts";
import { type VariantName, variantNames } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";

/**
 * Where in a block: behind the batch norms of expansion, depthwise convolution and projection, behind the
 * ReLU6 of each where there is one, and the block's output.
 */
const placeNames = [
  "expanded",
  "expanded-relu6",
  "filtered",
  "filtered-relu6",
  "projected",
  "projected-relu6",
  "output",
] as const;

/** One of them. */
export type PlaceName = (typeof placeNames)[number];

/** What is asked. */
export type FlowSettings = {
  readonly training: TrainingSettings;
  readonly seeds: number;
  readonly networks: readonly VariantName[];
  /** By their number, from 0. */
  readonly blocks: readonly number[];
  /** Of the test's pictures, and places of each map that are drawn of each. */
  readonly pictures: number;
  readonly places: number;
};

/** A map's channels. */
export type FlowMap = {
  readonly block: number;
  readonly place: PlaceName;
  readonly channels: number;
  /** Effective rank, to four digits. */
  readonly rank: number;
  readonly dead: number;
};

/** A trained network. */
export type FlowValue = { readonly maps: readonly FlowMap[] };

export type FlowResult = ExperimentResult<FlowSettings, FlowValue>;

const block = wholeFrom(0, 16);

export const flowKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      training: needed(trainingKind),
      seeds: needed(wholeFrom(1, 100)),
      networks: needed(itemsOf(oneOf(...variantNames), "networks")),
      blocks: needed(itemsOf(block, "numbers of blocks")),
      pictures: needed(wholeFrom(1)),
      places: needed(wholeFrom(1)),
    },
    "the settings of this experiment",
  ),
  value: having(
    {
      maps: needed(
        itemsOf(
          having(
            {
              block: needed(block),
              place: needed(oneOf(...placeNames)),
              channels: needed(wholeFrom(1, 100_000)),
              rank: needed(numberFrom(0, 100_000)),
              dead: needed(wholeFrom(0)),
            },
            "",
          ),
          "maps with their ranks",
        ),
      ),
    },
    "maps",
  ),
};

/** What is asked of a map. */
export type MapFigure = "rank" | "share" | "dead";

/** A figure at a place of a block, over the runs of a network; undefined where there is no such map. */
export function figureAt(
  result: FlowResult,
  network: VariantName,
  at: { readonly block: number; readonly place: PlaceName; readonly of: MapFigure },
): Estimate | undefined {
  const values = Array.from({ length: result.settings.seeds }, (_, i) =>
    partValue(result, trainedPartName(network, i + 1)),
  ).flatMap((run) => {
    const map = run?.maps.find((one) => one.block === at.block && one.place === at.place);
    return map === undefined ? [] : [figureIn(map, at.of)];
  });
  return values.length === 0 ? undefined : estimate(values);
}

function figureIn({ rank, channels, dead }: FlowMap, of: MapFigure): number {
  if (of === "rank") return rank;
  return of === "share" ? rank / channels : dead / channels;
}

/** The mean over all blocks of a run that have the place, for each run: one number a training. */
export function meansOf(
  result: FlowResult,
  network: VariantName,
  place: PlaceName,
  of: MapFigure,
): readonly number[] {
  return Array.from({ length: result.settings.seeds }, (_, i) =>
    partValue(result, trainedPartName(network, i + 1)),
  ).flatMap((run) => {
    const values = (run?.maps ?? [])
      .filter((map) => map.place === place)
      .map((map) => figureIn(map, of));
    if (values.length === 0) return [];
    return [values.reduce((sum, value) => sum + value, 0) / values.length];
  });
}
