/**
 * `report.html` beside a run: how it went, how good the model is, which pictures it is worst at, and with what it
 * was made, in one file that fetches nothing. What a task adds is a row.
 */
import type { DataSet } from "../../../data/pictures.ts";
import { describeError } from "../../../errors.ts";
import { htmlReport, type PictureGroup, type ReportSection } from "../../../evaluate/html-page.ts";
import type { TrainedModel } from "../../../formats/own-model.ts";
import type { Recipe } from "../../../train/recipes.ts";
import type { TrainingTypes } from "../../../train/session-tasks.ts";
import { printable, quote } from "../../../untrusted.ts";
import { formatCount, plural } from "../../format.ts";
import { packageVersion } from "../../package-version.ts";
import { shownPath } from "../shown-path.ts";
import type { CommandTask } from "../task-names.ts";
import type { FinalJudgement } from "../train-task.ts";
import type { ReportParts } from "./parts.ts";
import { judgedBy } from "./pictures.ts";

/** The file's name. */
export const reportFile = "report.html";

/** The most bytes that pictures take, before they become text: a third more in the file. */
const mostPictureBytes = 1.3e6;

/** What a report tells of. */
export interface ReportFacts<T extends CommandTask> {
  readonly task: T;
  /** The folder's own. */
  readonly name: string;
  readonly set: DataSet<TrainingTypes[T]["label"]>;
  readonly model: TrainedModel;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly from: string;
  readonly freeze: string | undefined;
  /** The outcome in words. */
  readonly outcome: string;
  readonly epochs: number;
  readonly final: readonly FinalJudgement[];
  /** The run's drawings, SVG, as they are beside it. */
  readonly drawings: readonly string[];
  /** How it computed. */
  readonly engine: string;
  readonly damaged: number;
  /** What the pictures that the model was judged by show. */
  readonly parts: () => Promise<ReportParts>;
}

/** What the pictures are, for each task. */
const pictureNotes: { readonly [T in CommandTask]: string } = {
  classify:
    "Those with the largest losses first, then some that are right. Where the classifier is a mean over a map and one layer, the map shows what in the picture spoke for a class (class activation map).",
  "multi-label": "Those with the largest losses first, then some others.",
  detect: "Those with the smallest share of right boxes first, then some others.",
  segment: "Those with the largest share of wrong pixels first, then some others.",
};

/** The report's text. */
export async function writeReport<T extends CommandTask>(facts: ReportFacts<T>): Promise<string> {
  const { task, name, set, model, outcome, epochs, final, drawings, parts } = facts;
  const own = judgedBy(set).count === 0 ? undefined : await parts();
  const groups = bounded((own?.groups ?? []).map(withoutPaths));
  const sections: readonly ReportSection[] = [
    {
      title: "Outcome",
      rows: [
        ["best", outcome],
        ...final.map(({ figure: [label, value] }) => [label.replaceAll("`", ""), value] as const),
        ["epochs", formatCount(epochs)],
      ],
    },
    { title: "Curves and classes", drawings: [...drawings, ...(own?.drawings ?? [])] },
    ...(groups.length === 0
      ? []
      : [
          {
            title: "Pictures",
            note: [pictureNotes[task], foundAmong(own?.looked ?? 0, set.test !== undefined)].join(
              " ",
            ),
            legend: own?.legend,
            ...{ groups, wide: task === "segment" },
          },
        ]),
    { title: "How it was made", rows: settingRows(facts) },
  ];
  const note = `${task}: ${plural(model.labels.length, "class").replace(/classs$/, "classes")}, trained with mobilenetv2 ${await packageVersion()}`;
  return htmlReport({ title: printable(name), note, sections });
}

function foundAmong(looked: number, kept: boolean): string {
  const part = kept ? "of the test part" : "to test on";
  return `Found among ${plural(looked, "picture")} ${part}.`;
}

/** A picture's folders are nobody's business. */
function withoutPaths(group: PictureGroup): PictureGroup {
  return { ...group, title: shownPath(group.title) };
}

/** As many as fit. */
function bounded(groups: readonly PictureGroup[]): readonly PictureGroup[] {
  let left = mostPictureBytes;
  return groups.filter(({ pictures }) => {
    left -= pictures.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return left >= 0;
  });
}

function settingRows<T extends CommandTask>({
  set,
  model: { architecture, preprocess },
  recipe,
  seed,
  from,
  freeze,
  engine,
  damaged,
}: ReportFacts<T>): readonly (readonly [string, string])[] {
  const [rows, columns] = architecture.resolution;
  const { training, validation, test } = set;
  const counts = [
    `${formatCount(training.count)} to train on`,
    `${formatCount(validation.count)} to test on`,
    ...(test === undefined ? [] : [`${formatCount(test.count)} that nothing was chosen by`]),
    ...(damaged === 0 ? [] : [`${formatCount(damaged)} that cannot be read`]),
  ];
  return [
    ["data", `${shownPath(set.name)}: ${counts.join(", ")}`],
    ["network", `${architecture.network}, width ${architecture.width}, ${rows} × ${columns}`],
    ["start", freeze === undefined ? from : `${from}, frozen up to ${freeze}`],
    ["pictures become", inWords(preprocess.fit)],
    ["optimizer", inWords(recipe.optimizer)],
    ["schedule", inWords(recipe.schedule)],
    ["batch", formatCount(recipe.batch)],
    ["augmentation", inWords(recipe.augmentation)],
    ["seed", `${seed}`],
    ["computed by", engine],
    ["Node.js", process.version],
  ];
}

/** Settings as a list: `sgd, momentum 0.9, nesterov`. */
function inWords(settings: object): string {
  const words = Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === false) return [];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return [`${name} (${inWords(value)})`];
    }
    if (value === true) return [name];
    const said = (Array.isArray(value) ? value : [value])
      .map((one: unknown) => (typeof one === "string" ? printable(one) : quote(one)))
      .join(" to ");
    return [name === "kind" ? said : `${name} ${said}`];
  });
  return words.length === 0 ? "none" : words.join(", ");
}

/** Why there is no report: it is not worth a run that has ended well. */
export function reportFailure(error: unknown): string {
  return `${reportFile} is not written: ${describeError(error)}`;
}
