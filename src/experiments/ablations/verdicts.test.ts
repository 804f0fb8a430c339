/** What is said of figure 6 follows from made-up accuracies, whatever they are. */
import { describe, expect, it } from "vitest";
import { fullTraining } from "../small-networks/training-settings.ts";
import { buildVariant, type VariantName } from "../small-networks/variants.ts";
import { ablations } from "./ablations.ts";
import { ablationFigures } from "./figures.ts";
import { ablationReport } from "./section.ts";
import type { AblationResult, AblationSettings } from "./values.ts";
import { ablationAnswers } from "./verdicts.ts";

const settings = ablations.settings(false) as AblationSettings;
const machine = { processor: "a chip", cores: 2, node: "v20.0.0", system: "linux x64" };
const around = { resolution: fullTraining.resolution, classes: 10, width: fullTraining.width };

/** Networks with the accuracies that they are to have, each run a little off. */
function resultOf(
  accuracies: Partial<Record<VariantName, number>>,
  { runs = 3, spread = 0.0004 } = {},
): AblationResult {
  const parts = Object.entries(accuracies).flatMap(([name, accuracy]) => {
    const { graph: _, ...cost } = buildVariant(name as VariantName, around);
    return Array.from({ length: runs }, (_, i) => {
      // Off in other directions in the unchanged network, so that differences vary.
      const off = spread * (name === "base" ? i : -i);
      const epochs = Array.from({ length: fullTraining.epochs }, (_, epoch) => ({
        ...{ loss: 2, accuracy: accuracy + off - 0.05 * (fullTraining.epochs - 1 - epoch) },
      }));
      return { name: `${name}/${i + 1}`, milliseconds: 1, value: { ...cost, epochs } };
    });
  });
  return {
    ...{ schemaVersion: 1, experiment: "ablations", version: "1.0.0", quick: false, seed: 1 },
    ...{ machine, date: "2026-01-01", settings, parts },
  };
}

const usual = { base: 0.78, nonlinear: 0.76, "expansion-shortcut": 0.77, "no-shortcut": 0.74 };

describe("figure 6's verdicts", () => {
  it("agree, contradict or cannot tell as the accuracies are", () => {
    const good = ablationReport(resultOf(usual));
    expect(good).toContain("**Agrees with the paper**: the linear bottleneck less");
    expect(good).toContain("**Agrees with the paper**: shortcuts between expansions less none");
    const turned = ablationReport(resultOf({ ...usual, base: 0.7 }));
    expect(turned).toContain("**Contradicts the paper**: the linear bottleneck less");
    expect(turned).toContain("**Contradicts the paper**: shortcuts between bottlenecks less none");
    const wild = ablationReport(resultOf(usual, { spread: 0.03 }));
    expect(wild).toContain("**These runs cannot tell**: the linear bottleneck less");
  });

  it("say how many come by chance, of those that are there", () => {
    expect(ablationReport(resultOf(usual))).toContain("Of the 4 comparisons here");
    const { base, nonlinear } = usual;
    expect(ablationReport(resultOf({ base, nonlinear }))).not.toContain("comparisons here");
  });

  it("are the report's answers", () => {
    const answers = ablationAnswers(resultOf({ ...usual, "t9-equal": 0.781 }));
    expect(answers["linear-bottleneck"]?.words).toMatch(
      /^\*\*Agrees with the paper\*\*: the linear/,
    );
    expect(answers.shortcut?.words.match(/Agrees/g)).toHaveLength(3);
    expect(answers["expansion-factor"]?.words).toContain("Agrees with the paper");
    expect(ablationAnswers(resultOf({ base: 0.7 }))).toEqual({});
  });

  it("say it where a network that expands nothing is better", () => {
    const answer = (t1: number) =>
      ablationAnswers(resultOf({ ...usual, "t1-equal": t1 }))["expand-first"];
    expect(answer(0.74)?.words).toContain("**Agrees with the paper**: blocks that expand");
    expect(answer(0.8)?.words).toContain("**Contradicts the paper**: blocks that expand");
    expect(ablationReport(resultOf({ ...usual, "t1-equal": 0.8 }))).toContain(
      "**Contradicts the paper**: blocks that expand",
    );
  });
});

