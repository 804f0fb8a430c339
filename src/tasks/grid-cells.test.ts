import { describe, expect, it } from "vitest";
import type { Tensor } from "../tensor.ts";
import { joinCells } from "./grid-cells.ts";

/** Rows of digits: a cell's class, 0 the background, each with a probability of 0.8. */
function gridOf(rows: readonly string[], classes = 2): Tensor<"float32"> {
  const columns = rows[0]!.length;
  const data = new Float32Array(rows.length * columns * (classes + 1));
  for (const [i, digit] of [...rows.join("")].entries())
    data[i * (classes + 1) + Number(digit)] = 0.8;
  return { dtype: "float32", shape: [1, rows.length, columns, classes + 1], data };
}

/** Objects as class, top, left, bottom and right in cells. */
function found(rows: readonly string[], options = {}): readonly string[] {
  const settings = { scoreThreshold: 0.5, maxDetections: 100, ...options };
  return joinCells(gridOf(rows), settings).map(
    ({ classIndex, box: [top, left, bottom, right] }) => {
      const columns = rows[0]!.length;
      const cells = [top * rows.length, left * columns, bottom * rows.length, right * columns];
      return [classIndex, ...cells.map(Math.round)].join(" ");
    },
  );
}

describe("cells of a grid", () => {
  it("join their neighbours of one class, by edges and corners", () => {
    expect(found(["1100", "0010", "0000"])).toEqual(["0 0 0 2 3"]);
    expect(found(["0010", "0100", "1000"])).toEqual(["0 0 0 3 3"]);
  });

  it("stay apart where a cell lies between them, or their classes differ", () => {
    expect(found(["1010", "0000", "1000"])).toEqual(["0 0 0 1 1", "0 0 2 1 3", "0 2 0 3 1"]);
    expect(found(["12"])).toEqual(["0 0 0 1 1", "1 0 1 1 2"]);
  });

  it("count from the threshold on, for the classes asked for, and no more than asked for", () => {
    expect(found(["12"], { scoreThreshold: Math.fround(0.8) })).toHaveLength(2);
    expect(found(["12"], { scoreThreshold: 0.81 })).toEqual([]);
    expect(found(["12"], { classes: new Set([1]) })).toEqual(["1 0 1 1 2"]);
    expect(found(["1010101"], { maxDetections: 2 })).toHaveLength(2);
  });

  it("give an object the highest of their scores, and the best object comes first", () => {
    const grid = gridOf(["1001100"]);
    grid.data[4 * 3 + 1] = 0.9;
    const objects = joinCells(grid, { scoreThreshold: 0.5, maxDetections: 10 });
    expect(objects.map(({ score }) => score.toFixed(1))).toEqual(["0.9", "0.8"]);
  });
});
