import { describe, expect, it } from "vitest";
import type { Geometry } from "../data/geometry.ts";
import { moveObjects } from "./move-objects.ts";

const size = { rows: 100, columns: 200 };
const box = { x: 10, y: 20, width: 30, height: 40 };

function boxesOf(geometry: Geometry | undefined, ...boxes: (typeof box)[]) {
  const objects = boxes.map((one) => ({ classIndex: 3, box: one }));
  return moveObjects(objects, geometry, size).map((object) => object.box);
}

const scaled = (scale: number, offset = 0) => ({ scale, offset });

describe("objects in the network's input", () => {
  it("stay where nothing moved the picture", () => {
    expect(boxesOf(undefined, box)).toEqual([box]);
  });

  it("are scaled and shifted on each axis", () => {
    expect(boxesOf({ across: scaled(2, 5), down: scaled(0.5, -3) }, box)).toEqual([
      { x: 25, y: 7, width: 60, height: 20 },
    ]);
  });

  it("are mirrored with the picture", () => {
    expect(boxesOf({ across: scaled(-1, 200), down: scaled(1) }, box)).toEqual([
      { x: 160, y: 20, width: 30, height: 40 },
    ]);
  });

  it("are cut to the input, and left out where their centres are outside", () => {
    // The box is from 10 to 40 across, its centre at 25.
    expect(boxesOf({ across: scaled(1, -20), down: scaled(1) }, box)).toEqual([
      { x: 0, y: 20, width: 20, height: 40 },
    ]);
    expect(boxesOf({ across: scaled(1, -26), down: scaled(1) }, box)).toEqual([]);
    expect(boxesOf({ across: scaled(1), down: scaled(1, 61) }, box)).toEqual([]);
  });

  it("stay as crowds and difficult ones while any of them is inside", () => {
    const geometry = { across: scaled(1, -30), down: scaled(1) };
    const objects = [
      { classIndex: 0, box, crowd: true },
      { classIndex: 1, box, difficult: true, area: 7 },
    ];
    const left = { x: 0, y: 20, width: 10, height: 40 };
    expect(moveObjects(objects, geometry, size)).toEqual([
      { classIndex: 0, box: left, crowd: true },
      { classIndex: 1, box: left, difficult: true },
    ]);
    expect(moveObjects(objects, { across: scaled(1, -40), down: scaled(1) }, size)).toEqual([]);
  });
});