describe("the expansion factor", () => {
  const factors = { "t1-equal": 0.74, "t2-equal": 0.77, "t3-equal": 0.775, "t4-equal": 0.79 };
  const judged = (nine: number, spread?: number) =>
    ablationReport(resultOf({ ...usual, ...factors, "t9-equal": nine }, spread ? { spread } : {}));

  it("is flat from 6 to 9, or not, or nobody knows", () => {
    expect(judged(0.783)).toContain("**Agrees with the paper**: from 5 to 10 the factor hardly");
    expect(judged(0.74)).toContain("**Contradicts the paper**: from 5 to 10 the factor hardly");
    expect(judged(0.783, 0.02)).toContain(
      "**These runs cannot tell**: from 5 to 10 the factor hardly",
    );
  });

  it("is the best of those that cost the same alone", () => {
    const text = judged(0.77);
    // The most accurate one, t = 4, costs a tenth more.
    expect(text).toContain("(+10.7 %, not equal)");
    expect(text).toContain("t = 6 has the highest mean");
    expect(text).toContain("Not among them: t = 4,");
    expect(text).toContain("worse than t = 6: t = 1, t = 2, t = 3, t = 9; better: none");
    expect(text).toMatch(/\| t = 9, narrower \| [\d.]+ \| [\d.]+ \(−\d\.\d %\) \|/);
  });
});

describe("an unfinished result", () => {
  it("of single runs is drawn and told without intervals", () => {
    const first = resultOf(usual, { runs: 1 });
    const figures = ablationFigures(first);
    // There is nothing yet to compare expansion factors by.
    expect(Object.keys(figures).sort()).toEqual(["differences", "figure6a", "figure6b"]);
    for (const svg of Object.values(figures)) expect(svg).toContain("a single run");
    const text = ablationReport(first);
    expect(text).not.toContain("ablations-expansion.svg");
    expect(text).toContain("**These runs cannot tell**: the linear bottleneck less");
  });

  it("has a picture that names what costs more", () => {
    const { expansion = "" } = ablationFigures(resultOf({ base: 0.78, "t4-equal": 0.79 }));
    // Notes are wrapped, so that words of a line are looked for.
    expect(expansion.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")).toContain("which t = 4 misses");
    const { expansion: equal = "" } = ablationFigures(resultOf({ base: 0.78, "t3-equal": 0.79 }));
    expect(equal).not.toContain("misses");
  });

  it("of an expansion factor beside 6 has its curve", () => {
    const figures = ablationFigures(resultOf({ base: 0.78, t3: 0.75 }));
    expect(figures["expansion"]).toContain("equal width");
    expect(figures["expansion"]).not.toContain(">equal multiply-adds<");
  });
});

describe("the method", () => {
  it("has the recipe's numbers from the settings", () => {
    const { recipe } = settings;
    const result = resultOf(usual);
    const other = {
      ...result,
      settings: { ...settings, recipe: { ...recipe, weightDecay: 0.0123, nesterov: false } },
    };
    expect(ablationReport(result)).toContain(`weight decay ${recipe.weightDecay}`);
    expect(ablationReport(other)).toContain("SGD with momentum 0.9");
    expect(ablationReport(other)).toContain("weight decay 0.0123");
  });

  it("says which factors and widths are left out", () => {
    const text = ablationReport(resultOf(usual));
    expect(text).toContain("At equal width only t = 1, 3, 6 are trained");
    expect(text).toContain("of other widths 0.15 and 0.35 alone");
  });

  it("names every epoch of a short training on the axis", () => {
    const { figure6a = "" } = ablationFigures(resultOf(usual));
    for (const epoch of [1, 2, 3, 4, 5, 6]) expect(figure6a).toContain(`>${epoch}</text>`);
  });
});
