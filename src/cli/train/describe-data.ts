/** What the choice of a way to train looks at: how many pictures of how many classes, how large, and how fast this machine is. */
import { availableParallelism } from "node:os";
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { MobileNetError, throwIfAborted } from "../../errors.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { originalSize } from "../../image/image.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { timeCall } from "../../timing.ts";
import type { DataFacts, MachineSpeed } from "../../train/defaults.ts";

/** Pictures whose sizes are looked at. */
const looked = 9;

/** How many pictures of each class there are. */
export function countByClass(pictures: Pictures, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < pictures.count; index++) counts[pictures.label(index)]! += 1;
  return counts;
}

/** What a data set is like; a few of its pictures, spread evenly, tell how large they are. */
export async function describeData(set: DataSet, signal: AbortSignal): Promise<DataFacts> {
  const { training, validation, classes } = set;
  const edges: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < Math.min(looked, training.count); i++) {
    throwIfAborted(signal);
    const start = performance.now();
    try {
      const index = Math.floor(((i + 0.5) * training.count) / Math.min(looked, training.count));
      const image = await training.picture(index, () => ({ width: 256, height: 256 }));
      const { width, height } = originalSize(image);
      edges.push(Math.max(width, height));
      times.push((performance.now() - start) / 1000);
    } catch (error) {
      // Training comes upon it again and tells.
      if (!(error instanceof MobileNetError)) throw error;
    }
  }
  return {
    classes: classes.length,
    training: training.count,
    testing: validation.count,
    perClass: middle(countByClass(training, classes.length)),
    edge: middle(edges),
    readSeconds: middle(times),
  };
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
