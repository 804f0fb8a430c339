/** Networks run on pictures, with whatever they hold inside. */
import { compile, type Graph, type SynchronousExecutable, wasmBackend } from "../../index.ts";
import { type Pictures, pictureSamples } from "../../train/index.ts";
import { inputPreset } from "./train-node.ts";

/** A graph made ready, with all of its outputs in memory. */
export function openGraph(graph: Graph): Promise<SynchronousExecutable> {
  return wasmBackend.prepare(compile(graph, wasmBackend.target));
}

/** Pictures as networks of some resolution read them, one after another. */
export async function eachInput(
  pictures: Pictures,
  { resolution, count }: { readonly resolution: number; readonly count: number },
  visit: (input: Float32Array, label: number, index: number) => void | Promise<void>,
): Promise<void> {
  const samples = pictureSamples(pictures, inputPreset(resolution), {});
  const values = new Float32Array(resolution * resolution * 3);
  for (let i = 0; i < Math.min(count, samples.count); i++) {
    await samples.read(i, values);
    await visit(values, samples.label(i), i);
  }
}

/** The index of the largest value, the lowest of several. */
export function likeliest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
