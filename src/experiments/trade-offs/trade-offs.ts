/**
 * Figure 5 and tables 4 to 7: what accuracy costs, in parameters, multiply-adds and milliseconds, for
 * every published variant and for detectors and segmenters.
 */
import { type AnyExperiment, defineExperiment } from "../experiment.ts";
import { checkpoints } from "./checkpoints.ts";
import { countNetworks, countVariants } from "./costs.ts";
import { tradeOffFigures } from "./figures.ts";
import { measureLatencies } from "./latencies.ts";
import { tradeOffReport } from "./section.ts";
import { type TradeOffSettings, type TradeOffValue, tradeOffKinds } from "./values.ts";

/** Small ones, for a look. */
const quickVariants = [
  [1, 128],
  [1, 96],
  [0.5, 96],
  [0.35, 96],
] as const;

export const tradeOffs: AnyExperiment = defineExperiment<TradeOffSettings, TradeOffValue>({
  name: "trade-offs",
  revision: 1,
  kinds: tradeOffKinds,
  settings: (quick) =>
    quick
      ? { timed: quickVariants, rounds: 5, pictures: 8, resamples: 20 }
      : {
          timed: checkpoints.map(({ width, resolution }) => [width, resolution]),
          ...{ rounds: 40, pictures: 10_000, resamples: 500 },
        },
  parts: (settings, seed) => [
    {
      name: "costs",
      run: async () => ({
        ...{ kind: "costs", variants: countVariants(), networks: countNetworks() },
      }),
    },
    { name: "latencies", run: async (context) => await measureLatencies(settings, context) },
    {
      name: "classified",
      async run(context) {
        const { judgeOnImagenet } = await import("./accuracy-node.ts");
        return await judgeOnImagenet(settings, context);
      },
    },
    {
      name: "detected",
      async run(context) {
        const { judgeOnCoco } = await import("./accuracy-node.ts");
        return await judgeOnCoco(settings, seed, context);
      },
    },
  ],
  figures: tradeOffFigures,
  report: tradeOffReport,
});
