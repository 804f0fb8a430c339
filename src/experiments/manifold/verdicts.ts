/** What the numbers of figure 1 and appendix A decide: which sentences the report may say. */
import type { QuestionAnswers } from "../experiment.ts";
import { percentText } from "../markdown.ts";
import type { Verdict } from "../paired.ts";
import { chanceOfAtLeast, type Estimate, shareInterval } from "../statistics.ts";
import { expectedCollapse } from "./theorem.ts";
import { countsOf, figuresOf, type ManifoldResult } from "./values.ts";

/** Whether one share is below another: by intervals that do not meet, which is stricter than need be. */
export function fewerCoincide(less: Estimate, more: Estimate): Verdict {
  if (less.high < more.low) return "agrees";
  return less.low > more.high ? "contradicts" : "cannot tell";
}

/**
 * What is to be thought of so many expected values outside of their 95 % intervals: rare is what would
 * happen once in a hundred times though all were right.
 */
export function rareByChance(
  outside: number,
  intervals: number,
): { readonly words: string; readonly rare: boolean } {
  const likely = chanceOfAtLeast(outside, { trials: intervals, chance: 0.05 });
  const words = `by chance alone ${outside} or more of ${intervals} lie outside in ${percentText(likely)} of all cases`;
  return { words, rare: likely < 0.01 };
}

/** An interval of the mean says something where so many runs differ from 0. */
const enough = 30;

/** Whether the share of flattened points is the theorem's. */
export function flattenedAsExpected(result: ManifoldResult): string {
  const all = figuresOf(result, "relu");
  const judged = all.filter(([, { flattening }]) => flattening >= enough);
  const list = (some: typeof all): string => some.map(([n]) => `${n}`).join(", ");
  const few = all.filter((one) => !judged.includes(one));
  const left =
    few.length === 0
      ? ""
      : ` For n = ${list(few)} fewer than ${enough} of the matrices flatten any point, too few for an interval.`;
  if (judged.length === 0) return left.trim();
  const outside = judged.filter(([n, { flattened }]) => {
    const expected = expectedCollapse(2, n);
    return expected < flattened.low || expected > flattened.high;
  });
  if (outside.length === 0) {
    return `The share of flattened points that appendix A expects lies in the interval for n = ${list(judged)}.${left}`;
  }
  const { words, rare } = rareByChance(outside.length, judged.length);
  return `The share of flattened points that appendix A expects lies outside of the interval for n = ${list(outside)}; ${words}${rare ? ", so that this contradicts the theorem" : ""}.${left}`;
}

/** The theorem's draws of a pair, with the 95 % interval of the share that they measure. */
export interface JudgedCount {
  readonly n: number;
  readonly m: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly expected: number;
  /** Whether what is expected lies in the interval. */
  readonly inside: boolean;
}

/** The theorem's draws with their intervals. */
export function judgedCounts(result: ManifoldResult): readonly JudgedCount[] {
  return countsOf(result).map(({ n, m, count: { collapsed, draws } }) => {
    const [low, high] = shareInterval(collapsed, draws);
    const expected = expectedCollapse(n, m);
    const inside = expected >= low && expected <= high;
    return { n, m, share: collapsed / draws, low, high, expected, inside };
  });
}

/** What figure 1 and the theorem say of the block. */
export function manifoldAnswers(result: ManifoldResult): QuestionAnswers {
  const all = new Map(figuresOf(result, "relu"));
  const [narrow, wide] = [all.get(2)?.coinciding, all.get(30)?.coinciding];
  const coinciding = ({ mean }: Estimate): string => (mean === 0 ? "none" : percentText(mean));
  const judged = judgedCounts(result);
  const outside = judged.filter(({ inside }) => !inside).length;
  const [least, usual] = [1, 6].map((t) => percentText(expectedCollapse(16, 16 * t)));
  const expand = {
    agrees: "Because ReLU loses less where there are more dimensions",
    contradicts: "Not for what figure 1 says",
    "cannot tell": "Figure 1 does not tell",
  };
  return {
    ...(narrow !== undefined &&
      wide !== undefined && {
        "expand-first": {
          words: `${expand[fewerCoincide(wide, narrow)]}: of a spiral's points ReLU gives ${coinciding(narrow)} the image of another in 2 dimensions, and ${coinciding(wide)} in 30.`,
          figure: "collapse",
        },
        "linear-bottleneck": {
          words: `${narrow.low > 0 ? `What is narrow has no room for ReLU: in 2 dimensions it gives ${coinciding(narrow)} of a spiral's points the image of another` : "In 2 dimensions ReLU is not seen to give points of a spiral the image of another"}.`,
          figure: "figure1",
        },
      }),
    ...(judged.length > 0 && {
      "expansion-factor": {
        words: `${rareByChance(outside, judged.length).rare ? "Drawing lots contradicts appendix A" : "By appendix A, which drawing lots agrees with"} (${judged.length - outside} of ${judged.length} shares in their intervals): of 16 channels' volume ReLU collapses ${least} at t = 1 and ${usual} at t = 6, were the weights random.`,
        figure: "theorem",
      },
    }),
  };
}
