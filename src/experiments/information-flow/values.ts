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
  "depthwise",
  "depthwise-relu6",
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
  /** Of the test's pictures, and positions of each map that are drawn of each. */
  readonly pictures: number;
  readonly positions: number;
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

/** A count of channels over pictures and positions. */
export type ChannelCount = {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** The standard deviation. */
  readonly deviation: number;
};

/** How many channels of a block's expansion are active behind ReLU6 (figure 7). */
export type ActiveChannels = {
  readonly block: number;
  /** Of the expansion, t · d', and of the block's input, d', which is the threshold. */
  readonly channels: number;
  readonly threshold: number;
  /** Above 0, as the paper counts. */
  readonly positive: ChannelCount;
  /** Above 0 and below 6: where ReLU6 passes its input on. */
  readonly open: ChannelCount;
  /** The share of positions at which fewer are open than the threshold. */
  readonly below: number;
};

/** A network: of an untrained one the channels alone. */
export type FlowValue = {
  readonly maps: readonly FlowMap[];
  readonly active: readonly ActiveChannels[];
};

export type FlowResult = ExperimentResult<FlowSettings, FlowValue>;

const block = wholeFrom(0, 16);
const channels = wholeFrom(1, 100_000);
const count = needed(
  having(
    {
      ...{ least: needed(wholeFrom(0, 100_000)), most: needed(wholeFrom(0, 100_000)) },
      ...{ mean: needed(numberFrom(0, 100_000)), deviation: needed(numberFrom(0, 100_000)) },
    },
    "a count of channels",
  ),
);

export const flowKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      training: needed(trainingKind),
      seeds: needed(wholeFrom(1, 100)),
      networks: needed(itemsOf(oneOf(...variantNames), "networks")),
      blocks: needed(itemsOf(block, "numbers of blocks")),
      pictures: needed(wholeFrom(1)),
      positions: needed(wholeFrom(1)),
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
              channels: needed(channels),
              rank: needed(numberFrom(0, 100_000)),
              dead: needed(wholeFrom(0)),
            },
            "",
          ),
          "maps with their ranks",
        ),
      ),
      active: needed(
        itemsOf(
          having(
            {
              block: needed(block),
              ...{ channels: needed(channels), threshold: needed(channels) },
              ...{ positive: count, open: count, below: needed(numberFrom(0, 1)) },
            },
            "",
          ),
          "counts of active channels",
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
  const values = runsOf(result, network).flatMap((run) => {
    const map = run?.maps.find((one) => one.block === at.block && one.place === at.place);
    return map === undefined ? [] : [figureIn(map, at.of)];
  });
  return values.length === 0 ? undefined : estimate(values);
}

function figureIn({ rank, channels, dead }: FlowMap, of: MapFigure): number {
  if (of === "rank") return rank;
  return of === "share" ? rank / channels : dead / channels;
}

/**
 * The mean over all blocks of a run that have the place, for each run: one number a training, undefined
 * where the run is not there.
 */
export function meansOf(
  result: FlowResult,
  network: VariantName,
  place: PlaceName,
  of: MapFigure,
): readonly (number | undefined)[] {
  return runsOf(result, network).map((run) => {
    const values = (run?.maps ?? [])
      .filter((map) => map.place === place)
      .map((map) => figureIn(map, of));
    return values.length === 0 ? undefined : meanValue(values);
  });
}

/** The mean of at least one value. */
export function meanValue(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Which weights active channels are of: those that MobileNetV2 begins with, or its trained ones. */
export type WeightState = "untrained" | "trained";

/** The name of a part that looks at a network with the weights that a run begins with. */
export function untrainedPartName(run: number): string {
  return `untrained/${run}`;
}

/** What MobileNetV2's expansions have active, by run; undefined where the run is not there. */
export function activeOf(
  result: FlowResult,
  state: WeightState,
): readonly (readonly ActiveChannels[] | undefined)[] {
  if (state === "trained") return runsOf(result, "base").map((run) => run?.active);
  return Array.from(
    { length: result.settings.seeds },
    (_, i) => partValue(result, untrainedPartName(i + 1))?.active,
  );
}

/** A block's active channels over runs: the least and the most of any, the mean of the others. */
export function activeAt(
  result: FlowResult,
  state: WeightState,
  block: number,
): ActiveChannels | undefined {
  const runs = activeOf(result, state).flatMap(
    (run) => run?.filter((one) => one.block === block) ?? [],
  );
  const [first] = runs;
  if (first === undefined) return undefined;
  const joined = (of: "positive" | "open"): ChannelCount => ({
    least: Math.min(...runs.map((run) => run[of].least)),
    mean: meanValue(runs.map((run) => run[of].mean)),
    most: Math.max(...runs.map((run) => run[of].most)),
    deviation: meanValue(runs.map((run) => run[of].deviation)),
  });
  const below = meanValue(runs.map((run) => run.below));
  return { ...first, positive: joined("positive"), open: joined("open"), below };
}

function runsOf(result: FlowResult, network: VariantName): readonly (FlowValue | undefined)[] {
  return Array.from({ length: result.settings.seeds }, (_, i) =>
    partValue(result, trainedPartName(network, i + 1)),
  );
}
