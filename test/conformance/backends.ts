/**
 * The table of backends that conformance covers. A new backend is a new row; every suite in this
 * folder then runs on it.
 */
import type { Backend, SynchronousExecutable } from "../../src/backends/backend.ts";
import { realValues } from "../../src/backends/real-values.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { runOnce } from "../../src/backends/synchronous.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile, optimize } from "../../src/compile/compile.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { elementCount } from "../../src/tensor.ts";
import { type Bounded, evaluate } from "./error-bound.ts";
import { normalValues, seededRandom } from "./random.ts";

export const backends: readonly Backend[] = [referenceBackend, wasmBackend];

/** Those whose executables can be walked by hand. */
export const synchronousBackends: readonly Backend<SynchronousExecutable>[] = [
  referenceBackend,
  wasmBackend,
];

/** Normal values for each of a graph's inputs. */
export function randomInputs(graph: Graph, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  return graph.nodes.flatMap((node) =>
    node.op === "input" ? [normalValues(elementCount(node.shape), random)] : [],
  );
}

/** Compiles for the backend, runs once and gives every output. */
export async function runOn(
  backend: Backend,
  graph: Graph,
  inputs: readonly Float32Array[],
): Promise<Float32Array[]> {
  const executable = await backend.prepare(compile(graph, backend.target));
  try {
    return (await executable.infer(inputs)).map(realValues);
  } finally {
    executable.dispose();
  }
}

/** The same by hand: fills the inputs, runs and reads the outputs. */
export function runPrepared(
  executable: SynchronousExecutable,
  graph: Graph,
  inputs: readonly Float32Array[],
): Float32Array[] {
  const outputs = runOnce(executable, inputs);
  return graph.outputs.map((_, index) => outputs.output(index));
}

/**
 * The first element that strays further than its bound allows, as a sentence; undefined where all
 * elements keep their bounds.
 */
export function firstViolation(
  { value, bound }: Bounded,
  received: Float32Array,
): string | undefined {
  if (received.length !== value.data.length) {
    return `expected ${value.data.length} values, received ${received.length}`;
  }
  // Negated, so that a NaN counts as a violation.
  const index = received.findIndex((x, i) => !(Math.abs(x - value.data[i]!) <= bound.data[i]!));
  if (index === -1) return undefined;
  const [expected, limit] = [value.data[index], bound.data[index]];
  return `element ${index} of ${value.shape.join("×")}: expected ${expected} ± ${limit}, received ${received[index]}`;
}

/** Runs a graph on a backend and gives the first violation among all outputs. */
export async function violation(
  backend: Backend,
  graph: Graph,
  inputs: readonly Float32Array[],
): Promise<string | undefined> {
  const expected = evaluate(optimize(graph, { fuseBlocks: false }), inputs);
  const received = await runOn(backend, graph, inputs);
  for (const [index, name] of graph.outputs.entries()) {
    const found = firstViolation(expected.get(name)!, received[index]!);
    if (found !== undefined) return `${name}: ${found}`;
  }
  return undefined;
}
