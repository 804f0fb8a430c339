import { describe, expect, it } from "vitest";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { countCost } from "./cost.ts";
import { parametersOf } from "./ir.ts";
import { consumersOf, pruneGraph, selectOutputs, singleUse } from "./rewrite.ts";
import { inferShapes } from "./shapes.ts";

const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });

describe("selectOutputs", () => {
  it("keeps exactly what the named nodes need", () => {
    const part = selectOutputs(graph, ["block_2/add"]);
    expect(part.outputs).toEqual(["block_2/add"]);
    expect(part.nodes.at(-1)!.name).toBe("block_2/add");
    expect(part.nodes.some(({ name }) => name.startsWith("block_3"))).toBe(false);
    const used = new Set(part.nodes.flatMap(parametersOf));
    expect(new Set(part.parameters.keys())).toEqual(used);
    expect(inferShapes(part).get("block_2/add")).toEqual(inferShapes(graph).get("block_2/add"));
  });

  it("takes several outputs in the order they are named", () => {
    const names = ["probabilities", "block_0/project/batch_norm"];
    const part = selectOutputs(graph, names);
    expect(part.outputs).toEqual(names);
    expect(part.nodes).toEqual(graph.nodes);
  });

  it("refuses a name that is not in the graph", () => {
    expect(() => selectOutputs(graph, ["pool", "block_17/add"])).toThrow(
      expect.objectContaining({ code: "invalid-argument", received: "block_17/add" }),
    );
  });
});

describe("pruneGraph", () => {
  it("changes nothing where every node is needed", () => {
    expect(pruneGraph(graph)).toEqual(graph);
  });

  it("makes SSDLite without its class predictors cheaper by just these", () => {
    const detector = ssdlite({ width: 0.35, resolution: 64 });
    const boxes = selectOutputs(detector, ["box_encodings"]);
    const classes = countCost(detector).nodes.filter(({ name }) => name.startsWith("class"));
    const saved = classes.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
    expect(saved).toBeGreaterThan(0);
    expect(countCost(boxes).multiplyAdds).toBe(countCost(detector).multiplyAdds - saved);
  });
});

describe("uses", () => {
  it("count the ends of a shortcut", () => {
    const users = consumersOf(graph)
      .get("block_1/project/batch_norm")!
      .map(({ name }) => name);
    expect(users).toEqual(["block_2/expand", "block_2/add"]);
    expect(singleUse(graph).has("block_1/project/batch_norm")).toBe(false);
    expect(singleUse(graph).has("block_2/expand")).toBe(true);
  });

  it("see a node that is read twice by one other, and an output, as not single", () => {
    const twice = {
      name: "twice",
      nodes: [
        { op: "input", name: "x", inputs: [], shape: [1, 1, 1, 1] },
        { op: "add", name: "a", inputs: ["x", "x"] },
        { op: "activation", name: "r", inputs: ["a"], activation: "relu" },
      ],
      outputs: ["a", "r"],
      parameters: new Map(),
    } as const;
    expect(singleUse(twice)).toEqual(new Set());
  });
});
