/**
 * Whole small graphs of any operations in any order, with any nodes as outputs: however a graph is
 * compiled (fused or not, image by image or not, by one thread or two, with all inner maps kept or
 * none), it computes what the definitions say. Float32 keeps the bounds of the error analysis, 8 bits
 * are equal.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend, SynchronousExecutable } from "../../src/backends/backend.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { threadObstacle } from "../../src/backends/wasm/host.ts";
import { kernels, memoryFlagAt } from "../../src/backends/wasm/kernels-turbo.generated.ts";
import { moduleCompiler } from "../../src/backends/wasm/module.ts";
import { prepareFloat } from "../../src/backends/wasm/prepare.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile, optimize } from "../../src/compile/compile.ts";
import { MobileNetError } from "../../src/errors.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { pruneGraph } from "../../src/graph/rewrite.ts";
import { compareBits } from "../int8/random-graphs.ts";
import { assemble, isRealSoftmax } from "./assemble.ts";
import { firstViolation, randomInputs, runPrepared } from "./backends.ts";
import { type Bounded, evaluate } from "./error-bound.ts";
import { anyFloatRecipes, byteRecipes, floatRecipes } from "./recipes.ts";

/** `LONG=1` draws twelve hundred graphs of each kind, and `LONG=2` others. */
const long = process.env["LONG"] ? Number(process.env["LONG"]) || 1 : 0;
const settings = (runs: number): fc.Parameters<[Graph, number]> => ({
  seed: 1801_04381 + long,
  numRuns: long > 0 ? runs * 40 : runs,
});
const patience = long > 0 ? 8 * 3_600_000 : 120_000;
const inputSeeds = fc.integer({ min: 1, max: 2 ** 30 });

/** The backend without fusion, which every other way is compared with too. */
const unfused: Backend<SynchronousExecutable> = {
  ...wasmBackend,
  target: { ...wasmBackend.target, fuseBlocks: false },
};
const blocksOnly: Backend<SynchronousExecutable> = {
  ...wasmBackend,
  target: { ...wasmBackend.target, fuseStem: false },
};
const wholeBatch: Backend<SynchronousExecutable> = {
  ...wasmBackend,
  target: { ...wasmBackend.target, imageByImage: false },
};

const turboModule = moduleCompiler(kernels, memoryFlagAt);
const turbo: Backend<SynchronousExecutable> = {
  ...wholeBatch,
  prepare: async (program) => prepareFloat(program, await turboModule(false), { threads: 1 }),
};

/** What float32 kernels do not have: the backend leaves WebAssembly for them and says so. */
const withoutKernel = new Set([
  ...["averagePool2d", "maxPool2d", "pad", "argMax", "resizeNearest", "slice", "transpose"],
  ...["elementwise", "multiply"],
]);

/** With every value leaving the graph, nothing can be joined. */
const every = (graph: Graph): Graph => ({ ...graph, outputs: graph.nodes.map(({ name }) => name) });

function widened(a: Bounded, b: Bounded): Bounded {
  const data = a.bound.data.map((bound, i) => bound + b.bound.data[i]!);
  return { value: a.value, bound: { shape: a.value.shape, data } };
}

/** What every node of a graph computes as given, and what its outputs do once norms are folded. */
interface Expected {
  readonly given: ReadonlyMap<string, Bounded>;
  readonly folded: ReadonlyMap<string, Bounded>;
}

/** The passes on the definitions: within the bounds with norms folded, the same bits with blocks joined. */
function checkPasses(graph: Graph, inputs: readonly Float32Array[]): Expected {
  const given = evaluate(graph, inputs);
  const folded = evaluate(optimize(graph, { fuseBlocks: false }), inputs);
  const joined = evaluate(optimize(graph, { fuseBlocks: true, fuseStem: true }), inputs);
  for (const name of graph.outputs) {
    const { value } = folded.get(name)!;
    const allowed = widened(given.get(name)!, folded.get(name)!);
    expect(firstViolation(allowed, value.data), `${name}, norms folded`).toBeUndefined();
    expect(joined.get(name)!.value.data, `${name}, blocks joined`).toEqual(value.data);
  }
  return { given, folded };
}

