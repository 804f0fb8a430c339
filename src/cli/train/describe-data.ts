/**
 * What the choice of a way to train looks at: how many pictures of how many classes, how large, and how fast
 * this machine is; and, for a run of any task, about how long it takes.
 */
import { availableParallelism } from "node:os";
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { MobileNetError, throwIfAborted } from "../../errors.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { originalSize } from "../../image/image.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import type { Model } from "../../models/model.ts";
import { timeCall } from "../../timing.ts";
import {
  type DataFacts,
  estimateSeconds,
  type MachineSpeed,
  trainingCost,
} from "../../train/defaults.ts";
import { type RecipeName, recipes } from "../../train/recipes.ts";
import { sessionTasks, type TrainingTypes } from "../../train/session-tasks.ts";
import type { OptionValues } from "../options.ts";
import type { TrainCommandOptions } from "./options.ts";
import type { CommandTask } from "./task-names.ts";

/** Pictures whose sizes are looked at. */
const looked = 9;

/** How many pictures of each class there are. */
export function countByClass(pictures: Pictures, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < pictures.count; index++) counts[pictures.label(index)]! += 1;
  return counts;
}

/** What a data set is like. */
export async function describeData(set: DataSet, signal: AbortSignal): Promise<DataFacts> {
  const { training, validation, classes } = set;
  return {
    classes: classes.length,
    training: training.count,
    testing: validation.count,
    perClass: middle(countByClass(training, classes.length)),
    ...(await lookAtPictures(training, signal)),
  };
}

/** A few pictures, spread evenly, tell how large all are and how long one takes to read. */
async function lookAtPictures(
  pictures: Pick<Pictures<unknown>, "count" | "picture">,
  signal: AbortSignal,
): Promise<Pick<DataFacts, "edge" | "readSeconds">> {
  const { count } = pictures;
  const edges: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < Math.min(looked, count); i++) {
    throwIfAborted(signal);
    const start = performance.now();
    try {
      const index = Math.floor(((i + 0.5) * count) / Math.min(looked, count));
      const image = await pictures.picture(index, () => ({ width: 256, height: 256 }));
      const { width, height } = originalSize(image);
      edges.push(Math.max(width, height));
      times.push((performance.now() - start) / 1000);
    } catch (error) {
      // Training comes upon it again and tells.
      if (!(error instanceof MobileNetError)) throw error;
    }
  }
  return { edge: middle(edges), readSeconds: middle(times) };
}

/** A run as far as its time hangs on it. */
export interface TimedRun<T extends CommandTask> {
  readonly task: T;
  readonly set: DataSet<TrainingTypes[T]["label"]>;
  readonly from: Model | undefined;
  /** What of the task's settings the network is built by. */
  readonly settings: TrainingTypes[T]["settings"];
  readonly values: OptionValues<TrainCommandOptions> & { readonly recipe: RecipeName };
  /** How long a picture takes to read, where it is known already. */
  readonly readSeconds?: number | undefined;
  readonly signal: AbortSignal;
}

/** About how many seconds a run takes: by its network, its pictures and this machine. */
export async function estimateRun<T extends CommandTask>({
  task,
  set: { classes, training, validation },
  from,
  settings,
  values: { width, resolution, freeze = "none", recipe, epochs, threads, workers },
  readSeconds,
  signal,
}: TimedRun<T>): Promise<number> {
  const size = { width, resolution };
  const choice = { from: from?.graph, classes: classes.length, ...size };
  const graph = sessionTasks[task].build(choice, settings);
  const facts = {
    ...{ training: training.count, testing: validation.count },
    readSeconds: readSeconds ?? (await lookAtPictures(training, signal)).readSeconds,
  };
  const { views, epochs: usual } = recipes[recipe];
  return estimateSeconds({ epochs: epochs ?? usual, views }, facts, {
    cost: trainingCost(graph, freeze),
    speed: await measureSpeed(threads ?? "auto", training.path ? workers : 0),
  });
}

/** The value in the middle; 0 where there is none. */
function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] ?? 0;
}

/** How fast this machine runs a small network: a tenth of a second's look. */
export async function measureSpeed(
  threads: number | "auto",
  workers: number | undefined,
): Promise<MachineSpeed> {
  const [{ compile }, { wasmBackend }, { countCost }] = await Promise.all([
    import("../../compile/compile.ts"),
    import("../../backends/wasm/wasm.ts"),
    import("../../graph/cost.ts"),
  ]);
  const graph = mobilenetV2({ resolution: 96, classes: 10 });
  const program = compile(withRandomWeights(graph), wasmBackend.target);
  const executable = await wasmBackend.prepare(program, { threads });
  try {
    executable.input().fill(0.5);
    for (let i = 0; i < 3; i++) executable.run();
    // The least: what else runs at the moment will not run all the time.
    const least = Math.min(...Array.from({ length: 15 }, () => timeCall(() => executable.run())));
    const usual = Math.max(1, Math.min(4, availableParallelism() - 1));
    const { multiplyAdds } = countCost(graph);
    return { forward: multiplyAdds / (least / 1000), workers: workers ?? usual };
  } finally {
    executable.dispose();
  }
}
