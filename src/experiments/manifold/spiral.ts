/** Figure 1's manifold: a spiral in the plane, its points at equal distances along it. */
import { type Matrix, matrix } from "../linear-algebra.ts";

/**
 * Points of the spiral whose radius grows with its angle, from the middle to a radius of 1: one row each.
 *
 * @param turns - How often it winds.
 */
export function spiral(points: number, turns: number): Matrix {
  const end = 2 * Math.PI * turns;
  // The length up to an angle a, of r = a / end, is this over end.
  const lengthTo = (a: number): number => (a * Math.hypot(1, a) + Math.asinh(a)) / 2;
  const all = lengthTo(end);
  const angles = Array.from({ length: points }, (_, i) => {
    const wanted = (all * (i + 0.5)) / points;
    let [low, high] = [0, end];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (lengthTo(middle) < wanted) low = middle;
      else high = middle;
    }
    return low;
  });
  return matrix(points, 2, (row, column) => {
    const angle = angles[row]!;
    return (angle / end) * (column === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}
