import { describe, expect, it } from "vitest";
import { records as trainingRecords } from "../../train/wasm/records.generated.ts";
import { wordNames } from "./record.ts";
import { records } from "./records.generated.ts";
import { failedWord } from "./team-words.ts";

describe("the words that a team's threads share with the host", () => {
  it.each([
    ["inference", records],
    ["training", trainingRecords],
  ])("lie where the host looks for them: %s", (_, table) => {
    const team = wordNames(table, "Team");
    expect([team.indexOf("state"), team.indexOf("failed")]).toEqual([0, failedWord]);
    expect(wordNames(table, "Worker").indexOf("busy")).toBe(0);
  });
});
