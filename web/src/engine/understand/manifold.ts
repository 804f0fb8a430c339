/** Figure 1, computed as the experiment of that name does. */
import { activations } from "../../../../src/experiments/manifold/activations.ts";
import { embedCurve } from "../../../../src/experiments/manifold/embed.ts";
import { spiral } from "../../../../src/experiments/manifold/spiral.ts";
import { expectedCollapse } from "../../../../src/experiments/manifold/theorem.ts";
import type { ManifoldAsked, ManifoldBack, ManifoldShown } from "../understand-api.ts";

/** As the experiment draws it. */
const curve = spiral(300, 3);

/** The dimensions of the paper's figure. */
const paperChannels = [2, 3, 5, 15, 30] as const;

export function showManifold({ channels, activation, seed }: ManifoldAsked): ManifoldShown {
  const back = (n: number): ManifoldBack => {
    const found = embedCurve(curve, n, activations[activation], { seed, run: 0 });
    return {
      channels: n,
      points: found.back.data,
      coinciding: Array.from(found.coinciding.keys()).filter(
        (point) => found.coinciding[point] === 1,
      ),
      flattenedShare: shareOf(found.flattened),
      coincidingShare: shareOf(found.coinciding),
      error: found.error,
      shapeError: found.shapeError,
      expectedShare: expectedCollapse(2, n),
    };
  };
  return { spiral: curve.data, chosen: back(channels), paper: paperChannels.map(back) };
}

function shareOf(marks: Uint8Array): number {
  return marks.reduce((sum, mark) => sum + mark, 0) / marks.length;
}
