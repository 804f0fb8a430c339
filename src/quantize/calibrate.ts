/**
 * Calibration: the float network runs over pictures with every feature map as an output, and each
 * map's statistics are kept. Memory is that of all maps of one picture. Methods that need histograms
 * take a second pass, once the extremes are known.
 */
import { inferOnce } from "../backends/synchronous.ts";
import type { Graph } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { type BackendOptions, prepareGraph } from "../tasks/backend-choice.ts";
import { withEveryValue } from "./network.ts";
import { Observation } from "./observe.ts";
import type { PreparedPictures } from "./pictures.ts";

/** The statistics of every node's output, by name. */
export type Observations = ReadonlyMap<string, Observation>;

/** How calibration runs. */
export interface CalibrateOptions extends BackendOptions {
  /** Whether the second pass is needed. */
  readonly histograms: boolean;
  /** Told after each picture of each pass. */
  readonly onPicture?: (() => void) | undefined;
}

/** Runs a float network over pictures and observes every feature map. */
export async function calibrate(
  graph: Graph,
  pictures: PreparedPictures,
  { histograms, onPicture, ...options }: CalibrateOptions,
): Promise<Observations> {
  const { executable } = await prepareGraph(withEveryValue(graph), options);
  const shapes = inferShapes(graph);
  const observed = graph.nodes.map(({ name, op }) => ({
    name,
    isInput: op === "input",
    observation: new Observation(shapes.get(name)?.[3] ?? 1),
  }));
  const pass = (observe: (observation: Observation, values: Float32Array) => void) =>
    pictures.each(async ({ values }) => {
      const read = await inferOnce(executable, [values]);
      for (const [i, { observation, isInput }] of observed.entries()) {
        observe(observation, isInput ? values : read.output(i));
      }
      onPicture?.();
    });
  try {
    await pass((observation, values) => observation.add(values));
    if (histograms) await pass((observation, values) => observation.count(values));
  } finally {
    executable.dispose();
  }
  return new Map(observed.map(({ name, observation }) => [name, observation]));
}
