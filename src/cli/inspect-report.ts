/** An inspection as text for people: what the model is, a line or two for each thing about it. */

import type { Fit, Preprocess } from "../image/presets.ts";
import type { Ability, InspectedTensor, Inspection } from "../inspect/inspection.ts";
import { variantWords } from "../models/inverted-residual.ts";
import { printable } from "../untrusted.ts";
import { formatBytes, formatCount, formatLarge, plural } from "./format.ts";
import { definitions } from "./help.ts";
import { cliFlag } from "./said-options.ts";
import type { Writer } from "./terminal.ts";

/** How many labels, kinds of operations and tensors are named. */
const most = { labels: 5, operations: 12, tensors: 4 } as const;

type Row = readonly [term: string, text: string];

/** The report of one model. */
export function formatInspection(
  inspection: Inspection,
  { bold, dim, width }: Pick<Writer, "bold" | "dim" | "width">,
): string {
  const { name, format, framework } = inspection;
  // A format that one framework has says that already.
  const writer = format?.includes(framework ?? "") ? undefined : framework;
  const origin = [format, writer && `(${writer})`].filter((text) => text !== undefined).join(" ");
  const rows = rowsOf(inspection).map(([term, text]): Row => [term, printable(text)]);
  return `${bold(printable(name))}  ${dim(printable(origin))}\n\n${definitions(rows, width)}`;
}

function rowsOf(inspection: Inspection): readonly Row[] {
  const { problem, inputs, outputs, labels, precision, memory, can, notes } = inspection;
  return [
    ...(problem === undefined ? [] : [row("problem", problem.message)]),
    ...taskRow(inspection),
    ...tensorRows("input", inputs),
    ...pictureRows(inspection),
    ...tensorRows("output", outputs),
    ...(labels === undefined ? [] : [row("labels", labelWords(labels))]),
    row("operations", countWords(inspection.operations) || "unknown"),
    ...(problem === undefined ? [row("outside wasm", outsideWords(inspection))] : []),
    ...(memory === undefined ? [] : [row("size", sizeWords(inspection, memory))]),
    ...(precision === undefined
      ? []
      : [row("precision", precision === "int8" ? "8-bit" : "float32")]),
    ...(can === undefined ? [] : abilityRows(can)),
    ...notes.map((note) => row("note", note)),
    ...assumptionRows(inspection),
  ];
}

function row(term: string, text: string): Row {
  return [term, text];
}

const uses = {
  classify: "classifies",
  detect: "detects objects",
  segment: "segments",
  embed: "gives features, to be embedded",
} as const;

function taskRow({ task, multiLabel, network, embedding }: Inspection): readonly Row[] {
  if (task === undefined) return [];
  const many = multiLabel === true ? ", each class by itself" : "";
  const built =
    network === undefined
      ? ""
      : `; ${[network.name, `width ${network.width}`, ...variantWords(network.block)].join(", ")}`;
  const vector = embedding === undefined ? "" : `; embeddings of ${formatCount(embedding)} numbers`;
  return [row("task", `${uses[task]}${many}${built}${vector}`)];
}

function tensorRows(term: string, tensors: readonly InspectedTensor[]): readonly Row[] {
  const rows = tensors.slice(0, most.tensors).map(({ name, shape, dtype, meaning }) => {
    const size = shape.map((edge) => edge ?? "?").join("×") || "?";
    return row(term, `${size} ${dtype}${meaning === undefined ? "" : `, ${meaning}`} (${name})`);
  });
  const more = tensors.length - rows.length;
  return more > 0 ? [...rows, row(term, `and ${more} more`)] : rows;
}

function pictureRows({ preprocess, range }: Inspection): readonly Row[] {
  if (preprocess === undefined || range === undefined) return [];
  const { name, from0, from255, source } = range;
  const each = (numbers: readonly number[]): string =>
    [...new Set(numbers)].map((value) => Number(value.toPrecision(4))).join(", ");
  const [low, high] = [each(from0), each(from255)];
  const become =
    name === "imagenet" ? `ImageNet's (${low} to ${high})` : `${low} to ${high}`.replace(/-/g, "−");
  const said = source === undefined ? "assumed" : `said by ${source}`;
  return [
    row("range", `0 to 255 become ${become}; ${said}`),
    row("pictures", fitWords(preprocess)),
  ];
}

function fitWords({ fit, width, height, grey }: Preprocess): string {
  const size = `${width}×${height}`;
  const words: { readonly [K in Fit["kind"]]: string } = {
    stretch: `stretched to ${size}`,
    "resize-then-crop": `resized, then cut to ${size}`,
    "central-crop": `the centre cut out, then stretched to ${size}`,
    pad: `shrunk to ${size} where larger, else padded`,
  };
  return `${words[fit.kind]}${grey === undefined ? "" : ", without colours"}`;
}

function labelWords({ count, first, source }: NonNullable<Inspection["labels"]>): string {
  const named = first.slice(0, most.labels).join(", ");
  const more = count > most.labels ? " …" : "";
  return `${formatCount(count)}, ${source === undefined ? "numbered" : `from ${source}`}: ${named}${more}`;
}

/** The commonest first. */
function countWords(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const words = sorted
    .slice(0, most.operations)
    .map(([name, count]) => (count === 1 ? name : `${name} ×${formatCount(count)}`));
  const others = sorted.length - words.length;
  return [...words, ...(others > 0 ? [`${plural(others, "other kind")}`] : [])].join(", ");
}

function outsideWords({ outsideWebAssembly = {} }: Inspection): string {
  return countWords(outsideWebAssembly) || "none: all operations have kernels";
}

function sizeWords(
  { parameters = 0, multiplyAdds = 0 }: Inspection,
  { weightBytes, activationBytes }: NonNullable<Inspection["memory"]>,
): string {
  const weights = `${formatLarge(parameters)} parameters in ${formatBytes(weightBytes)}`;
  return `${weights}; ${formatLarge(multiplyAdds)} multiply-adds and ${formatBytes(activationBytes)} a picture`;
}

function abilityRows({ train, quantize, convert }: NonNullable<Inspection["can"]>): Row[] {
  const words = ({ possible, reason }: Ability): string => (possible ? "yes" : `no: ${reason}`);
  const files = Object.entries(convert);
  const possible = files.filter(([, ability]) => ability.possible).map(([name]) => `.${name}`);
  return [
    row("train", words(train)),
    row("quantize", words(quantize)),
    ...(possible.length === 0 ? [] : [row("convert", `to ${possible.join(" and ")}`)]),
    ...files
      .filter(([, ability]) => !ability.possible)
      .map(([name, { reason }]) => row("convert", `not to .${name}: ${reason}`)),
  ];
}

function assumptionRows({ assumptions }: Inspection): readonly Row[] {
  return assumptions.map(({ assumed, option = "" }) => {
    const name = cliFlag(option);
    return row("assumed", name === undefined ? assumed : `${assumed} (${name} says otherwise)`);
  });
}
