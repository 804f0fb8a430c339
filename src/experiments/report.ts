/**
 * `REPORT.md`: every experiment's section with what it ran on, in the order of the paper. It is made of
 * the result files alone, so that making it again takes no run.
 */
import type { AnyExperiment, ExperimentResult } from "./experiment.ts";
import type { ExperimentRow } from "./experiments.ts";
import { durationText, markdownTable } from "./markdown.ts";
import { questionsSection } from "./questions.ts";

/** An experiment and what is kept of it. */
export interface ReportedExperiment {
  readonly row: ExperimentRow;
  readonly experiment: AnyExperiment;
  /** Absent where it has not been run. */
  readonly result?: ExperimentResult | undefined;
}

/** How the command line is called for a result. */
export function commandOf({ experiment, quick, seed }: ExperimentResult): string {
  return `mobilenetv2 experiment ${experiment}${quick ? " --quick" : ""} --seed ${seed}`;
}

/** How long a result's parts took, in milliseconds. */
export function timeOf({ parts }: ExperimentResult): number {
  return parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** The whole report. */
export function reportOf(all: readonly ReportedExperiment[]): string {
  const rows = all.map(({ row, experiment, result }) => {
    const { title, place } = row;
    if (result === undefined) return [title, place, "not run", "", ""];
    const [done, parts] = countParts(experiment, result);
    const state = done === parts ? `${parts}` : `${done} of ${parts}`;
    const time = durationText(timeOf(result));
    return [`[${title}](#${row.name})`, place, state, time, result.date];
  });
  const sections = all.flatMap((one) =>
    one.result === undefined ? [] : [section(one, one.result)],
  );
  return `${[intro, markdownTable(["experiment", "in the paper", "parts", "time", "begun"], rows, 2), questionsSection(all), ...sections].join("\n\n")}\n`;
}

const intro = `# The paper, reproduced

The experiments, figures and tables of *MobileNetV2: Inverted Residuals and Linear Bottlenecks* (arXiv 1801.04381, version 4), run again with this package: the paper's figure beside ours, what was run, on what, and what it shows. Where a result contradicts the paper, it says so.

This page is made of the files in \`results/\`, in which every number of ours can be found or from which it is computed, by \`mobilenetv2 experiment report\`. \`mobilenetv2 experiment all\` runs what is missing there, \`--again\` all of it, and \`--quick\` small forms of all in a few minutes. The programs are in \`src/experiments/\`.`;

function section({ row, experiment }: ReportedExperiment, result: ExperimentResult): string {
  const { date, parts } = result;
  const [done, all] = countParts(experiment, result);
  const unfinished =
    done < all ? ` ${done} of ${all} parts are finished; the others are to come.` : "";
  const facts = [
    `\`${commandOf(result)}\``,
    `version ${versionsOf(result)} (revision ${revisionsOf(result)}), ${date}`,
    machinesOf(result),
    `${durationText(timeOf(result))} in ${parts.length} part${parts.length === 1 ? "" : "s"}`,
    `[numbers](results/${row.name}.json)`,
  ];
  return [
    `<a id="${row.name}"></a>`,
    `## ${row.title}`,
    `In the paper: ${row.place}.${unfinished}`,
    experiment.report(result).trim(),
    `*Run by ${facts.join(" · ")}.*`,
  ].join("\n\n");
}

/** The versions of this package that a result's parts are of, in words. */
function versionsOf({ version, parts }: ExperimentResult): string {
  return [...new Set([version, ...parts.map((part) => part.version ?? version)])].join(" and ");
}

/** The revisions of the experiment that they are of: a run goes on with its own and with unknown ones. */
function revisionsOf({ parts }: ExperimentResult): string {
  const all = new Set(parts.map(({ revision = "unknown" }) => `${revision}`));
  return all.size === 0 ? "unknown" : [...all].sort().join(" and ");
}

/** All that a result's parts ran on, in words. */
function machinesOf({ machine, parts }: ExperimentResult): string {
  const all = parts.map((part) => part.machine ?? machine);
  const words = all.map(
    ({ processor, cores, system, node }) => `${processor}, ${cores} cores, ${system}, Node ${node}`,
  );
  return [...new Set(words)].join(" and ");
}

/** How many parts of an experiment a result has, and how many there are. */
export function countParts(
  experiment: AnyExperiment,
  result: ExperimentResult,
): readonly [done: number, parts: number] {
  const names = experiment.parts(result.settings, result.seed).map(({ name }) => name);
  const finished = new Set(result.parts.map(({ name }) => name));
  return [names.filter((name) => finished.has(name)).length, names.length];
}
