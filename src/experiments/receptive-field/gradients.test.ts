import { describe, expect, it } from "vitest";
import { mobilenetV2, withRandomWeights } from "../../index.ts";
import { Random } from "../../random.ts";
import { createReferenceNetwork, importWeights, planTraining } from "../../train/index.ts";
import { gradientEnergy, pinkNoise, sideOf, withPictureAsWeights } from "./gradients.ts";
import { receptiveFields } from "./theory.ts";

const graph = withRandomWeights(mobilenetV2({ width: 0.1, resolution: 64, classes: 3 }));
const block = graph.landmarks.blocks[3]!;

describe("the gradient of a picture", () => {
  it("is the slope that the network has there", () => {
    const part = withPictureAsWeights(
      withRandomWeights(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 })),
    );
    const network = createReferenceNetwork(planTraining(part), {
      ...{ batch: 1, frozenBatchNorm: true, precision: "float64" },
    });
    importWeights(network, part.parameters);
    network.input.fill(1);
    const { values, gradient } = network.parameters.get("picture/weights")!;
    const random = new Random(1);
    for (let i = 0; i < values.length; i++) values[i] = random.normal();
    const score = (): number => [...network.forward(1, { training: true }).values()][0]![1]!;
    score();
    network.backward(new Map([[network.plan.outputs[0]!.name, Float64Array.of(0, 1, 0)]]));
    const found = Float64Array.from(gradient!);
    // Central differences of ±h are off by the order of h², and nothing else in double precision.
    for (const at of [5, 1000, 1537, 2500]) {
      const [before, h] = [values[at]!, 1e-6];
      values[at] = before + h;
      const high = score();
      values[at] = before - h;
      const low = score();
      values[at] = before;
      const size = Math.max(...found.map(Math.abs));
      expect(Math.abs((high - low) / (2 * h) - found[at]!)).toBeLessThan(1e-4 * size);
    }
  });

  it("is 0 outside the theoretical receptive field, and not inside it", async () => {
    const { rows, columns, values, place } = await gradientEnergy(graph, block, {
      ...{ pictures: 2, random: new Random(2), pause: async () => {} },
      draw: (into, random) => pinkNoise(into, 64, 3, random),
    });
    const { start, end, jump } = receptiveFields(graph).get(block)!;
    const [from, to] = [start + place[0] * jump, end + place[0] * jump];
    expect(from).toBeGreaterThan(0);
    expect(to).toBeLessThan(64);
    let [inside, outside] = [0, 0];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const within = Math.min(x, y) >= from && Math.max(x, y) < to;
        if (within) inside += values[y * columns + x]!;
        else outside += values[y * columns + x]!;
      }
    }
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(0);
    // The rims of the field are reached.
    const row = (y: number) => values.subarray(y * columns, (y + 1) * columns);
    expect(Math.max(...row(from))).toBeGreaterThan(0);
    expect(Math.max(...row(to - 1))).toBeGreaterThan(0);
  });
});

describe("the side that holds a share", () => {
  const flat = { rows: 21, columns: 21, values: new Float64Array(21 * 21).fill(1) };

  it("is that of the square with this share of an even map", () => {
    for (const side of [3, 9, 15]) {
      expect(sideOf(flat, 10.5, side ** 2 / 21 ** 2)).toBeCloseTo(side, 9);
    }
    expect(sideOf(flat, 10.5, 1)).toBeCloseTo(21, 9);
  });

  it("is a pixel where all lies in one", () => {
    const values = new Float64Array(21 * 21);
    values[10 * 21 + 10] = 1;
    expect(sideOf({ ...flat, values }, 10.5, 0.95)).toBe(1);
  });
});
