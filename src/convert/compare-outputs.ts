/** A model and its files, as they are read back, side by side on the same pictures. */
import type { Executable } from "../backends/backend.ts";
import { inferOnce } from "../backends/synchronous.ts";
import { MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import type { PreparedPictures } from "../quantize/pictures.ts";
import { type BackendOptions, prepareGraph } from "../tasks/backend-choice.ts";
import type { OutputComparison } from "./conversion.ts";

/** The largest difference between the outputs of two graphs that take the same pictures. */
export async function compareOutputs(
  graphs: readonly [Graph, Graph],
  pictures: PreparedPictures,
  { onPicture, ...options }: BackendOptions & { readonly onPicture?: (() => void) | undefined },
): Promise<OutputComparison> {
  const prepared: Executable[] = [];
  let [largestDifference, largestValue] = [0, 0];
  const open = async (graph: Graph): Promise<Executable> => {
    const { executable } = await prepareGraph(graph, options);
    prepared.push(executable);
    return executable;
  };
  const outputs = graphs[0].outputs.map((_, i) => i);
  try {
    const [own, other] = [await open(graphs[0]), await open(graphs[1])];
    await pictures.each(async ({ values }) => {
      const read = await inferOnce(own, [values]);
      // A reader's arrays may be written over by the next run.
      const wanted = outputs.map((i) => read.output(i).slice());
      const received = await inferOnce(other, [values]);
      for (const [i, map] of wanted.entries()) {
        const found = received.output(i);
        if (found.length !== map.length) {
          throw new MobileNetError("internal", "the files have other outputs than the model", {
            expected: `${map.length} values`,
            received: `${found.length}`,
          });
        }
        for (let at = 0; at < map.length; at++) {
          const value = map[at]!;
          largestDifference = Math.max(largestDifference, Math.abs(found[at]! - value));
          largestValue = Math.max(largestValue, Math.abs(value));
        }
      }
      onPicture?.();
    });
  } finally {
    for (const executable of prepared) executable.dispose();
  }
  return { images: pictures.count, largestDifference, largestValue };
}
