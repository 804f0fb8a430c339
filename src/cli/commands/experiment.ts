/** `mobilenetv2 experiment`: the paper's figures and tables, run again, drawn and reported. */
import { setImmediate } from "node:timers/promises";
import { kindOf } from "../../disk/read-node.ts";
import type { AnyExperiment, ExperimentResult } from "../../experiments/experiment.ts";
import type { ExperimentRow } from "../../experiments/experiments.ts";
import type { ListedExperiment } from "../../json/experiments.ts";
import { didYouMean } from "../../suggest.ts";
import { printable } from "../../untrusted.ts";
import { type Command, type Context, defineCommand, outputOptions } from "../command.ts";
import { type AskedRun, alone, readEarlier, requireSame } from "../experiment-folder.ts";
import { plural } from "../format.ts";
import { writeJson } from "../json.ts";
import { flag, number, text } from "../options.ts";
import { packageVersion } from "../package-version.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { reportNote } from "../report.ts";
import { formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const usualFolder = "docs/experiments";

const options = {
  quick: flag({ description: "Small forms: seconds instead of minutes or hours" }),
  seed: number({
    placeholder: "N",
    from: 0,
    to: 2 ** 32 - 1,
    whole: true,
    description: "Begins everything random",
    shownDefault: "1",
  }),
  out: text({
    placeholder: "DIR",
    short: "o",
    description: "The folder for results, figures and the report; a run goes on with what is there",
    shownDefault: `${usualFolder}, ${usualFolder}/quick with --quick`,
  }),
  data: text({
    placeholder: "DIR",
    description:
      "A folder of labelled pictures, for the parts that measure accuracy; REPORT.md says which",
  }),
  again: flag({
    description:
      "Start anew, whatever is there; only networks that were trained alike are not again",
  }),
  ...outputOptions,
};

type ExperimentContext = Context<typeof options>;

export const experimentCommand: Command = defineCommand({
  positionals: [
    {
      name: "[NAME…]",
      description:
        "What to run, or all; report makes figures and report of what is there; without a name all are listed",
    },
  ],
  options,
  examples: [
    { call: "experiment", effect: "What there is." },
    { call: "experiment manifold --quick", effect: "One of them in seconds, for a look." },
    { call: "experiment all", effect: "Run what is missing; Ctrl-C leaves what is finished." },
    { call: "experiment manifold --seed 2 --out seed-2", effect: "Does another seed agree?" },
    {
      call: "experiment trade-offs --data pictures",
      effect: "With accuracies on pictures that you have.",
    },
    { call: "experiment report", effect: "Draw and tell anew, without a run." },
  ],
  async run(context) {
    const { values, positionals } = context;
    const { experiments } = await import("../../experiments/experiments.ts");
    const folder = values.out ?? (values.quick ? `${usualFolder}/quick` : usualFolder);
    const chosen = chooseExperiments(positionals, experiments);
    if (chosen === "report" || chosen === "list") {
      const listed = await lookAt(experiments, folder, chosen === "report");
      const report = chosen === "report" ? await writeReportIn(folder) : undefined;
      answer(context, listed, { report, hint: hintOf(experiments, folder) });
      return 0;
    }
    if (values.data !== undefined && (await kindOf(values.data)) !== "folder") {
      throw new UsageError("--data is no folder", {
        expected: "a folder of labelled pictures",
        received: values.data,
      });
    }
    await alone(folder, async () => {
      const { again } = values;
      const version = (await packageVersion()) || "unknown";
      const wanted = { quick: values.quick, seed: values.seed ?? 1, version };
      const earlier = await readEarlier(experiments, folder, { anew: again ? chosen : [] });
      for (const row of chosen) await requireSame(row, earlier.get(row), { folder, wanted });
      const done: ListedExperiment[] = [];
      for (const row of chosen) {
        done.push(await runOne(row, earlier.get(row), { folder, wanted, context }));
      }
      const report = await writeReportIn(folder);
      answer(context, done, { report });
    });
    return 0;
  },
});

function chooseExperiments(
  names: readonly string[],
  experiments: readonly ExperimentRow[],
): "list" | "report" | readonly ExperimentRow[] {
  if (names.length === 0) return "list";
  for (const word of ["report", "all"] as const) {
    if (!names.includes(word)) continue;
    if (names.length === 1) return word === "all" ? experiments : word;
    throw new UsageError(`${word} stands alone`, { received: names.join(" ") });
  }
  return [...new Set(names)].map((name) => {
    const row = experiments.find((one) => one.name === name);
    if (row !== undefined) return row;
    const known = [...experiments.map((one) => one.name), "all", "report"];
    throw new UsageError(`unknown experiment ${name}`, {
      expected: known.join(", "),
      remedy: didYouMean(name, known, "Run mobilenetv2 experiment for a list."),
    });
  });
}

/** What is kept of each; with figures drawn anew where asked for. */
async function lookAt(
  rows: readonly ExperimentRow[],
  folder: string,
  draw: boolean,
): Promise<readonly ListedExperiment[]> {
  const { readResult, writeFigures } = await import("../../experiments/folder-node.ts");
  const listed: ListedExperiment[] = [];
  for (const row of rows) {
    const experiment = await row.load();
    const result = await readResult(folder, experiment);
    const figures = draw && result ? await writeFigures(folder, experiment, result) : undefined;
    listed.push(await describe(row, { folder, experiment, result, figures }));
  }
  return listed;
}

/** Runs what is missing of an experiment and draws it. */
async function runOne(
  row: ExperimentRow,
  earlier: ExperimentResult | undefined,
  {
    folder,
    wanted,
    context: { values, terminal, signal },
  }: { readonly folder: string; readonly wanted: AskedRun; readonly context: ExperimentContext },
): Promise<ListedExperiment> {
  const [{ runExperiment }, { isAbsent }, files, { thisMachine }] = await Promise.all([
    import("../../experiments/run-experiment.ts"),
    import("../../experiments/kept-values.ts"),
    import("../../experiments/folder-node.ts"),
    import("../../experiments/machine-node.ts"),
  ]);
  const experiment = await row.load();
  const progress = values.quiet
    ? silentProgress
    : createProgress(terminal.err, { format: (parts) => parts.toFixed(1), patient: true });
  const { result, ran } = await runExperiment(experiment, {
    ...{ ...wanted, machine: thisMachine() },
    ...{ date: new Date().toISOString().slice(0, 10), earlier, signal },
    folder: files.workFolder(folder, row.name),
    data: values.data,
    takeTurn: () => setImmediate(),
    onProgress: ({ part, done, parts }) => progress.update(done, parts, `${row.name}: ${part}`),
    keep: async (finished) => await files.writeResult(folder, finished),
  }).finally(() => progress.clear());
  const absent = result.parts.filter(({ value }) => isAbsent(value)).map(({ name }) => name);
  if (absent.length > 0 && !values.quiet) {
    const what = `${row.name}: ${absent.join(", ")} found no pictures`;
    reportNote(
      terminal,
      `${what}; the report says what to name with --data, or that there are none`,
    );
  }
  const figures = await files.writeFigures(folder, experiment, result);
  return { ...(await describe(row, { folder, experiment, result, figures })), ran };
}

async function writeReportIn(folder: string): Promise<string> {
  const { writeReportFile } = await import("../../experiments/folder-node.ts");
  return await writeReportFile(folder);
}

async function describe(
  { name, title, place }: ExperimentRow,
  found: {
    readonly folder: string;
    readonly experiment: AnyExperiment;
    readonly result: ExperimentResult | undefined;
    readonly figures: readonly string[] | undefined;
  },
): Promise<ListedExperiment> {
  const { folder, experiment, result, figures } = found;
  if (result === undefined) return { name, title, place };
  const [{ resultPath }, { countParts, timeOf }] = await Promise.all([
    import("../../experiments/folder-node.ts"),
    import("../../experiments/report.ts"),
  ]);
  const [finished, parts] = countParts(experiment, result);
  return {
    ...{ name, title, place, finished, parts, milliseconds: Math.round(timeOf(result)) },
    results: resultPath(folder, name),
    ...(figures && { figures }),
  };
}

/** How to go on from the list. */
function hintOf(rows: readonly ExperimentRow[], folder: string): string {
  const long = rows.flatMap(({ name, hours }) => (hours ? [name] : []));
  return [
    `What is finished is that of ${printable(folder)} (--out).`,
    "mobilenetv2 experiment NAME --quick runs one in seconds, without --quick in minutes;",
    `hours take ${long.join(", ")}.`,
  ].join("\n");
}

function answer(
  { values, terminal: { out } }: ExperimentContext,
  listed: readonly ListedExperiment[],
  { report, hint = "" }: { readonly report: string | undefined; readonly hint?: string },
): void {
  if (values.json) {
    writeJson(out, {
      schemaVersion: 1,
      experiments: listed,
      ...(report !== undefined && { report }),
    });
    return;
  }
  const columns = [
    { heading: "experiment" },
    { heading: "parts", align: "right" },
    { heading: "time", align: "right" },
    { heading: "what, and where in the paper" },
  ] as const;
  const rows = listed.flatMap(({ name, title, place, finished, parts, milliseconds = 0 }) => [
    [
      name,
      parts === undefined ? "–" : `${finished} of ${parts}`,
      parts === undefined ? "–" : `${(milliseconds / 1000).toFixed(1)} s`,
      title,
    ],
    ["", "", "", place],
  ]);
  out.write(formatTable(columns, rows, { heading: out.dim }));
  if (report === undefined) {
    out.write(`\n${out.dim(hint)}\n`);
    return;
  }
  const figures = listed.flatMap((one) => one.figures ?? []);
  out.write(`\n${plural(figures.length, "figure")} and ${report}\n`);
}
