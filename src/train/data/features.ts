/**
 * Samples as the frozen part of a network leaves them. Where each sample has a fixed number of versions,
 * or one, every version is computed once and kept, as long as memory allows.
 */
import { runOnce } from "../../backends/synchronous.ts";
import { wasmBackend } from "../../backends/wasm/wasm.ts";
import { compile } from "../../compile/compile.ts";
import type { Graph } from "../../graph/ir.ts";
import type { Geometry } from "./geometry.ts";
import type { SampleSet } from "./samples.ts";

/** Samples behind the frozen part. */
export interface FrozenSamples<Label> extends SampleSet<Label> {
  /** Epochs after which all their versions are kept; absent where they are computed each time. */
  readonly keptAfter: number | undefined;
}

/** A version of a sample that was computed. */
interface KeptFeatures {
  readonly features: Float32Array;
  readonly geometry: Geometry | undefined;
}

/** A frozen network that samples pass before they are trained on. */
export interface FrozenPart {
  /**
   * `views`: how many augmented versions of each sample there are, `plain` for the sample as it is, absent
   * for new versions each time.
   */
  samples<Label>(
    of: SampleSet<Label>,
    options: { readonly views: number | "plain" | undefined },
  ): FrozenSamples<Label>;
  dispose(): void;
}

/** The most bytes of features that are kept for a set of samples. */
const mostBytes = 1e9;

/**
 * Prepares the frozen part, whose weights are bound.
 *
 * @param memory - A set whose features take more bytes is computed each time.
 */
export async function prepareFrozen(
  graph: Graph,
  threads: number | "auto",
  memory: number = mostBytes,
): Promise<FrozenPart> {
  const program = compile(graph, wasmBackend.target);
  const executable = await wasmBackend.prepare(program, { threads });
  const featureBytes = executable.output().byteLength;
  return {
    samples(of, { views }) {
      const kept = new Map<string, KeptFeatures>();
      const plain = views === "plain";
      const versions = plain ? 1 : (views ?? Number.POSITIVE_INFINITY);
      const keeps = versions * of.count * featureBytes <= memory;
      const nameOf = (index: number, key: readonly number[] | undefined): string =>
        `${index} ${plain ? "" : (key?.join() ?? "")}`;
      return {
        // One by one: what a class's prototype holds is not spread.
        count: of.count,
        keptAfter: keeps ? versions : undefined,
        name: (index) => of.name(index),
        label: (index) => of.label(index),
        prefetch(requests) {
          const open = requests.filter(({ index, key }) => !kept.has(nameOf(index, key)));
          of.prefetch?.(plain ? open.map(({ index }) => ({ index, key: undefined })) : open);
        },
        async read(index, into, random) {
          const name = nameOf(index, random?.key);
          const known = kept.get(name);
          if (known !== undefined) {
            into.set(known.features);
            return known.geometry;
          }
          // Read first: another sample may use the input while this one is decoded.
          const values = new Float32Array(executable.input().length);
          const geometry = (await of.read(index, values, plain ? undefined : random)) ?? undefined;
          const features = runOnce(executable, [values]).output();
          into.set(features);
          if (keeps) kept.set(name, { features, geometry });
          return geometry;
        },
      };
    },
    dispose: () => executable.dispose(),
  };
}
