/**
 * What a reader of the paper asks about its block, and what the experiments say of it: a row a question,
 * a sentence an experiment that its numbers decide. Who has not been run yet is named as such.
 */
import type { AnyExperiment, ExperimentResult, QuestionName } from "./experiment.ts";
import { markdownTable } from "./markdown.ts";

/** A question. */
interface Question {
  readonly words: string;
  /** Experiments that are to say something of it, in the order of the paper. */
  readonly by: readonly string[];
}

const questions: Readonly<Record<QuestionName, Question>> = {
  "expand-first": { words: "Why expand first?", by: ["manifold", "ablations", "information-flow"] },
  "linear-bottleneck": {
    words: "Why no activation after the projection?",
    by: ["manifold", "ablations", "information-flow"],
  },
  "expansion-factor": { words: "What does the factor t do?", by: ["manifold", "ablations"] },
  relu6: { words: "Why ReLU6?", by: ["low-precision"] },
  shortcut: { words: "When is there a shortcut?", by: ["blocks", "ablations"] },
};

/** An experiment that may be asked. */
interface Asked {
  readonly row: { readonly name: string; readonly title: string };
  readonly experiment: AnyExperiment;
  readonly result?: ExperimentResult | undefined;
}

/** The section, with its heading. */
export function questionsSection(all: readonly Asked[]): string {
  const rows = Object.entries(questions).flatMap(([name, { words, by }]) =>
    by.flatMap((experiment, i) => {
      const asked = all.find(({ row }) => row.name === experiment);
      if (asked === undefined) return [];
      return [[i === 0 ? words : "", ...answerOf(asked, name as QuestionName)]];
    }),
  );
  return [
    "## Questions",
    "What is asked of the block, and what the numbers below say.",
    markdownTable(["question", "by", "answer", "picture"], rows, 4),
  ].join("\n\n");
}

function answerOf({ row, experiment, result }: Asked, question: QuestionName): readonly string[] {
  const { name, title } = row;
  // What a quick run says is of networks that have learnt nothing.
  const answer =
    result === undefined || result.quick ? undefined : experiment.answers?.(result)[question];
  const link = result === undefined ? title : `[${title}](#${name})`;
  if (answer === undefined) {
    return [link, result?.quick ? "a quick run does not tell" : "not measured yet", ""];
  }
  const { words, figure } = answer;
  return [link, words, figure === undefined ? "" : `[picture](${name}-${figure}.svg)`];
}
