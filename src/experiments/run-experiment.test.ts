/** A run goes on where it was interrupted, and only with what is of the same run; files are looked at. */
import { describe, expect, it } from "vitest";
import { anything, having, needed, numberFrom } from "../check-fields.ts";
import {
  type AnyExperiment,
  defineExperiment,
  type ExperimentResult,
  partValue,
} from "./experiment.ts";
import { commandOf, reportOf } from "./report.ts";
import { formatResult, parseResult, plainWords } from "./result-file.ts";
import { differs, isComplete, type RunRequest, runExperiment } from "./run-experiment.ts";

type Settings = { readonly count: number };
type Value = { readonly sum: number };

/** Each part adds its number to what the one before has come to. */
function adding(ran: string[] = [], most = Number.POSITIVE_INFINITY, revision = 1): AnyExperiment {
  return defineExperiment<Settings, Value>({
    ...{ name: "adding", revision },
    kinds: {
      settings: having({ count: needed(numberFrom(1)) }, "a count"),
      value: having({ sum: needed(numberFrom(0)) }, "a sum"),
    },
    settings: (quick) => ({ count: quick ? 3 : 6 }),
    parts: ({ count }, seed) =>
      Array.from({ length: count }, (_, i) => ({
        name: `part/${i}`,
        async run({ earlier, progress }) {
          await progress(0.5);
          if (ran.length >= most) throw new RangeError("the light went out");
          ran.push(`part/${i}`);
          return { sum: (earlier.get(`part/${i - 1}`)?.sum ?? seed) + i };
        },
      })),
    figures: () => ({}),
    report: (result) => `The sum is ${partValue(result, "part/2")?.sum ?? "to come"}.`,
  });
}

const machine = { processor: "a chip", cores: 2, node: "v20.0.0", system: "linux x64" };
const asked = { quick: false, seed: 10, version: "1.2.3", machine };

async function run(experiment: AnyExperiment, more: Partial<RunRequest> = {}) {
  const kept: ExperimentResult[] = [];
  const done = runExperiment(experiment, {
    ...{ ...asked, date: "2026-01-02", folder: "nowhere", takeTurn: async () => {} },
    keep: async (result) => void kept.push(result),
    ...more,
  });
  const error = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { kept, error, last: kept.at(-1), done: error === undefined ? await done : undefined };
}

describe("a run", () => {
  it("keeps every part as it comes, with all that a reader wants to know", async () => {
    const { kept, last, done } = await run(adding());
    expect(kept.map(({ parts }) => parts.length)).toEqual([1, 2, 3, 4, 5, 6]);
    const settings = { count: 6 };
    expect(last).toMatchObject({ ...asked, schemaVersion: 1, settings, date: "2026-01-02" });
    expect(last!.parts.map(({ value }) => value)).toEqual(
      [10, 11, 13, 16, 20, 25].map((sum) => ({ sum })),
    );
    expect(done).toEqual({ result: last, ran: 6 });
    expect(isComplete(adding(), last!)).toBe(true);
  });

  it("goes on with what an interrupted one has kept, to the same values", async () => {
    const ran: string[] = [];
    const { last: earlier, error } = await run(adding([], 2));
    expect(error).toBeInstanceOf(RangeError);
    expect(isComplete(adding(), earlier!)).toBe(false);
    expect(differs(adding(), earlier!, asked)).toBeUndefined();
    const { last, done } = await run(adding(ran), { earlier, date: "2026-02-02" });
    expect(ran).toEqual(["part/2", "part/3", "part/4", "part/5"]);
    expect(done!.ran).toBe(4);
    const whole = (await run(adding())).last!;
    expect(last!.parts.map(({ value }) => value)).toEqual(whole.parts.map(({ value }) => value));
    expect(last!.date).toBe("2026-01-02");
  });

  it("does nothing where all is there", async () => {
    const { last: earlier } = await run(adding());
    const ran: string[] = [];
    const { kept, done } = await run(adding(ran), { earlier });
    expect([ran, kept, done]).toEqual([[], [], { result: earlier, ran: 0 }]);
  });

  it("stops within a part where it is cancelled, and says how far it is", async () => {
    const control = new AbortController();
    const seen: number[] = [];
    const { kept, error } = await run(adding(), {
      signal: control.signal,
      onProgress: ({ done, parts }) => {
        seen.push(done);
        expect(parts).toBe(6);
        if (done === 2.5) control.abort();
      },
    });
    expect(error).toMatchObject({ code: "aborted" });
    expect(seen).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(kept).toHaveLength(2);
  });

  it("refuses a part's value that could not be read again", async () => {
    const { error, kept } = await run({
      ...adding(),
      parts: () => [{ name: "bad", run: async () => ({ sum: Number.NaN }) }],
    });
    expect(error).toMatchObject({ code: "internal", node: "bad" });
    expect(kept).toEqual([]);
  });
});

