/**
 * What every backend promises beyond its arithmetic: runs do not depend on earlier ones, outputs are
 * copies, memory is gone after disposal, and mistakes are named.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend, SynchronousExecutable } from "../../src/backends/backend.ts";
import { compile, optimize } from "../../src/compile/compile.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { firstViolation, randomInputs, runPrepared, synchronousBackends } from "./backends.ts";
import { evaluate } from "./error-bound.ts";
import { randomGraph } from "./random-graphs.ts";
import { Sketch } from "./sketch.ts";

/** Output 0 is `relu6(x) + 2 · x`, output 1 is `relu6(x)`. */
async function example(backend: Backend<SynchronousExecutable>): Promise<SynchronousExecutable> {
  const sketch = new Sketch(1);
  const x = sketch.input([1, 1, 2, 1]);
  const clipped = sketch.activation(x, "relu6");
  const sum = sketch.add(sketch.add(clipped, x), x);
  return backend.prepare(compile(sketch.graph([sum, clipped]), backend.target));
}

describe.each(synchronousBackends)("$name", (backend) => {
  it("runs as often as it is asked, each time on what its input holds", async () => {
    const executable = await example(backend);
    for (const values of [
      [1, 10],
      [-5, 3],
    ] as const) {
      executable.input().set(values);
      executable.run();
      const clipped = values.map((x) => Math.min(Math.max(x, 0), 6));
      expect([...executable.output(1)]).toEqual(clipped);
      expect([...executable.output()]).toEqual(values.map((x, i) => clipped[i]! + 2 * x));
    }
    executable.dispose();
  });

  it("carries nothing over from one run to the next, not even NaN", async () => {
    const seed = fc.integer({ min: 1, max: 2 ** 30 });
    await fc.assert(
      fc.asyncProperty(randomGraph, seed, async (graph, inputSeed) => {
        const executable = await backend.prepare(compile(graph, backend.target));
        const inputs = randomInputs(graph, inputSeed);
        const poison = inputs.map((values) => values.map(() => Number.NaN));
        const first = runPrepared(executable, graph, inputs);
        runPrepared(executable, graph, poison);
        const second = runPrepared(executable, graph, inputs);
        executable.dispose();
        expect(second).toEqual(first);
        const expected = evaluate(optimize(graph, { fuseBlocks: false }), inputs);
        for (const [i, name] of graph.outputs.entries()) {
          expect(firstViolation(expected.get(name)!, second[i]!)).toBeUndefined();
        }
      }),
      { seed: 1801_04381, numRuns: 80 },
    );
  });

  it("hands out copies of its outputs", async () => {
    const executable = await example(backend);
    executable.input().set([1, 2]);
    executable.run();
    const before = executable.output(1);
    executable.input().set([3, 4]);
    executable.run();
    expect([...before]).toEqual([1, 2]);
    executable.dispose();
  });

  it("gives its tensors with their shapes and types", async () => {
    const executable = await example(backend);
    const { dtype, shape, data } = executable.inputTensor();
    expect({ dtype, shape, count: data.length }).toEqual({
      dtype: "float32",
      shape: [1, 1, 2, 1],
      count: 2,
    });
    data.set([7, -1]);
    executable.run();
    const output = executable.outputTensor(1);
    expect(output).toMatchObject({ dtype: "float32", shape: [1, 1, 2, 1] });
    expect([...output.data]).toEqual([6, 0]);
    executable.dispose();
  });

  it("refuses an input or output that is not there", async () => {
    const executable = await example(backend);
    const missing = expect.objectContaining({ code: "invalid-argument", received: "2" });
    expect(() => executable.input(2)).toThrow(missing);
    expect(() => executable.output(2)).toThrow(missing);
    executable.dispose();
  });

  it("refuses to work once it is disposed of, which may happen twice", async () => {
    const executable = await example(backend);
    executable.dispose();
    executable.dispose();
    const disposed = expect.objectContaining({ code: "disposed" });
    expect(() => executable.run()).toThrow(disposed);
    expect(() => executable.input()).toThrow(disposed);
    expect(() => executable.output()).toThrow(disposed);
  });

  it("refuses a network without weights", async () => {
    const program = compile(mobilenetV2({ width: 0.35, resolution: 32 }), backend.target);
    await expect(async () => backend.prepare(program)).rejects.toThrow(
      expect.objectContaining({ name: "MobileNetError", code: "invalid-model" }),
    );
  });

  it("says how it runs and how much memory it holds", async () => {
    const executable = await example(backend);
    expect(executable.description).toContain(backend.name);
    expect(executable.arenaBytes).toBeGreaterThan(0);
    executable.dispose();
  });
});
