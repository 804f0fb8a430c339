/** A trained model's card: what it is, how it was made, how good it is and how to use it, in Markdown. */
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { markdownTable } from "../../experiments/markdown.ts";
import type { TrainedModel } from "../../formats/own-model.ts";
import type { Architecture } from "../../graph/architecture.ts";
import { countCost } from "../../graph/cost.ts";
import { variantWords } from "../../models/inverted-residual.ts";
import { buildNetwork, networks } from "../../models/networks.ts";
import type { WeightScales } from "../../quantize/affine.ts";
import type { NetworkEvaluation } from "../../train/objectives/objective.ts";
import type { Recipe } from "../../train/recipes.ts";
import { printable } from "../../untrusted.ts";
import { formatCount, plural } from "../format.ts";
import { shownPath } from "./shown-path.ts";
import type { CardParts, FinalJudgement } from "./train-task.ts";

/** What the card tells of. */
export interface CardFacts {
  /** The folder's. */
  readonly name: string;
  readonly model: TrainedModel;
  readonly data: DataSet<unknown>;
  readonly recipe: Recipe;
  readonly seed: number;
  /** The model it started from, or `scratch`. */
  readonly from: string;
  readonly freeze: string | undefined;
  readonly epoch: number;
  /** Its evaluation, if there was one. */
  readonly evaluation: NetworkEvaluation | undefined;
  /** What the task says. */
  readonly parts: CardParts;
  /** How the finished model was judged by pictures that were kept apart. */
  readonly final: readonly FinalJudgement[];
  /** How weights were rounded, where 8 bits were simulated. */
  readonly simulated?: WeightScales | undefined;
  /** The names of those that could not be read. */
  readonly damaged: ReadonlySet<string>;
  /** How many were left out of the run. */
  readonly unused: number;
}

/** A network by its title, width and what differs in its blocks. */
function networkWords(architecture: Architecture): string {
  const [title = ""] = networks[architecture.network].title.split(", ");
  const block = "block" in architecture ? architecture.block : undefined;
  return [title, `width ${architecture.width}`, ...variantWords(block)].join(", ");
}

/** The card. */
export function writeModelCard(facts: CardFacts): string {
  const { name, model, data, recipe, seed, from, freeze, epoch, evaluation, parts, final } = facts;
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
      : [...parts.figures, ["loss", evaluation.loss.toFixed(3)] as const]),
    ...(facts.simulated === undefined ? [] : [simulationLine(facts.simulated)]),
    ...final.map(({ figure }) => figure),
  ];
  return `# ${cell(name)}

${parts.kind}, trained with [mobilenetv2](https://www.npmjs.com/package/mobilenetv2).

${markdownTable(["", ""], lines, 2)}
${evaluation === undefined ? "\nIt was trained without test pictures: how good it is, nobody has measured.\n" : parts.classes}
## Use

\`\`\`sh
npx mobilenetv2 ${parts.verb} photo.jpg --model ${shellWord(`./${name}`)}
\`\`\`

\`\`\`js
// ${parts.verb}.mjs
import { ${parts.loader} } from "mobilenetv2";

const ${parts.object} = await ${parts.loader}(${JSON.stringify(`./${printable(name)}`)});
for await (const { result } of ${parts.object}.${parts.verb}Each(["photo.jpg"])) console.log(result);
${parts.object}.dispose();
\`\`\`

## Limits

${parts.limits} The figures hold for pictures like those it was tested on${evaluation === undefined ? "" : "; the best epoch was chosen by them, so that they flatter a little"}. What the data allow and who is in them is for whoever publishes the model to say.

## Files

\`model.json\` and \`model.safetensors\` are the model${facts.simulated === undefined ? "" : ", its batch norms folded; `model.tflite` is the same in 8 bits, which loaders and other runtimes take"}. \`metrics.jsonl\` has each epoch's figures, drawn in \`curves.svg\`; \`report.html\` shows all of it with the pictures that it is worst at${evaluation === undefined ? "" : `; ${parts.files}`}. \`checkpoint.safetensors\` is for \`--resume\` and not needed to use the model.
`;
}

/** What the network was given while it was trained that the file has. */
function simulationLine(weights: WeightScales): readonly [string, string] {
  const scales = weights === "per-tensor" ? "one scale a layer" : "one scale a channel";
  const words = `int8 values in ranges that were measured first and then fixed, int8 weights with ${scales}`;
  return ["8 bits", `simulated while it was trained: ${words}`];
}

/** Every picture of the data and what it was for: the parts add up to the whole. */
function dataWords({ data, damaged, unused }: CardFacts): string {
  const sound = ({ count, name }: Pictures<unknown>): number => {
    let found = 0;
    for (let index = 0; index < count; index++) if (!damaged.has(name(index))) found++;
    return found;
  };
  const [training, testing] = [sound(data.training), sound(data.validation)];
  const kept = data.test?.count ?? 0;
  const all = data.training.count + data.validation.count + kept + unused;
  return [
    `${plural(all, "picture")}: ${formatCount(training)} to train on`,
    `${formatCount(testing)} to test on`,
    ...(kept === 0 ? [] : [`${formatCount(kept)} kept for the end`]),
    ...(damaged.size === 0 ? [] : [`${formatCount(damaged.size)} that cannot be read`]),
    ...(unused === 0 ? [] : [`${formatCount(unused)} left out`]),
  ].join(", ");
}

/** A path as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

/** Text that stays inside a cell: folders and classes may be called anything. */
export function cell(text: string): string {
  return printable(text).replace(/[\\`|<>*_[\]]/g, "\\$&");
}
