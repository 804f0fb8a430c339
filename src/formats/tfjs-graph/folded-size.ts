/**
 * What an operation on constants costs, told before it runs. An axis of size 0 counts as one of 1: the
 * walk over the other axes takes its time, whether it finds numbers or not.
 */
import type { Shape } from "../../tensor.ts";
import type { GraphConstant } from "./constants.ts";
import type { GraphNode } from "./graph-def.ts";

/** How many numbers an operation reads. */
export function readSize(inputs: readonly GraphConstant[]): number {
  return inputs.reduce((sum, { shape }) => sum + extent(shape), 0);
}

/** How many numbers it gives at most; to tell it, some of those that it reads are looked at. */
export function givenSize(node: GraphNode, inputs: readonly GraphConstant[]): number {
  const numbers = (at: number): readonly number[] => Array.from(inputs[at]?.data ?? []);
  const shapeOf = (at: number): Shape => inputs[at]?.shape ?? [];
  switch (node.op) {
    case "Fill":
      return extent(numbers(0));
    case "BroadcastTo":
      return extent(longer(shapeOf(0), numbers(1)));
    case "Tile":
      return extent(shapeOf(0)) * extent(numbers(1));
    case "GatherV2":
      return extent(shapeOf(0)) * extent(shapeOf(1));
    case "Range": {
      const [[from = 0], [to = 0], [by = 1]] = [numbers(0), numbers(1), numbers(2)];
      return Math.abs((to - from) / by) + 1;
    }
    // Each of its inputs is added to all that the others give together.
    case "AddN":
      return inputs.length * extent(together(inputs));
    default:
      return extent(together(inputs));
  }
}

function extent(shape: Shape): number {
  return shape.reduce((product, size) => product * Math.max(Math.abs(size), 1), 1);
}

/** Each axis of the largest of all. */
function together(inputs: readonly GraphConstant[]): Shape {
  return inputs.reduce<Shape>((shape, other) => longer(shape, other.shape), []);
}

/** Each axis of the larger of two shapes: no less than both together have. */
function longer(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1),
  );
}
