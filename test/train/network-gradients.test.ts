/** The gradients of whole networks in the reference against central differences, in double precision. */
import { describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/ir.ts";
import { Random } from "../../src/random.ts";
import { clearGradients, type TrainedParameter } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { randomGradients } from "./compare-networks.ts";
import { blockKinds, publishedKinds, severalOutputs } from "./kinds-of-networks.ts";
import { norm, randomize } from "./networks.ts";

/**
 * Parameters are moved together along a random direction of length 1, of which a gradient says about
 * ‖gradient‖ / √values. Rounding errs by some 1e-13 of the sum, over the step 1e-7; truncation by the step's
 * square, 1e-14, times a third derivative that is large only where batch norms see few pixels. A corner of
 * ReLU6 within the step spoils a difference altogether: at 1e-6 single directions of the published networks
 * cross one, at 1e-7 none does, and at 1e-8 rounding is seen.
 */
const step = 1e-7;
const tolerance = 1e-5;

interface Check {
  readonly samples: number;
  /** How many groups the parameters make; one each where absent. */
  readonly groups?: number;
  readonly frozenBatchNorm?: boolean;
}

/** By group of parameters: how far differences are from gradients, relative. */
function gradientErrors(graph: Graph, { samples, groups, frozenBatchNorm = false }: Check) {
  const plan = planTraining(graph);
  const network = createReferenceNetwork(plan, { batch: samples, dropout: 0.3, frozenBatchNorm });
  randomize(network, 51);
  const mode = () => ({ training: true, random: new Random(51, 9) });
  const gradients = randomGradients(network.forward(samples, mode()), 51);
  const loss = (): number => {
    let sum = 0;
    for (const [name, values] of network.forward(samples, mode())) {
      const weights = gradients.get(name)!;
      for (const [i, value] of values.entries()) sum += value * weights[i]!;
    }
    return sum;
  };
  clearGradients(network);
  loss();
  network.backward(gradients);
  const trained = [...network.parameters.values()].filter(({ gradient }) => gradient);
  const usual = usualSizes(network.parameters);
  const count = groups ?? trained.length;
  return Array.from({ length: count }, (_, group) => {
    const parameters = trained.filter((__, i) => i % count === group);
    const random = new Random(51, 10, group);
    const along = parameters.map(({ values }) => Float64Array.from(values, () => random.normal()));
    const length = Math.hypot(...along.map(norm));
    const kept = parameters.map(({ values }) => values.slice());
    const moveBy = (distance: number): void => {
      for (const [p, { values }] of parameters.entries()) {
        for (let i = 0; i < values.length; i++) {
          values[i] = kept[p]![i]! + (distance * along[p]![i]!) / length;
        }
      }
    };
    moveBy(step);
    const above = loss();
    moveBy(-step);
    const below = loss();
    moveBy(0);
    const difference = (above - below) / (2 * step);
    const predicted = parameters.reduce((sum, { gradient }, p) => {
      return sum + along[p]!.reduce((of: number, move, i) => of + move * gradient![i]!, 0) / length;
    }, 0);
    const names = parameters.map(({ name }) => name).join(", ");
    return { names, error: Math.abs(difference - predicted) / sizeOf(parameters, usual) };
  });
}

/** By role: the root mean square of all gradients of this role. */
function usualSizes(
  parameters: ReadonlyMap<string, TrainedParameter>,
): ReadonlyMap<string, number> {
  const all = [...parameters.values()];
  return new Map(
    [...new Set(all.map(({ role }) => role))].map((role) => {
      const of = all.filter((parameter) => parameter.role === role);
      const count = of.reduce((sum, { values }) => sum + values.length, 0);
      const squares = of.reduce((sum, { gradient }) => sum + norm(gradient ?? []) ** 2, 0);
      return [role, Math.sqrt(squares / count)];
    }),
  );
}

/** What a gradient says of a direction, roughly; what cancels is measured by what is usual for its role. */
function sizeOf(
  parameters: readonly TrainedParameter[],
  usual: ReadonlyMap<string, number>,
): number {
  const count = parameters.reduce((sum, { values }) => sum + values.length, 0);
  const length = Math.hypot(...parameters.map(({ gradient }) => norm(gradient!)));
  const least = Math.max(...parameters.map(({ role }) => 0.1 * usual.get(role)!));
  return Math.max(length / Math.sqrt(count), least);
}

const wrong = (errors: ReturnType<typeof gradientErrors>) =>
  errors.filter(({ error }) => !(error < tolerance));

describe.each([...blockKinds, ["several outputs", severalOutputs] as const])("%s", (_, graph) => {
  it.each([false, true])("has the right gradients, frozen batch norms %s", (frozenBatchNorm) => {
    expect(wrong(gradientErrors(graph, { samples: 2, frozenBatchNorm }))).toEqual([]);
  });
});

describe.each(publishedKinds)("%s", (_, graph) => {
  const groups = process.env["LONG"] ? {} : { groups: 8 };

  it("has the right gradients", () => {
    expect(wrong(gradientErrors(graph, { samples: 3, ...groups }))).toEqual([]);
  });
});
