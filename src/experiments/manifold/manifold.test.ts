/** The definitions, on curves whose collapse is known and against the images themselves. */
import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { type Matrix, matrix } from "../linear-algebra.ts";
import { activationNames, activations, applyActivation, pieceOf } from "./activations.ts";
import { collapseOf } from "./collapse.ts";
import { embedCurve } from "./embed.ts";
import { spiral } from "./spiral.ts";

function of(...rows: readonly (readonly number[])[]): Matrix {
  return matrix(rows.length, rows[0]!.length, (r, c) => rows[r]![c]!);
}

function indicesOf(marks: Uint8Array): readonly number[] {
  return Array.from(marks.keys()).filter((place) => marks[place] === 1);
}

describe("the activations", () => {
  const values = [-9, -1, -1e-9, 0, 1e-9, 0.5, 3, 6, 6.5, 100];

  it("are what their names say", () => {
    for (const x of values) {
      expect(applyActivation(activations.relu, x)).toBeCloseTo(Math.max(0, x), 14);
      expect(applyActivation(activations.relu6, x)).toBeCloseTo(Math.min(Math.max(0, x), 6), 14);
      expect(applyActivation(activations.leaky, x)).toBe(x > 0 ? x : 0.1 * x);
      expect(applyActivation(activations.linear, x)).toBe(x);
    }
  });

  it("have the slope of the piece that a value lies on", () => {
    const step = 1e-6;
    for (const activation of Object.values(activations)) {
      for (const x of [-9, -1, 0.5, 3, 6.5, 100]) {
        const slope =
          (applyActivation(activation, x + step) - applyActivation(activation, x - step)) /
          (2 * step);
        expect(slope).toBeCloseTo(activation.slopes[pieceOf(activation, x)]!, 6);
      }
    }
  });
});

describe("the spiral", () => {
  it("winds as often as asked for, outwards, in equal steps", () => {
    const { data, rows } = spiral(1000, 3);
    const radii = Array.from({ length: rows }, (_, i) =>
      Math.hypot(data[2 * i]!, data[2 * i + 1]!),
    );
    expect(radii).toEqual([...radii].sort((a, b) => a - b));
    expect(radii.at(-1)).toBeCloseTo(1, 3);
    const steps = radii.slice(1).map((_, i) => {
      const [x, y] = [0, 1].map((axis) => data[2 * i + 2 + axis]! - data[2 * i + axis]!);
      return Math.hypot(x!, y!);
    });
    // A chord is shorter than its arc, most where the curve is tight: near the middle.
    const later = steps.slice(20);
    expect(Math.min(...later) / Math.max(...later)).toBeGreaterThan(0.99);
    let crossings = 0;
    for (let i = 1; i < rows; i++) {
      crossings += data[2 * i - 1]! < 0 && data[2 * i + 1]! >= 0 ? 1 : 0;
    }
    // The first turn begins on the axis, and the third ends there.
    expect(crossings).toBe(2);
  });
});

