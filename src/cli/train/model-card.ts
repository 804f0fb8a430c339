/** A trained model's card: what it is, how it was made, how good it is and how to use it, in Markdown. */
import { basename, isAbsolute, relative } from "node:path";
import type { DataSet } from "../../data/pictures.ts";
import { classScores } from "../../evaluate/confusion.ts";
import { shorten } from "../../evaluate/svg.ts";
import type { TrainedModel } from "../../formats/own-model.ts";
import { countCost } from "../../graph/cost.ts";
import { buildNetwork } from "../../models/networks.ts";
import type { NetworkEvaluation } from "../../train/evaluate.ts";
import type { Recipe } from "../../train/recipes.ts";
import { printable } from "../../untrusted.ts";
import { formatCount, formatPercent } from "../format.ts";

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
}

/** The most classes in the table. */
const mostClasses = 100;

/** The card. */
export function writeModelCard(facts: CardFacts): string {
  const { name, model, data, recipe, seed, from, freeze, epoch, evaluation } = facts;
  const { width, resolution, classes } = model.architecture;
  const [rows, columns] = resolution;
  const start =
    from === "scratch"
      ? "from scratch"
      : `from \`${cell(shownPath(from))}\`${freeze === undefined ? "" : `, frozen up to \`${freeze}\``}`;
  const lines: readonly (readonly [string, string])[] = [
    ["network", `MobileNetV2, width ${width}, ${rows} × ${columns} input`],
    ["parameters", formatCount(countCost(buildNetwork(model.architecture)).parameters)],
    ["classes", `${classes}`],
    [
      "data",
      `${cell(shownPath(data.name))}: ${formatCount(data.training.count)} pictures to train on, ${formatCount(data.validation.count)} to test on`,
    ],
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
${evaluation === undefined ? "\nIt was trained without test pictures: how good it is, nobody has measured.\n" : classTable(model.labels, evaluation)}
## Use

\`\`\`sh
npx mobilenetv2 classify photo.jpg --model ${shellWord(`./${name}`)}
\`\`\`

\`\`\`ts
import { loadClassifier } from "mobilenetv2";
using classifier = await loadClassifier(${JSON.stringify(`./${printable(name)}`)});
console.log(await classifier.classify(bytes));
\`\`\`

## Limits

It knows its ${classes} classes and nothing else: any other picture gets one of them too. The figures hold for pictures like those it was tested on${evaluation === undefined ? "" : "; the best epoch was chosen by them, so that they flatter a little"}. What the data allow and who is in them is for whoever publishes the model to say.

## Files

\`model.json\` and \`model.safetensors\` are the model. \`metrics.jsonl\` has each epoch's figures, drawn in \`curves.svg\`${evaluation === undefined ? "" : "; `evaluation.json` has the confusion matrix, drawn in `confusion.svg`"}. \`checkpoint.safetensors\` is for \`--resume\` and not needed to use the model.
`;
}

function classTable(labels: readonly string[], { confusion }: NetworkEvaluation): string {
  const counts = Float64Array.from(confusion.flat());
  const scores = classScores({ classes: labels.length, counts }, labels);
  const share = (value: number | undefined): string =>
    value === undefined ? "–" : formatPercent(value);
  const rows = scores
    .slice(0, mostClasses)
    .map(({ label, actual, recall, precision }): readonly string[] => [
      cell(shorten(label, 60)),
      formatCount(actual),
      share(recall),
      share(precision),
    ]);
  const more =
    scores.length > mostClasses
      ? `\n${scores.length - mostClasses} more classes are in \`evaluation.json\`.\n`
      : "";
  return `\n## By class\n\n${table(["class", "pictures", "recall", "precision"], rows)}\n${more}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * A path as it was given, but without the folders of this machine, which are nobody's business where the
 * card is published: what lies below the working directory from there, anything else by its own name.
 */
function shownPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") || isAbsolute(below) ? basename(path) : below;
}

/** A path as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

/** Text that stays inside a cell: folders and classes may be called anything. */
function cell(text: string): string {
  return printable(text).replace(/[\\`|<>*_[\]]/g, "\\$&");
}
