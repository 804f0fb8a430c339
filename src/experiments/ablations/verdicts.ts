/** What the ablations decide: each claim of the paper, the difference that it is about, and the words for it. */
import type { QuestionAnswers } from "../experiment.ts";
import {
  type Comparison,
  differenceText,
  judgeSameness,
  pointsText,
  type Verdict,
  verdictWords,
} from "../paired.ts";
import { type VariantName, variants } from "../small-networks/variants.ts";
import { expansions } from "./figures.ts";
import {
  type AblationResult,
  compare,
  costsTheSame,
  equalCost,
  type VariantFigures,
  variantFigures,
} from "./values.ts";

/** A claim that one network is more accurate than another, judged. */
export interface JudgedClaim extends Comparison {
  readonly group: "6a" | "6b" | "blocks" | "expansion";
  /** What is subtracted from what. */
  readonly words: string;
}

type Row = readonly [JudgedClaim["group"], VariantName, VariantName, string];

const claims: readonly Row[] = [
  ["6a", "base", "nonlinear", "the linear bottleneck less the one with ReLU6"],
  [
    ...(["6b", "base", "expansion-shortcut"] as const),
    "shortcuts between bottlenecks less those between expansions",
  ],
  ["6b", "expansion-shortcut", "no-shortcut", "shortcuts between expansions less none"],
  ["6b", "base", "no-shortcut", "shortcuts between bottlenecks less none"],
  ...(["v1", "resnet"] as const).map(
    (name): Row => ["blocks", "base", name, `MobileNetV2's block less ${variants[name].words}`],
  ),
];

/** All comparisons that are there: the paper's claims, and expansion factors of equal cost with 6. */
export function comparisonsOf(result: AblationResult): readonly JudgedClaim[] {
  const judged = claims.flatMap(([group, better, worse, words]) => {
    const found = compare(result, better, worse);
    const at = group === "blocks" ? variantFigures(result, worse) : undefined;
    // What costs more or less is no rival of the same cost.
    const missed = at !== undefined && !costsTheSame(at);
    const cost = at === undefined ? "" : " at equal multiply-adds";
    return found === undefined || missed ? [] : [{ ...found, group, words: `${words}${cost}` }];
  });
  const factors = equalExpansions(result).flatMap(({ t, figures: { comparison } }) =>
    comparison === undefined
      ? []
      : [{ ...comparison, group: "expansion" as const, words: `t = ${t} less t = 6` }],
  );
  return [...judged, ...factors];
}

/** A judged claim in words. */
export function verdictText({ verdict, words, difference, runs }: JudgedClaim): string {
  return `${verdictWords[verdict]}: ${words}, ${differenceText(difference)} points over ${runs} run${runs === 1 ? "" : "s"}.`;
}

/** Expansion factors at equal cost, the unchanged 6 among them. */
function equalExpansions(
  result: AblationResult,
): readonly { readonly t: number; readonly figures: VariantFigures }[] {
  return expansions.equal.flatMap(([t, name]) => {
    const figures = variantFigures(result, name);
    return figures !== undefined && costsTheSame(figures) ? [{ t, figures }] : [];
  });
}

/** Accuracies this near to each other, in shares, are called nearly the same. */
const nearly = 0.01;

/** The claim that the curve is flat from 5 to 10, where there is a factor beside 6. */
function flatness(result: AblationResult):
  | {
      readonly verdict: Verdict;
      readonly words: string;
    }
  | undefined {
  const within = equalExpansions(result).find(({ t }) => t !== 6 && t >= 5 && t <= 10);
  const comparison = within?.figures.comparison;
  if (within === undefined || comparison === undefined) return undefined;
  const { difference, runs } = comparison;
  const words = `from 5 to 10 the factor hardly matters, here t = ${within.t} less t = 6 at equal multiply-adds, ${differenceText(difference)} points over ${runs} run${runs === 1 ? "" : "s"} (to be within ±${pointsText(nearly)})`;
  return { verdict: judgeSameness(difference, nearly), words };
}

/** The claim that the whole block rests on, where there is a network of the same cost that expands nothing. */
function expanding(result: AblationResult): JudgedClaim | undefined {
  const found = compare(result, "base", "t1-equal");
  if (found === undefined || !equalExpansions(result).some(({ t }) => t === 1)) return undefined;
  const words = "blocks that expand less those that do not (t = 1, wider) at equal multiply-adds";
  return { ...found, group: "expansion", words };
}

/** What the factors at equal cost show. */
export function expansionVerdict(result: AblationResult): string {
  const found = equalExpansions(result);
  if (found.length < 2) return "";
  const best = found.reduce((a, b) => (b.figures.accuracy.mean > a.figures.accuracy.mean ? b : a));
  const others = found.flatMap(({ t, figures: { comparison } }) =>
    comparison === undefined ? [] : [{ t, comparison }],
  );
  const list = (verdict: Verdict): string => {
    const some = others.filter(({ comparison }) => comparison.verdict === verdict);
    return some.length === 0 ? "none" : some.map(({ t }) => `t = ${t}`).join(", ");
  };
  const unequal = expansions.equal.flatMap(([t, name]) => {
    const figures = variantFigures(result, name);
    return figures !== undefined && !costsTheSame(figures) ? [`t = ${t}`] : [];
  });
  const left =
    unequal.length === 0
      ? ""
      : ` Not among them: ${unequal.join(", ")}, whose multiply-adds miss by more than ${100 * equalCost} %.`;
  const flat = flatness(result);
  const expanded = expanding(result);
  return [
    expanded && verdictText(expanded),
    flat && `${verdictWords[flat.verdict]}: ${flat.words}.`,
    `At equal multiply-adds t = ${best.t} has the highest mean. Beyond the intervals worse than t = 6: ${list("contradicts")}; better: ${list("agrees")}; these runs cannot tell: ${list("cannot tell")}.${left} The paper's curves are of ImageNet and of larger networks.`,
  ]
    .filter((text) => text !== undefined)
    .join("\n\n");
}

/** What the ablations say of the block. */
export function ablationAnswers(result: AblationResult): QuestionAnswers {
  const judged = comparisonsOf(result);
  const linear = judged.find(({ group }) => group === "6a");
  const shortcuts = judged.filter(({ group }) => group === "6b");
  const flat = flatness(result);
  const expanded = expanding(result);
  return {
    ...(expanded && {
      "expand-first": {
        words: `${verdictText(expanded)} The paper's networks are larger, and so are its pictures.`,
        figure: "expansion",
      },
    }),
    ...(linear && { "linear-bottleneck": { words: verdictText(linear), figure: "figure6a" } }),
    ...(flat && {
      "expansion-factor": {
        words: `${verdictWords[flat.verdict]}: ${flat.words}.`,
        figure: "expansion",
      },
    }),
    ...(shortcuts.length > 0 && {
      shortcut: { words: shortcuts.map(verdictText).join(" "), figure: "figure6b" },
    }),
  };
}
