/** The report's questions are answered by results alone, and what was not measured says so. */
import { expect, it } from "vitest";
import { mobilenetV2 } from "../index.ts";
import { countShortcuts, shortcutWords } from "./blocks/shortcuts.ts";
import type { AnyExperiment, ExperimentResult, QuestionAnswers } from "./experiment.ts";
import { experiments } from "./experiments.ts";
import { questionsSection } from "./questions.ts";

const machine = { processor: "a chip", cores: 2, node: "v20.0.0", system: "linux x64" };

function asked(
  name: string,
  answers: QuestionAnswers,
  more: Partial<ExperimentResult> | "not run" = {},
) {
  const experiment: AnyExperiment = {
    ...{
      name,
      revision: 1,
      figures: () => ({}),
      report: () => "",
      parts: () => [],
      settings: () => ({}),
    },
    kinds: {
      settings: { expected: "", fits: () => true },
      value: { expected: "", fits: () => true },
    },
    answers: () => answers,
  };
  const result: ExperimentResult = {
    ...{ schemaVersion: 1, experiment: name, version: "1.0.0", quick: false, seed: 1, machine },
    ...{ date: "2026-01-01", settings: {}, parts: [] },
    ...(more === "not run" ? {} : more),
  };
  return {
    ...{ row: { name, title: `About ${name}` }, experiment },
    result: more === "not run" ? undefined : result,
  };
}

it("each has a row for every experiment that is to answer, with its picture", () => {
  const text = questionsSection([
    asked("manifold", { "expand-first": { words: "It is so.", figure: "collapse" } }),
    asked("ablations", {}, "not run"),
    asked("low-precision", { relu6: { words: "Hardly told." } }, { quick: true }),
    asked("blocks", { shortcut: { words: "In ten." } }),
  ]);
  expect(text).toContain(
    "| Why expand first? | [About manifold](#manifold) | It is so. | [picture](manifold-collapse.svg) |",
  );
  // It was run, and has no answer yet.
  expect(text).toContain("activation after the projection? | [About manifold](#manifold) | not me");
  // Not run: there is no section to lead to.
  expect(text).toContain("|  | About ablations | not measured yet |  |");
  // A quick run is no measurement.
  expect(text).toContain(
    "| Why ReLU6? | [About low-precision](#low-precision) | a quick run does not tell",
  );
  expect(text).toContain("| In ten. |  |");
});

it("name experiments that there are, and figures that they draw", async () => {
  const names = experiments.map(({ name }) => name);
  const all = await Promise.all(
    experiments.map(async (row) => ({ row, experiment: await row.load() })),
  );
  const rows = questionsSection(all).split("\n").slice(6);
  // Every experiment that is named is found by its row: 2 + 3 + 2 + 1 + 2 of them.
  expect(rows).toHaveLength(11);
  for (const row of rows) expect(row).toContain("not measured yet");
  expect(names).toContain("blocks");
});

it("shortcuts are counted on the graph, whatever it is", () => {
  const found = countShortcuts(mobilenetV2());
  // Table 2: n − 1 in each row of n blocks.
  expect(found).toEqual({ blocks: 17, shortcuts: 10, wanted: 10, agrees: true });
  expect(shortcutWords(found)).toContain("in 10 of 17 blocks, and in no other");
  const none = countShortcuts(mobilenetV2({ block: { shortcut: "none" } }));
  expect(none).toEqual({ blocks: 17, shortcuts: 0, wanted: 10, agrees: false });
  expect(shortcutWords(none)).toContain("Not by the paper's rule");
});
