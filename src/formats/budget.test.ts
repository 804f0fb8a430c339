import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../graph/ir.ts";
import { checkBudget } from "./budget.ts";

/** A picture made larger and larger, without a single parameter. */
function enlarged(edge: number, pool = 1): Graph {
  const nodes: readonly Node[] = [
    { op: "input", name: "x", inputs: [], shape: [1, 32, 32, 3] },
    {
      op: "resizeBilinear",
      name: "large",
      inputs: ["x"],
      size: [edge, edge],
      alignCorners: false,
      halfPixelCenters: true,
    },
    {
      ...{ op: "maxPool2d", name: "pool", inputs: ["large"], kernel: [pool, pool] },
      ...{ stride: 1, dilation: 1, padding: "same" },
    },
  ];
  return { name: "tiny.tflite", nodes, outputs: ["pool"], parameters: new Map() };
}

describe("a model's budget", () => {
  it("lets networks of the family pass", () => {
    expect(() => checkBudget(enlarged(1024), {})).not.toThrow();
  });

  it("names the operation whose values take too much memory, and the option", () => {
    expect(() => checkBudget(enlarged(20_000), {})).toThrow(
      /tiny.tflite, large: .*maxActivationBytes/,
    );
    expect(() => checkBudget(enlarged(20_000), { maxActivationBytes: 2 ** 34 })).not.toThrow();
  });

  it("counts windows that have no weights", () => {
    expect(() => checkBudget(enlarged(2000, 1999), {})).toThrow(/computes longer.*maxMultiplyAdds/);
  });

  it("takes limits that are numbers alone", () => {
    expect(() => checkBudget(enlarged(8), { maxMultiplyAdds: "no" as never })).toThrow(
      /bad maxMultiplyAdds/,
    );
  });
});