describe("what is kept", () => {
  it("names every machine that its parts ran on", async () => {
    const { last: earlier } = await run(adding([], 2));
    const other = { ...machine, processor: "another chip" };
    const { last: whole } = await run(adding(), { earlier: earlier!, machine: other });
    expect(whole!.machine).toEqual(machine);
    const machines = whole!.parts.map((part) => part.machine);
    expect(machines).toEqual([undefined, undefined, other, other, other, other]);
    const row = { name: "adding", title: "Sums", place: "nowhere", load: async () => adding() };
    const report = reportOf([{ row, experiment: adding(), result: whole! }]);
    expect(report).toContain(
      "a chip, 2 cores, linux x64, Node v20.0.0 and another chip, 2 cores, linux x64, Node v20.0.0",
    );
    expect(parseResult(formatResult(whole!), adding(), "adding.json")).toEqual(whole);
  });

  it("looks again for what was absent", async () => {
    const found = ["absent", "found"];
    const looking = defineExperiment<Settings, { readonly kind: string }>({
      ...{
        name: "looking",
        revision: 1,
        settings: () => ({ count: 1 }),
        figures: () => ({}),
        report: () => "",
      },
      kinds: { settings: anything, value: anything },
      parts: () => [{ name: "files", run: async () => ({ kind: found.shift() ?? "too often" }) }],
    });
    const { last: earlier } = await run(looking);
    expect(earlier!.parts[0]!.value).toEqual({ kind: "absent" });
    const { last: later, done } = await run(looking, { earlier: earlier! });
    expect([later!.parts[0]!.value, done!.ran]).toEqual([{ kind: "found" }, 1]);
    expect((await run(looking, { earlier: later! })).done!.ran).toBe(0);
  });

  it("is gone on with by the same run alone", async () => {
    const { last: whole } = await run(adding());
    const { last: part } = await run(adding([], 2));
    const reason = (kept: ExperimentResult, wanted: Partial<typeof asked>) =>
      differs(adding(), kept, { ...asked, ...wanted });
    expect(reason(whole!, { quick: true })).toBe("it is of a full run");
    expect(reason(whole!, { seed: 3 })).toBe("it is of the seed 10");
    expect(reason({ ...whole!, settings: { count: 7 } }, {})).toBe("it is of other settings");
    expect(reason(part!, { version: "2.0.0" })).toBe("it was begun by version 1.2.3");
    expect(reason(part!, {})).toBeUndefined();
    // Of a finished one nothing is run any more.
    expect(reason(whole!, { version: "2.0.0" })).toBeUndefined();
  });

  it("is gone on with by the same revision alone, of which an unknown one is the first", async () => {
    const { last: whole } = await run(adding());
    expect(whole!.parts.map(({ revision }) => revision)).toEqual([1, 1, 1, 1, 1, 1]);
    const later = adding([], undefined, 2);
    // Finished or not: its values are others now.
    const words = "its part part/0 is of revision 1 of the experiment, which has 2 now";
    expect(differs(later, whole!, asked)).toBe(words);
    expect(differs(later, { ...whole!, parts: whole!.parts.slice(0, 2) }, asked)).toBe(words);
    const old = { ...whole!, parts: whole!.parts.slice(0, 2).map(({ revision, ...part }) => part) };
    expect(differs(adding(), old, asked)).toBeUndefined();
    expect(differs(later, old, asked)).toMatch(/is of an unknown revision of the experiment/);
    const { last: mixed } = await run(adding(), { earlier: old });
    expect(mixed!.parts.map(({ revision }) => revision)).toEqual([
      undefined,
      undefined,
      1,
      1,
      1,
      1,
    ]);
    const row = { name: "adding", title: "Sums", place: "nowhere", load: async () => adding() };
    const report = reportOf([{ row, experiment: adding(), result: mixed! }]);
    expect(report).toContain("version 1.2.3 (revision 1 and unknown), 2026-01-02");
  });

  it("says which version a part is of that was looked for again", async () => {
    const { last: earlier } = await run(adding([], 2));
    const { last: later } = await run(adding(), { earlier: earlier!, version: "1.3.0" });
    expect(later!.version).toBe("1.2.3");
    expect(later!.parts.map(({ version }) => version)).toEqual([
      ...[undefined, undefined, "1.3.0", "1.3.0", "1.3.0", "1.3.0"],
    ]);
    const row = { name: "adding", title: "Sums", place: "nowhere", load: async () => adding() };
    const report = reportOf([{ row, experiment: adding(), result: later! }]);
    expect(report).toContain("version 1.2.3 and 1.3.0 (revision 1)");
    expect(parseResult(formatResult(later!), adding(), "adding.json")).toEqual(later);
  });

  it("is told with what it was made by, unfinished or not", async () => {
    const row = { name: "adding", title: "Sums", place: "nowhere", load: async () => adding() };
    const { last: part } = await run(adding([], 2));
    const { last: whole } = await run(adding());
    const report = (result?: ExperimentResult) => reportOf([{ row, experiment: adding(), result }]);
    expect(report()).toContain("| [Sums](#adding)".replace("[Sums](#adding)", "Sums"));
    expect(report()).toContain("not run");
    expect(report(part)).toContain("2 of 6 parts are finished");
    expect(report(part)).toContain("The sum is to come.");
    expect(report(whole)).toContain("The sum is 13.");
    expect(report(whole)).toContain("`mobilenetv2 experiment adding --seed 10`");
    expect(report(whole)).toContain("a chip, 2 cores, linux x64, Node v20.0.0");
    expect(commandOf({ ...whole!, quick: true })).toContain(" --quick");
  });
});

