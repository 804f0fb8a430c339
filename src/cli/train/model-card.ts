/** A trained model's card: what it is, how it was made, how good it is and how to use it, in Markdown. */
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { classScores } from "../../evaluate/confusion.ts";
import { shorten } from "../../evaluate/svg.ts";
import type { TrainedModel } from "../../formats/own-model.ts";
import type { Architecture } from "../../graph/architecture.ts";
import { countCost } from "../../graph/cost.ts";
import { variantWords } from "../../models/inverted-residual.ts";
import { buildNetwork, networks } from "../../models/networks.ts";
import type { NetworkEvaluation } from "../../train/evaluate.ts";
import type { Recipe } from "../../train/recipes.ts";
import { printable } from "../../untrusted.ts";
import { formatCount, formatPercent, plural } from "../format.ts";
import type { PictureCounts } from "./counts.ts";
import { shownPath } from "./shown-path.ts";

/** What the card tells of. */
export interface CardFacts {
  /** The folder's. */
  readonly name: string;
  readonly model: TrainedModel;
  readonly data: DataSet;
  readonly recipe: Recipe;
  readonly seed: number;
  /** The model it started from, or `scratch`. */
  readonly from: string;
  readonly freeze: string | undefined;
  readonly epoch: number;
  readonly evaluation: NetworkEvaluation | undefined;
  /** Pictures of each class. */
  readonly counts: PictureCounts;
  /** The names of those that could not be read. */
  readonly damaged: ReadonlySet<string>;
  /** How many were left out of the run. */
  readonly unused: number;
}

/** The most classes in the table. */
const mostClasses = 100;

/** A network by its title, width and what differs in its blocks. */
function networkWords(architecture: Architecture): string {
  const [title = ""] = networks[architecture.network].title.split(", ");
  const block = "block" in architecture ? architecture.block : undefined;
  return [title, `width ${architecture.width}`, ...variantWords(block)].join(", ");
}

/** The card. */
export function writeModelCard(facts: CardFacts): string {
  const { name, model, data, recipe, seed, from, freeze, epoch, evaluation } = facts;
  const { resolution, classes } = model.architecture;
  const [rows, columns] = resolution;
  const start =
    from === "scratch"
      ? "from scratch"
      : `from \`${cell(shownPath(from))}\`${freeze === undefined ? "" : `, frozen up to \`${freeze}\``}`;
  const lines: readonly (readonly [string, string])[] = [
    ["network", `${networkWords(model.architecture)}, ${rows} × ${columns} input`],
    ["parameters", formatCount(countCost(buildNetwork(model.architecture)).parameters)],
    ["classes", `${classes}`],
    ["data", `${cell(shownPath(data.name))}: ${dataWords(facts)}`],
    [
      "trained",
      `${start}, best epoch ${epoch} of ${recipe.epochs}, batch ${recipe.batch}, seed ${seed}`,
    ],
    [
      "optimizer",
      `${recipe.optimizer.kind}, highest rate ${recipe.schedule.learningRate}, ${recipe.schedule.decay.kind}`,
    ],
    ...(evaluation === undefined
      ? []
      : ([
          [
            "accuracy",
            `${formatPercent(evaluation.accuracy)} of ${formatCount(evaluation.samples)} test pictures`,
          ],
          ["loss", evaluation.loss.toFixed(3)],
        ] as const)),
  ];
  return `# ${cell(name)}

A picture classifier, trained with [mobilenetv2](https://www.npmjs.com/package/mobilenetv2).

${table(["", ""], lines)}
${evaluation === undefined ? "\nIt was trained without test pictures: how good it is, nobody has measured.\n" : classTable(facts, evaluation)}
## Use

\`\`\`sh
npx mobilenetv2 classify photo.jpg --model ${shellWord(`./${name}`)}
\`\`\`

\`\`\`js
// classify.mjs
import { readFile } from ${JSON.stringify("node:fs/promises")};
import { loadClassifier } from "mobilenetv2";

const classifier = await loadClassifier(${JSON.stringify(`./${printable(name)}`)});
console.log(await classifier.classify(await readFile("photo.jpg")));
classifier.dispose();
\`\`\`

## Limits

It knows its ${classes} classes and nothing else: any other picture gets one of them too. The figures hold for pictures like those it was tested on${evaluation === undefined ? "" : "; the best epoch was chosen by them, so that they flatter a little"}. What the data allow and who is in them is for whoever publishes the model to say.

## Files

\`model.json\` and \`model.safetensors\` are the model. \`metrics.jsonl\` has each epoch's figures, drawn in \`curves.svg\`${evaluation === undefined ? "" : "; `evaluation.json` has the confusion matrix, drawn in `confusion.svg`"}. \`checkpoint.safetensors\` is for \`--resume\` and not needed to use the model.
`;
}

/** Every picture of the data and what it was for: the parts add up to the whole. */
function dataWords({ data, damaged, unused }: CardFacts): string {
  const sound = ({ count, name }: Pictures): number => {
    let found = 0;
    for (let index = 0; index < count; index++) if (!damaged.has(name(index))) found++;
    return found;
  };
  const [training, testing] = [sound(data.training), sound(data.validation)];
  const all = data.training.count + data.validation.count + unused;
  return [
    `${plural(all, "picture")}: ${formatCount(training)} to train on`,
    `${formatCount(testing)} to test on`,
    ...(damaged.size === 0 ? [] : [`${formatCount(damaged.size)} that cannot be read`]),
    ...(unused === 0 ? [] : [`${formatCount(unused)} left out`]),
  ].join(", ");
}

function classTable({ model, counts }: CardFacts, { confusion }: NetworkEvaluation): string {
  const { labels } = model;
  const judged = { classes: labels.length, counts: Float64Array.from(confusion.flat()) };
  const scores = new Map(classScores(judged, labels).map((score) => [score.index, score]));
  const share = (value: number | undefined): string =>
    value === undefined ? "–" : formatPercent(value);
  // Also classes that nobody tested.
  const rows = labels.slice(0, mostClasses).map((label, index): readonly string[] => {
    const { actual = 0, recall, precision } = scores.get(index) ?? {};
    return [
      cell(shorten(label, 60)),
      formatCount(counts.training[index] ?? 0),
      formatCount(actual),
      share(recall),
      share(precision),
    ];
  });
  const more =
    labels.length > mostClasses
      ? `\n${labels.length - mostClasses} more classes are in \`evaluation.json\`.\n`
      : "";
  const head = ["class", "trained on", "tested on", "recall", "precision"];
  return `\n## By class\n\n${table(head, rows)}\n${more}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A path as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

/** Text that stays inside a cell: folders and classes may be called anything. */
function cell(text: string): string {
  return printable(text).replace(/[\\`|<>*_[\]]/g, "\\$&");
}
