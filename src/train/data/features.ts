/**
 * Samples as the frozen part of a network leaves them. Where nothing random comes before, each sample
 * is computed once and kept, as long as there is memory for it.
 */
import type { Executable } from "../../backends/backend.ts";
import { wasmBackend } from "../../backends/wasm/wasm.ts";
import { compile } from "../../compile/compile.ts";
import type { Graph } from "../../graph/ir.ts";
import type { Samples } from "./samples.ts";

/** A frozen network that samples pass before they are trained on. */
export interface FrozenPart {
  /** `keep`: whether samples are the same each time. */
  samples(of: Samples, options: { readonly keep: boolean }): Samples;
  dispose(): void;
}

/** Features that are kept take at most so many bytes, of all samples together. */
const usualMemory = 1e9;

/** Prepares the frozen part, whose weights are bound; what does not fit `memory` is computed again. */
export async function prepareFrozen(
  graph: Graph,
  threads: number | "auto",
  memory: number = usualMemory,
): Promise<FrozenPart> {
  const program = compile(graph, wasmBackend.target);
  const executable: Executable = await wasmBackend.prepare(program, { threads });
  let free = memory;
  return {
    samples(of, { keep }) {
      const kept = new Map<number, Float32Array>();
      return {
        ...of,
        prefetch(requests) {
          const open = requests.filter(({ index }) => !kept.has(index));
          of.prefetch?.(keep ? open.map(({ index }) => ({ index, key: undefined })) : open);
        },
        async read(index, into, random) {
          const known = kept.get(index);
          if (known !== undefined) {
            into.set(known);
            return;
          }
          // Read first: another sample may use the input while this one is decoded.
          const values = new Float32Array(executable.input().length);
          await of.read(index, values, keep ? undefined : random);
          executable.input().set(values);
          executable.run();
          const features = executable.output();
          into.set(features);
          if (!keep || features.byteLength > free) return;
          free -= features.byteLength;
          kept.set(index, features);
        },
      };
    },
    dispose: () => executable.dispose(),
  };
}