async function checkRun(
  backend: Backend<SynchronousExecutable>,
  graph: Graph,
  {
    inputs,
    expected,
    threads = 1,
  }: {
    readonly inputs: readonly Float32Array[];
    readonly expected: ReadonlyMap<string, Bounded>;
    readonly threads?: number;
  },
): Promise<readonly Float32Array[]> {
  const executable = await backend.prepare(compile(graph, backend.target), { threads });
  try {
    const received = runPrepared(executable, graph, inputs);
    for (const [i, name] of graph.outputs.entries()) {
      expect(firstViolation(expected.get(name)!, received[i]!), name).toBeUndefined();
    }
    return received;
  } finally {
    executable.dispose();
  }
}

describe("a float32 graph of any operations", () => {
  it(
    "computes the same fused, unfused and on the reference, with one thread and two",
    async () => {
      let count = 0;
      const graphs = floatRecipes.map(assemble);
      await fc.assert(
        fc.asyncProperty(graphs, inputSeeds, async (graph, inputSeed) => {
          const inputs = randomInputs(graph, inputSeed);
          const { given, folded } = checkPasses(graph, inputs);
          const run = { inputs, expected: folded };
          await checkRun(referenceBackend, graph, run);
          const fused = await checkRun(wasmBackend, graph, run);
          await checkRun(unfused, graph, run);
          await checkRun(blocksOnly, graph, run);
          const whole = await checkRun(wholeBatch, graph, run);
          expect(await checkRun(turbo, graph, run)).toEqual(whole);
          await checkRun(wasmBackend, every(graph), { inputs, expected: given });
          if (count++ % 8 !== 0 || threadObstacle() !== undefined) return;
          const shared = await checkRun(wasmBackend, graph, { ...run, threads: 2 });
          expect(shared).toEqual(fused);
        }),
        settings(30),
      );
    },
    patience,
  );

  it(
    "keeps its values where an operation has no kernel, with one thread and two",
    async () => {
      let count = 0;
      const graphs = anyFloatRecipes.map(assemble);
      await fc.assert(
        fc.asyncProperty(graphs, inputSeeds, async (graph, inputSeed) => {
          const inputs = randomInputs(graph, inputSeed);
          const run = { inputs, expected: checkPasses(graph, inputs).folded };
          await checkRun(referenceBackend, graph, run);
          const missing = pruneGraph(graph).nodes.some(({ op }) => withoutKernel.has(op));
          const executable = await wasmBackend.prepare(compile(graph, wasmBackend.target));
          expect(executable.description.endsWith("in JavaScript")).toBe(missing);
          executable.dispose();
          const received = await checkRun(wasmBackend, graph, run);
          if (count++ % 4 !== 0 || threadObstacle() !== undefined) return;
          expect(await checkRun(wasmBackend, graph, { ...run, threads: 2 })).toEqual(received);
        }),
        settings(30),
      );
    },
    patience,
  );
});

describe("an 8-bit graph of any operations", () => {
  /** Exponents span up to 255 steps of 0.2 and are rounded twice; 16 roundings cover the rest. */
  const softmaxTolerance = 2 ** -24 * (2 * 255 * 0.2 + 16);

  /** Why the backend refuses to run a graph; undefined where it runs. */
  async function refusalOf(
    backend: Backend<SynchronousExecutable>,
    graph: Graph,
  ): Promise<string | undefined> {
    let executable: SynchronousExecutable | undefined;
    try {
      executable = await backend.prepare(compile(graph, backend.target));
      executable.run();
      return undefined;
    } catch (error) {
      if (error instanceof MobileNetError) return error.code;
      throw error;
    } finally {
      executable?.dispose();
    }
  }

  it(
    "gives the reference's bits, joined to blocks or with every map kept",
    async () => {
      const graphs = byteRecipes
        .filter(({ inputs }) => inputs.some(({ as }) => as !== undefined))
        .map(assemble)
        .filter(({ nodes }) => nodes.some(({ quantization }) => quantization !== undefined));
      await fc.assert(
        fc.asyncProperty(graphs, inputSeeds, async (graph, inputSeed) => {
          for (const each of [graph, every(graph)]) {
            expect(await refusalOf(referenceBackend, each)).toBeUndefined();
            expect(await refusalOf(wasmBackend, each)).toBeUndefined();
            const { differences } = await compareBits(each, inputSeed, {
              relative: each.nodes.some(isRealSoftmax) ? softmaxTolerance : 0,
              rounds: 1,
            });
            expect(differences).toEqual([]);
          }
        }),
        settings(30),
      );
    },
    patience,
  );
});
