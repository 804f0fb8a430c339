/** What values the layers of a network have, over some pictures. */
import type { Graph } from "../../index.ts";
import type { DataSet } from "../../train/index.ts";
import { eachInput } from "../small-networks/run-network.ts";
import { openLayers } from "./layers.ts";
import type { LayerValues, PrecisionSettings } from "./values.ts";

/** How many equal parts a range has: a multiple of those that are kept. */
const [fineBins, keptBins] = [4000, 40];

/** Each layer's range and how its values lie in it, over the calibration's pictures. */
export async function observeLayers({
  graph,
  data,
  settings: { calibration: count, training },
}: {
  readonly graph: Graph;
  readonly data: DataSet;
  readonly settings: PrecisionSettings;
}): Promise<readonly LayerValues[]> {
  const network = await openLayers(graph);
  const range = { resolution: training.resolution, count };
  const { names } = network;
  const low = names.map(() => Number.POSITIVE_INFINITY);
  const high = names.map(() => Number.NEGATIVE_INFINITY);
  const bins = names.map(() => new Float64Array(fineBins));
  try {
    await eachInput(data.training, range, (input) => {
      network.run(input, (values, place) => {
        let [least, most] = [low[place]!, high[place]!];
        for (const value of values) {
          if (value < least) least = value;
          if (value > most) most = value;
        }
        [low[place], high[place]] = [least, most];
      });
    });
    await eachInput(data.training, range, (input) => {
      network.run(input, (values, place) => {
        const [start, counts] = [low[place]!, bins[place]!];
        const factor = fineBins / (high[place]! - start || 1);
        for (const value of values) {
          counts[Math.min(fineBins - 1, Math.floor((value - start) * factor))]!++;
        }
      });
    });
  } finally {
    network.dispose();
  }
  return names.map((name, i) => ({
    ...{ name, low: digits(low[i]!), high: digits(high[i]!) },
    p99: digits(quantile(bins[i]!, 0.99, low[i]!, high[i]!)),
    bins: coarse(bins[i]!),
  }));
}

/** To six digits. */
const digits = (value: number): number => Number(value.toPrecision(6));

/** Below which value a share of all lies, to a part of the range. */
function quantile(bins: Float64Array, share: number, low: number, high: number): number {
  const wanted = share * bins.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  const place = bins.findIndex((count) => {
    sum += count;
    return sum >= wanted;
  });
  return low + ((place + 1) / bins.length) * (high - low);
}

/** Shares of fewer parts. */
function coarse(bins: Float64Array): readonly number[] {
  const all = bins.reduce((sum, count) => sum + count, 0);
  const of = bins.length / keptBins;
  return Array.from({ length: keptBins }, (_, i) => {
    const own = bins.subarray(i * of, (i + 1) * of).reduce((sum, count) => sum + count, 0);
    return Number((own / all).toPrecision(4));
  });
}