describe("a result's file", async () => {
  const { last } = await run(adding());
  const experiment = adding();
  const parse = (text: string) => parseResult(text, experiment, "adding.json");

  it("is read as it was written", () => {
    expect(parse(formatResult(last!))).toEqual(last);
  });

  it.each([
    ["no JSON", "{", "expected JSON"],
    ["a list", "[]", "schemaVersion"],
    ["nothing", "null", "expected an object"],
  ])("is refused where it is %s", (_, text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "invalid-data", node: "adding.json" }),
    );
    if (message !== "schemaVersion") expect(() => parse(text)).toThrow(message);
  });

  const markup = "<img src=x onerror=alert(1)>";
  it.each([
    ["another version", { schemaVersion: 2 }],
    ["another experiment", { experiment: "other" }],
    ["a version that is markup", { version: markup }],
    ["no flag", { quick: "yes" }],
    ["a seed below 0", { seed: -1 }],
    ["a machine that is markup", { machine: { ...machine, processor: markup } }],
    ["a machine with a link", { machine: { ...machine, system: "[a](http://b)" } }],
    ["a machine without end", { machine: { ...machine, processor: "a".repeat(1000) } }],
    ["a day that is none", { date: "today" }],
    ["settings of another kind", { settings: { count: "6" } }],
    ["parts that are none", { parts: [1] }],
    [
      "a part's name that is markup",
      { parts: [{ name: "<b>", milliseconds: 1, value: { sum: 1 } }] },
    ],
    [
      "a revision below 1",
      { parts: [{ name: "a", milliseconds: 1, revision: 0, value: { sum: 1 } }] },
    ],
    [
      "a part's version that is markup",
      { parts: [{ name: "a", milliseconds: 1, version: markup, value: { sum: 1 } }] },
    ],
    ["a time below 0", { parts: [{ name: "a", milliseconds: -1, value: { sum: 1 } }] }],
    ["a value of another kind", { parts: [{ name: "a", milliseconds: 1, value: { sum: null } }] }],
    ["too many parts", { parts: Array(10_001).fill(last!.parts[0]) }],
  ])("is refused with %s", (_, change) => {
    expect(() => parse(JSON.stringify({ ...last, ...change }))).toThrow(
      expect.objectContaining({ code: "invalid-data", node: "adding.json" }),
    );
  });

  it("names a processor in words that mean nothing in Markdown", () => {
    expect(plainWords("AMD EPYC(TM) 7B13 | `x` <b>")).toBe("AMD EPYC(TM) 7B13 x b");
    expect(plainWords("<>")).toBe("unknown");
  });
});
