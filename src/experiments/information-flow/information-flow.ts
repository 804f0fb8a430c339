/**
 * What section 3.2 and appendix A say of where information is lost, looked for inside networks: how many
 * channels of an expansion are active before and after training (figure 7), how many dimensions
 * activations fill and how many channels are dead, before and after ReLU6, in what is wide and in what is
 * narrow; beside networks with ReLU6 in the bottleneck and without shortcuts.
 */
import { type Graph, inferShapes, selectOutputs } from "../../index.ts";
import { Random } from "../../random.ts";
import { required } from "../../required.ts";
import type { DataSet } from "../../train/index.ts";
import {
  type AnyExperiment,
  defineExperiment,
  type ExperimentPart,
  type PartContext,
} from "../experiment.ts";
import { eachInput, openGraph } from "../small-networks/run-network.ts";
import { trainingPictures } from "../small-networks/train-node.ts";
import { trainedParts } from "../small-networks/trained-parts.ts";
import { fullTraining, quickTraining } from "../small-networks/training-settings.ts";
import { ActiveCounts } from "./active-channels.ts";
import { ChannelSums } from "./effective-rank.ts";
import { flowFigures } from "./figures.ts";
import { flowAnswers, flowReport } from "./section.ts";
import { untrainedNetwork } from "./untrained.ts";
import {
  type FlowSettings,
  type FlowValue,
  flowKinds,
  type PlaceName,
  untrainedPartName,
} from "./values.ts";

/** So that these streams are nobody else's. */
const streams = 0x666c;

const networks = ["base", "nonlinear", "no-shortcut"] as const;

export const informationFlow: AnyExperiment = defineExperiment<FlowSettings, FlowValue>({
  name: "information-flow",
  revision: 1,
  kinds: flowKinds,
  settings: (quick) =>
    quick
      ? {
          ...{ training: quickTraining, seeds: 2, networks },
          ...{ blocks: [1, 3, 6, 9], pictures: 40, positions: 8 },
        }
      : {
          ...{ training: fullTraining, seeds: 3, networks },
          ...{ blocks: Array.from({ length: 17 }, (_, i) => i), pictures: 1000, positions: 16 },
        },
  parts: (settings, seed) => [
    ...Array.from({ length: settings.seeds }, (_, i) => i + 1).map(
      (run): ExperimentPart<FlowValue> => ({
        name: untrainedPartName(run),
        async run({ signal, progress }) {
          const data = await trainingPictures(settings.training, signal);
          const graph = await untrainedNetwork(settings.training, trainingSeed(seed, run), data);
          const { active } = await observe(graph, { data, settings, seed, progress, mapped: [] });
          return { maps: [], active };
        },
      }),
    ),
    ...trainedParts(settings, seed, 0.8, async ({ graph }, { signal, progress }) => {
      const data = await trainingPictures(settings.training, signal);
      return await observe(graph, { data, settings, seed, progress, mapped: settings.blocks });
    }),
  ],
  figures: flowFigures,
  report: flowReport,
  answers: flowAnswers,
});

/** The seed of a run's trainings, as trained parts have it. */
function trainingSeed(seed: number, run: number): number {
  return 100 * seed + run;
}

/** The maps of a block by their place: the nodes that give them. */
export function mapsOf(graph: Graph, block: number): readonly (readonly [PlaceName, string])[] {
  const names = new Set(graph.nodes.map(({ name }) => name));
  const parts = [
    ["expanded", "expand"],
    ["depthwise", "depthwise"],
    ["projected", "project"],
  ] as const;
  const inside = parts.flatMap(([place, part]) => {
    const name = `block_${block}/${part}`;
    return [
      [place, `${name}/batch_norm`],
      [`${place}-relu6`, `${name}/relu6`],
    ] as const;
  });
  const output = graph.landmarks?.blocks[block];
  return [
    ...inside.filter(([, name]) => names.has(name)),
    ...(output === undefined ? [] : [["output", output] as const]),
  ];
}

/** What an expansion's channels are counted against: those of the block's input. */
function inputChannels(graph: Graph, block: number): number {
  const expand = required(
    new Map(graph.nodes.map((node) => [node.name, node])),
    `block_${block}/expand`,
  );
  return required(inferShapes(graph), expand.inputs[0]!)[3];
}

async function observe(
  graph: Graph,
  {
    data,
    settings,
    seed,
    progress,
    mapped,
  }: {
    readonly data: DataSet;
    readonly settings: FlowSettings;
    readonly seed: number;
    readonly progress: PartContext<never>["progress"];
    /** The blocks of whose maps ranks are wanted, too. */
    readonly mapped: readonly number[];
  },
): Promise<FlowValue> {
  const { blocks, pictures, positions, training } = settings;
  const all = blocks.flatMap((block) =>
    mapsOf(graph, block).map(([place, node]) => ({ block, place, node })),
  );
  const maps = all.filter(({ block }) => mapped.includes(block));
  const expansions = all.filter(({ place }) => place === "expanded-relu6");
  const nodes = [...new Set([...maps, ...expansions].map(({ node }) => node))];
  const ranked = new Set(maps.map(({ node }) => node));
  const network = await openGraph(selectOutputs(graph, nodes));
  const sums = new Map<string, ChannelSums>();
  const counts = new Map(
    expansions.map(({ block, node }) => {
      const threshold = inputChannels(graph, block);
      const channels = required(inferShapes(graph), node)[3];
      return [node, new ActiveCounts(channels, threshold)] as const;
    }),
  );
  try {
    const range = { resolution: training.resolution, count: pictures };
    await eachInput(data.validation, range, async (input, _, index) => {
      if (index % 10 === 0) await progress((0.7 * index) / pictures);
      network.input().set(input);
      network.run();
      for (const [output, node] of nodes.entries()) {
        const { data: values, shape } = network.outputTensor(output);
        counts.get(node)?.add(values as Float32Array);
        if (!ranked.has(node)) continue;
        const channels = shape[3]!;
        let own = sums.get(node);
        if (own === undefined) {
          own = new ChannelSums(channels);
          sums.set(node, own);
        }
        const random = new Random(streams, seed, index, output);
        const pixels = values.length / channels;
        for (let i = 0; i < Math.min(positions, pixels); i++) {
          own.add(values as Float32Array, random.integer(pixels) * channels);
        }
      }
    });
  } finally {
    network.dispose();
  }
  const figures = new Map<string, { readonly rank: number; readonly dead: number }>();
  for (const [place, [node, own]] of [...sums].entries()) {
    await progress(0.7 + (0.3 * place) / sums.size);
    figures.set(node, own.figures());
  }
  return {
    maps: maps.map(({ block, place, node }) => {
      const { rank, dead } = figures.get(node)!;
      const { channels } = sums.get(node)!;
      return { block, place, channels, rank: Number(rank.toPrecision(4)), dead };
    }),
    active: expansions.map(({ block, node }) => ({ block, ...required(counts, node).figures() })),
  };
}
