/**
 * Figure 1 and appendix A: a spiral through a random embedding, an activation and back; what collapses,
 * over many embeddings; and the theorem of how much of a volume does, by simulation.
 */
import { Random } from "../../random.ts";
import { type AnyExperiment, defineExperiment, type ExperimentPart } from "../experiment.ts";
import { estimate, quartilesOf } from "../statistics.ts";
import { type ActivationName, activationNames, activations } from "./activations.ts";
import { type EmbeddedCurve, embedCurve } from "./embed.ts";
import { manifoldFigures } from "./figures.ts";
import { manifoldReport } from "./section.ts";
import { spiral } from "./spiral.ts";
import { drawCollapse } from "./theorem.ts";
import { type ManifoldSettings, type ManifoldValue, manifoldKinds, partNames } from "./values.ts";
import { manifoldAnswers } from "./verdicts.ts";

/** So that these streams are nobody else's. */
const streams = 0x7468;

/** Input dimensions of the theorem, and how many times as many outputs there are. */
const [inputs, expansions] = [
  [2, 3, 5, 8, 16],
  [1, 1.5, 2, 2.5, 3, 4, 6],
] as const;

const pairs = inputs.flatMap((n) => expansions.map((t) => [n, Math.round(n * t)] as const));

const shared = { turns: 3, drawnPoints: 300, drawn: [2, 3, 5, 15, 30], pairs } as const;

export const manifold: AnyExperiment = defineExperiment<ManifoldSettings, ManifoldValue>({
  name: "manifold",
  revision: 1,
  kinds: manifoldKinds,
  settings: (quick) =>
    quick
      ? { ...shared, points: 200, dimensions: [2, 3, 5, 15, 30], runs: 100, draws: 500 }
      : {
          ...{ ...shared, points: 500, runs: 250, draws: 10_000 },
          dimensions: [2, 3, 4, 5, 8, 15, 30],
        },
  parts: (settings, seed) => [
    ...drawnParts(settings).map(([activation, dimension]) =>
      drawingPart(activation, dimension, settings, seed),
    ),
    ...activationNames.flatMap((activation) =>
      settings.dimensions.map((dimension) => figuresPart(activation, dimension, settings, seed)),
    ),
    ...settings.pairs.map(([n = 0, m = 0]) => theoremPart(n, m, settings, seed)),
  ],
  figures: manifoldFigures,
  report: manifoldReport,
  answers: manifoldAnswers,
});

/** ReLU in all dimensions, as in the paper; others in some of them. */
function drawnParts({ drawn }: ManifoldSettings): readonly (readonly [ActivationName, number])[] {
  const some = drawn.filter((_, i) => i % 2 === 0);
  return activationNames.flatMap((name) =>
    (name === "relu" ? drawn : some).map((dimension) => [name, dimension] as const),
  );
}

function drawingPart(
  activation: ActivationName,
  dimension: number,
  { drawnPoints, turns }: ManifoldSettings,
  seed: number,
): ExperimentPart<ManifoldValue> {
  return {
    name: partNames.drawing(activation, dimension),
    async run() {
      const curve = spiral(drawnPoints, turns);
      const { back, coinciding } = embedCurve(curve, dimension, activations[activation], {
        ...{ seed, run: 0 },
      });
      const axis = (column: number): readonly number[] =>
        Array.from({ length: drawnPoints }, (_, row) =>
          Number(back.data[row * 2 + column]!.toFixed(4)),
        );
      const indices = Array.from(coinciding.keys()).filter((row) => coinciding[row] === 1);
      return { kind: "drawing", x: axis(0), y: axis(1), coinciding: indices };
    },
  };
}

function figuresPart(
  activation: ActivationName,
  dimension: number,
  { points, turns, runs }: ManifoldSettings,
  seed: number,
): ExperimentPart<ManifoldValue> {
  return {
    name: partNames.figures(activation, dimension),
    async run({ progress }) {
      const curve = spiral(points, turns);
      const all: Record<"flattened" | "coinciding" | "error" | "shapeError" | "dead", number>[] =
        [];
      for (let run = 0; run < runs; run++) {
        if (run % 10 === 0) await progress(run / runs);
        const found = embedCurve(curve, dimension, activations[activation], { seed, run });
        all.push(figuresOfRun(found));
      }
      const of = (name: keyof (typeof all)[number]) => all.map((one) => one[name]);
      return {
        ...{ kind: "figures", flattened: estimate(of("flattened")) },
        flattening: of("flattened").filter((share) => share > 0).length,
        ...{ coinciding: estimate(of("coinciding")), error: quartilesOf(of("error")) },
        ...{ shapeError: estimate(of("shapeError")), dead: estimate(of("dead")) },
      };
    },
  };
}

function figuresOfRun({ flattened, coinciding, error, shapeError, dead }: EmbeddedCurve) {
  const share = (marks: Uint8Array): number =>
    marks.reduce((sum, value) => sum + value, 0) / marks.length;
  return { flattened: share(flattened), coinciding: share(coinciding), error, shapeError, dead };
}

function theoremPart(
  n: number,
  m: number,
  { draws }: ManifoldSettings,
  seed: number,
): ExperimentPart<ManifoldValue> {
  return {
    name: partNames.theorem(n, m),
    async run({ progress }) {
      const random = new Random(streams, seed, n, m);
      let collapsed = 0;
      for (let i = 0; i < draws; i++) {
        if (i % 100 === 0) await progress(i / draws);
        collapsed += drawCollapse(n, m, random) ? 1 : 0;
      }
      return { kind: "theorem", collapsed, draws };
    },
  };
}
