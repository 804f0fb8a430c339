/**
 * The reference backend: plain TypeScript that runs a program step by step. It is slow and exact,
 * needs nothing but JavaScript, and is what every other backend is compared with.
 */
import type { Target } from "../../compile/program.ts";
import type { Backend, SynchronousExecutable } from "../backend.ts";
import type { Requantization } from "./quantized-arithmetic.ts";

const target: Target = {
  name: "reference",
  channelAlignment: 1,
  fuseBlocks: false,
  workspaceBytes: () => 0,
};

/** How the reference computes. */
export interface ReferenceOptions {
  /** How 8-bit networks scale their sums down; default `float`. */
  readonly requantization?: Requantization;
}

/**
 * A reference backend with the given arithmetic.
 *
 * @example
 * ```ts
 * const backend = createReferenceBackend({ requantization: "fixed-point-31" });
 * const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 3 });
 * const model = bindWeights(graph, new Map([...graph.parameters].map(([name, { shape }]) => {
 *   const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1);
 *   return [name, { dtype: "float32" as const, shape, data }];
 * })));
 * const executable = await backend.prepare(compile(model, backend.target));
 * const [probabilities] = await executable.infer((into) => into.input().fill(0.5));
 * probabilities.shape; // [1, 1, 1, 3]
 * executable.dispose();
 * ```
 */
export function createReferenceBackend({
  requantization = "float",
}: ReferenceOptions = {}): Backend<SynchronousExecutable> {
  return {
    name: "reference",
    target,
    // Loaded when it is used: hardly any program runs on it.
    prepare: async (program, options) => {
      const { prepareReference } = await import("./executable.ts");
      return prepareReference(program, requantization, options);
    },
  };
}

/** Runs programs with scalar TypeScript. */
export const referenceBackend: Backend<SynchronousExecutable> =
  /* @__PURE__ */ createReferenceBackend();
