/**
 * Section 4's reason for ReLU6, "its robustness when used with low-precision computation": networks with
 * bounded and with unbounded values, trained alike, in ever fewer bits.
 */
import { type ClassifierModel, type Graph, loadModel, quantize } from "../../index.ts";
import type { DataSet } from "../../train/index.ts";
import { type AnyExperiment, defineExperiment, type PartContext } from "../experiment.ts";
import { eachInput, likeliest, openGraph } from "../small-networks/run-network.ts";
import { inputPreset, trainingPictures } from "../small-networks/train-node.ts";
import { trainedParts } from "../small-networks/trained-parts.ts";
import { fullTraining, quickTraining } from "../small-networks/training-settings.ts";
import { precisionFigures } from "./figures.ts";
import { openLayers } from "./layers.ts";
import { observeLayers } from "./observe.ts";
import { roundToBits, roundToHalf } from "./rounding.ts";
import { precisionAnswers, precisionReport } from "./section.ts";
import {
  type FormatName,
  formatNames,
  type LayerValues,
  type PrecisionSettings,
  type PrecisionValue,
  precisionKinds,
} from "./values.ts";

const networks = ["base", "relu", "linear-depthwise", "nonlinear"] as const;

export const lowPrecision: AnyExperiment = defineExperiment<PrecisionSettings, PrecisionValue>({
  name: "low-precision",
  revision: 1,
  kinds: precisionKinds,
  settings: (quick) =>
    quick
      ? { training: quickTraining, seeds: 2, networks, calibration: 20, tested: 40 }
      : { training: fullTraining, seeds: 3, networks, calibration: 512, tested: 5000 },
  parts: (settings, seed) =>
    trainedParts(settings, seed, 0.5, async ({ graph }, { run, signal, progress }) => {
      const data = await trainingPictures(settings.training, signal);
      const task = { graph, data, settings };
      const layers = await observeLayers(task);
      const accuracies: number[] = [];
      for (const [place, format] of formatNames.entries()) {
        const own = (share: number): Promise<void> =>
          progress((place + share) / formatNames.length);
        accuracies.push(await accuracyIn(format, { ...task, layers, progress: own }));
      }
      return {
        accuracies,
        layers: run === 1 ? layers : layers.map((layer) => ({ ...layer, bins: [] })),
      };
    }),
  figures: precisionFigures,
  report: precisionReport,
  answers: precisionAnswers,
});

interface Task {
  readonly graph: Graph;
  readonly data: DataSet;
  readonly settings: PrecisionSettings;
}

type Progress = PartContext<never>["progress"];

/** A network's accuracy in a format. */
async function accuracyIn(
  format: FormatName,
  task: Task & { readonly layers: readonly LayerValues[]; readonly progress: Progress },
): Promise<number> {
  const { graph, layers } = task;
  if (format === "int8-channel" || format === "int8-tensor") {
    const network = await openGraph(await quantized(format, task));
    return await judge(task, network, (input) => {
      network.input().set(input);
      network.run();
      return network.output();
    });
  }
  const network = await openLayers(format === "float16" ? withHalfWeights(graph) : graph);
  const bits = Number(format.replace("activations-", ""));
  const change = (values: Float32Array, place: number): void => {
    if (format === "float16") roundToHalf(values);
    else if (format !== "float32") roundToBits(values, bits, layers[place]!);
  };
  return await judge(task, network, (input) => network.run(input, change));
}

async function judge(
  { data, settings, progress }: Task & { readonly progress: Progress },
  network: { dispose(): void },
  scores: (input: Float32Array) => Float32Array,
): Promise<number> {
  const { tested: count, training } = settings;
  let [right, all] = [0, 0];
  try {
    const range = { resolution: training.resolution, count };
    await eachInput(data.validation, range, async (input, label, index) => {
      if (index % 20 === 0) await progress(index / count);
      right += likeliest(scores(input)) === label ? 1 : 0;
      all++;
    });
  } finally {
    network.dispose();
  }
  return right / all;
}

/** The network in 8 bits, as `quantize` makes it of the calibration's pictures. */
async function quantized(
  format: "int8-channel" | "int8-tensor",
  { graph, data, settings: { training, calibration } }: Task,
): Promise<Graph> {
  const model: ClassifierModel = {
    ...{ task: "classify", name: "network", graph, labels: data.classes },
    ...{ preprocess: inputPreset(training.resolution), features: graph.landmarks!.features },
  };
  const images = Array.from(
    { length: Math.min(calibration, data.training.count) },
    (_, i) => () => data.training.picture(i),
  );
  const weights = format === "int8-channel" ? "per-channel" : "per-tensor";
  // The report's comparison is of no use here.
  const { file } = await quantize(model, { images, weights, heldOut: images.slice(0, 1) });
  return (await loadModel(file)).graph;
}

/** All parameters rounded to float16. */
function withHalfWeights(graph: Graph): Graph {
  const parameters = new Map(
    [...graph.parameters].map(([name, parameter]) => {
      const data = Float32Array.from(parameter.data as Float32Array);
      roundToHalf(data);
      return [name, { ...parameter, data }] as const;
    }),
  );
  return { ...graph, parameters };
}