describe("what collapses", () => {
  const { relu, relu6, leaky, linear } = activations;

  it("is what has fewer than two active channels; alone on its line it coincides with none", () => {
    // Through all four quadrants of two channels, nowhere at one value twice.
    const curve = of([2, 1], [1, -1], [-1, -2], [-2, 3]);
    const { flattened, coinciding } = collapseOf(curve, relu);
    expect(indicesOf(flattened)).toEqual([1, 2, 3]);
    // Where both are off, the whole stretch is one point.
    expect(indicesOf(coinciding)).toEqual([2]);
  });

  it("makes points coincide of a flattened line that the curve passes twice", () => {
    // Out and back below the axis: 1 and 2 are passed again between 3 and 5, 3 is the turn.
    const curve = of([1, -1], [2, -1], [3, -1], [4, -2], [2.5, -3], [1.5, -3]);
    const { flattened, coinciding } = collapseOf(curve, relu);
    expect(indicesOf(flattened)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(indicesOf(coinciding)).toEqual([1, 2, 4, 5]);
  });

  it("sees what lies between two points: a line cut where a channel goes off", () => {
    // The first point's line is met by the last stretch only where that has come below the axis.
    const far = collapseOf(of([1, -1], [1, 5], [5, 5], [5, 1], [0, -1]), relu);
    expect(indicesOf(far.coinciding)).toEqual([0]);
    const beside = collapseOf(of([4, -1], [4, 5], [5, 5], [5, 1], [0, -1]), relu);
    expect(indicesOf(beside.coinciding)).toEqual([]);
  });

  it("is more where channels saturate, and nothing without flat pieces", () => {
    const curve = of([7, 1], [7, 2], [8, 3], [9, 2.5], [9, 1.5]);
    expect(indicesOf(collapseOf(curve, relu).flattened)).toEqual([]);
    const { flattened, coinciding } = collapseOf(curve, relu6);
    expect(indicesOf(flattened)).toEqual([0, 1, 2, 3, 4]);
    expect(indicesOf(coinciding)).toEqual([1, 3, 4]);
    for (const activation of [leaky, linear]) {
      const none = collapseOf(of([-1, -1], [-1, -1], [1, -1]), activation);
      expect([indicesOf(none.flattened), indicesOf(none.coinciding)]).toEqual([[], []]);
    }
  });

  it.each([relu, relu6])(
    "is, by the images themselves, what another stretch's image passes",
    (activation) => {
      // The image of a line is a chain of lines between the values where a channel comes to a kink.
      const imageOf = (
        from: readonly number[],
        to: readonly number[],
      ): readonly (readonly number[])[] => {
        const crossed = from.flatMap((start, c) =>
          activation.kinks.map((kink) => (kink - start) / (to[c]! - start)),
        );
        const cuts = [0, ...crossed.filter((cut) => cut > 0 && cut < 1).sort((a, b) => a - b), 1];
        return cuts.map((cut) =>
          from.map((start, c) => applyActivation(activation, start + cut * (to[c]! - start))),
        );
      };
      let met = 0;
      for (let run = 0; run < 12; run++) {
        const random = new Random(11, run);
        const channels = 2 + (run % 3);
        const curve = spiral(60, 3);
        const weights = matrix(channels, 2, () => 6 * random.normal());
        const rows = Array.from({ length: 60 }, (_, i) =>
          Array.from(
            { length: channels },
            (_, c) =>
              weights.data[2 * c]! * curve.data[2 * i]! +
              weights.data[2 * c + 1]! * curve.data[2 * i + 1]!,
          ),
        );
        const images = rows.slice(1).map((row, i) => imageOf(rows[i]!, row));
        const { coinciding } = collapseOf(of(...rows), activation);
        for (const [i, row] of rows.entries()) {
          const own = row.map((value) => applyActivation(activation, value));
          // Where no channel tells anything, the point's own stretch has its image.
          const constant = row.every(
            (value) => activation.slopes[pieceOf(activation, value)] === 0,
          );
          const others = images.filter(
            (_, segment) => constant || (segment !== i && segment !== i - 1),
          );
          const nearest = Math.min(...others.map((chain) => distanceTo(own, chain)));
          expect([run, i, nearest < 1e-9]).toEqual([run, i, coinciding[i] === 1]);
          met += coinciding[i]!;
        }
      }
      expect(met).toBeGreaterThan(100);
    },
  );
});

/** How far a point is from a chain of lines. */
function distanceTo(point: readonly number[], chain: readonly (readonly number[])[]): number {
  return Math.min(
    ...chain.slice(1).map((to, i) => {
      const from = chain[i]!;
      const along = to.map((value, c) => value - from[c]!);
      const length = along.reduce((sum, value) => sum + value * value, 0);
      const product = along.reduce((sum, value, c) => sum + value * (point[c]! - from[c]!), 0);
      const share = length === 0 ? 0 : Math.min(1, Math.max(0, product / length));
      return Math.hypot(...point.map((value, c) => value - from[c]! - share * along[c]!));
    }),
  );
}

describe("a run", () => {
  const curve = spiral(200, 3);

  it("of a linear layer comes back as it went", () => {
    for (const channels of [2, 3, 30]) {
      const { back, error, shapeError } = embedCurve(curve, channels, activations.linear, {
        seed: 1,
        run: 0,
      });
      expect(
        Math.max(...back.data.map((value, i) => Math.abs(value - curve.data[i]!))),
      ).toBeLessThan(1e-10);
      expect(error).toBeLessThan(1e-10);
      expect(shapeError).toBeLessThan(1e-10);
    }
  });

  it("of ReLU in many dimensions comes back at half its size: a channel is on for half of all points", () => {
    const { back, shapeError } = embedCurve(curve, 1000, activations.relu, { seed: 1, run: 0 });
    const product = back.data.reduce((sum, value, i) => sum + value * curve.data[i]!, 0);
    const square = curve.data.reduce((sum, value) => sum + value * value, 0);
    expect(product / square).toBeCloseTo(0.5, 1);
    expect(shapeError).toBeLessThan(0.1);
  });

  it("makes coincide only what it flattens, and kills no channel without a bias", () => {
    for (const name of activationNames) {
      for (let run = 0; run < 20; run++) {
        const { flattened, coinciding, dead } = embedCurve(curve, 3, activations[name], {
          seed: 2,
          run,
        });
        expect(coinciding.every((value, i) => value <= flattened[i]!)).toBe(true);
        if (name !== "biased") expect(dead).toBe(0);
      }
    }
  });

  it("draws the same again, and the same for every activation of a scale", () => {
    const key = { seed: 5, run: 3 };
    const [a, b, c] = [activations.relu, activations.relu, activations.relu6].map((activation) =>
      embedCurve(curve, 5, activation, key),
    );
    expect(a).toEqual(b);
    expect(c!.flattened).toEqual(a!.flattened);
    expect(embedCurve(curve, 5, activations.relu, { ...key, run: 4 }).back).not.toEqual(a!.back);
  });
});
