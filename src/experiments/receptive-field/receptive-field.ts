/**
 * What a block sees: the receptive field that its windows allow, the part of it that trained and random
 * weights make use of, maps of features and what in a photograph speaks for its class.
 */
import { type ClassifierModel, type Graph, loadModel, withRandomWeights } from "../../index.ts";
import { Random } from "../../random.ts";
import { required } from "../../required.ts";
import { floatNetwork } from "../../train/index.ts";
import { type AnyExperiment, defineExperiment, type ExperimentPart } from "../experiment.ts";
import { receptiveFigures } from "./figures.ts";
import { gradientEnergy, pinkNoise, sideOf } from "./gradients.ts";
import { receptiveReport } from "./section.ts";
import { receptiveFields } from "./theory.ts";
import {
  type FieldSettings,
  fieldParts,
  type ReceptiveValue,
  receptiveKinds,
  type Weights,
} from "./values.ts";

/** So that these streams are nobody else's. */
const stream = 0x7266;

/** The edge of a drawn map, in cells. */
const drawnCells = 75;

export const receptiveField: AnyExperiment = defineExperiment<FieldSettings, ReceptiveValue>({
  name: "receptive-field",
  revision: 1,
  kinds: receptiveKinds,
  settings: (quick) =>
    quick
      ? { model: "cifar10", blocks: [2, 7, 16], drawn: [2, 7, 16], pictures: 3 }
      : {
          model: "imagenet",
          blocks: Array.from({ length: 17 }, (_, block) => block),
          ...{ drawn: [2, 6, 12, 16], pictures: 12 },
        },
  parts(settings, seed) {
    const models = new OneModel(settings.model);
    return [
      ...(["trained", "random"] as const).flatMap((weights) =>
        settings.blocks.map((block) => fieldPart(models, { weights, block }, settings, seed)),
      ),
      {
        name: fieldParts.features,
        async run(context) {
          const { drawFeatures } = await import("./pictures-node.ts");
          return await drawFeatures(await models.open(), settings.drawn, context);
        },
      },
      {
        name: fieldParts.activation,
        async run(context) {
          const { drawActivation } = await import("./pictures-node.ts");
          return await drawActivation(await models.open(), context);
        },
      },
    ];
  },
  figures: receptiveFigures,
  report: receptiveReport,
});

/** The model of all parts, in real numbers, read when the first part wants it. */
class OneModel {
  readonly #name: FieldSettings["model"];
  #model: Promise<ClassifierModel> | undefined;

  constructor(name: FieldSettings["model"]) {
    this.#name = name;
  }

  open(): Promise<ClassifierModel> {
    this.#model ??= this.#read();
    return this.#model;
  }

  async #read(): Promise<ClassifierModel> {
    const model = (await loadModel(this.#name)) as ClassifierModel;
    const isFloat = model.graph.nodes.every(({ quantization }) => quantization === undefined);
    if (isFloat) return model;
    const graph = floatNetwork(model.graph);
    return { ...model, graph, features: graph.landmarks.features };
  }
}

function fieldPart(
  models: OneModel,
  { weights, block }: { readonly weights: Weights; readonly block: number },
  { drawn, pictures }: FieldSettings,
  seed: number,
): ExperimentPart<ReceptiveValue> {
  return {
    name: fieldParts.field(weights, block),
    async run({ progress }) {
      const { graph: trained } = await models.open();
      const graph: Graph = weights === "trained" ? trained : withRandomWeights(trained);
      const node = required(new Map((graph.landmarks?.blocks ?? []).entries()), block);
      const { start, end, jump } = required(receptiveFields(graph), node);
      const energy = await gradientEnergy(graph, node, {
        pictures,
        random: new Random(stream, seed, block),
        draw: (into, random) => pinkNoise(into, Math.round(Math.sqrt(into.length / 3)), 3, random),
        pause: async (done) => await progress(done / pictures),
      });
      const shift = energy.place[0] * jump;
      const middle = (start + end) / 2 + shift;
      const seen = Math.min(energy.rows, end + shift) - Math.max(0, start + shift);
      const { energyMap } = await import("./pictures-node.ts");
      const side = (share: number): number =>
        Number(Math.min(end - start, sideOf(energy, middle, share)).toFixed(1));
      return {
        ...{ kind: "field", theoretical: end - start, picture: energy.rows, seen },
        ...{ half: side(0.5), most: side(0.95) },
        ...(drawn.includes(block) ? { map: await energyMap(energy, drawnCells) } : {}),
      };
    },
  };
}
