/** The yardstick measured: bounds must be wide enough for float32 and too narrow for mistakes. */
import { describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/ir.ts";
import { firstViolation, randomInputs } from "./backends.ts";
import { type Bounded, evaluate } from "./error-bound.ts";
import { Sketch } from "./sketch.ts";

const sketch = new Sketch(5);
const x = sketch.input([1, 9, 7, 24]);
const block = sketch.invertedResidual(x, 24, { expansion: 6, residual: true });
const graph = sketch.graph([block]);
const inputs = randomInputs(graph, 3);

function outputOf(of: Graph): Bounded {
  return evaluate(of, inputs).get(of.outputs[0]!)!;
}

describe("the error bound of an inverted residual", () => {
  const expected = outputOf(graph);
  const weights = [...graph.parameters.keys()].filter((name) => name.endsWith("/weights"));

  it.each(weights)("is broken where one weight of %s is off by a hundredth of 1", (name) => {
    const parameter = graph.parameters.get(name)!;
    const data = Float32Array.from(parameter.data!);
    data[0]! += 0.01;
    const parameters = new Map(graph.parameters).set(name, { ...parameter, data });
    const received = outputOf({ ...graph, parameters }).value.data;
    expect(firstViolation(expected, received)).toMatch(/^element \d+ of 1×9×7×24/);
  });

  it("is kept by values rounded a few times more, and broken by NaN", () => {
    const once = expected.value.data.map((value) => value * (1 + 2 ** -23));
    expect(firstViolation(expected, once)).toBeUndefined();
    const broken = Float32Array.from(expected.value.data);
    broken[17] = Number.NaN;
    expect(firstViolation(expected, broken)).toMatch(/^element 17 .*NaN/);
  });

  it("stays below a ten-thousandth of the values it belongs to", () => {
    const largest = Math.max(...expected.value.data.map(Math.abs));
    expect(Math.max(...expected.bound.data)).toBeLessThan(1e-4 * largest);
  });
});
