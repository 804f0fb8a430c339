/** What the report says of low precision. */
import type { QuestionAnswers } from "../experiment.ts";
import { figure, markdownTable } from "../markdown.ts";
import {
  type Comparison,
  chanceRemark,
  compareRuns,
  differenceText,
  estimateText,
  pointsText,
  type Verdict,
  verdictWords,
} from "../paired.ts";
import type { VariantName } from "../small-networks/variants.ts";
import { precisionFigures, precisionNetworks } from "./figures.ts";
import {
  accuracyIn,
  type FormatName,
  formatNames,
  lossesIn,
  lossIn,
  type PrecisionResult,
  runsOf,
} from "./values.ts";

/** The section. */
export function precisionReport(result: PrecisionResult): string {
  const drawn = precisionFigures(result);
  const shown = (name: string, words: string): string =>
    name in drawn ? figure("low-precision", name, words) : "";
  return [
    claim,
    method(result),
    result.quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "",
    table(result),
    shown("bits", "Accuracy over the bits of values between layers"),
    shown("formats", "What float16 and 8 bits cost each network"),
    verdicts(result),
    shown("ranges", "The largest values behind each activation"),
    ranges(result),
    shown("histograms", "Histograms of the values behind nine activations"),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

const claim =
  '**The paper** takes ReLU6 instead of ReLU "because of its robustness when used with low-precision computation" (section 4), and shows no figures of it. A bounded value keeps its resolution in few bits; a single large one costs an unbounded layer bits for all others.';

function method({ settings: { training, seeds, calibration, tested } }: PrecisionResult): string {
  return `**Run here**: four networks trained as those of figure 6, ${training.epochs} epochs each, with ${seeds} seeds: ReLU6 as in the paper; ReLU in its place; ReLU6 after expansions only, so that what depthwise convolutions give is linear and has no bound; and ReLU6 after projections, too, so that everything but the sums is bounded. Each in float32; in float16, with all parameters and all values between layers rounded to it; as 8-bit files of \`quantize\` with a scale for each channel of the weights and with one for all; and with values between layers rounded to 8 to 4 bits in equal steps, weights as they are, which shows the values' share alone. Ranges are the extremes of ${calibration} pictures of the training set; the picture and the scores are not rounded. Judged on ${tested} pictures of the test set, all formats on the same. Intervals are of 95 %, by Student's t over the runs; losses are taken run by run.`;
}

const formatWords: Readonly<Record<FormatName, string>> = {
  float32: "float32",
  float16: "float16",
  "int8-channel": "int8, per channel",
  "int8-tensor": "int8, per tensor",
  "activations-8": "values of 8 bits",
  "activations-7": "values of 7 bits",
  "activations-6": "values of 6 bits",
  "activations-5": "values of 5 bits",
  "activations-4": "values of 4 bits",
};

function table(result: PrecisionResult): string {
  const networks = result.settings.networks.filter((one) => runsOf(result, one).length > 0);
  if (networks.length === 0) return "";
  const rows = formatNames.map((format) => [
    formatWords[format],
    ...networks.map((network) => {
      const found = accuracyIn(result, network, format);
      return found === undefined ? "" : estimateText(found, pointsText);
    }),
  ]);
  const names = networks.map((network) => precisionNetworks[network] ?? network);
  return `Accuracy in percent:\n\n${markdownTable(["format", ...names], rows)}`;
}

/** How much more ReLU loses than ReLU6, by format. */
function comparisons(
  result: PrecisionResult,
): readonly (Comparison & { readonly format: FormatName })[] {
  return formatNames.slice(1).flatMap((format) => {
    const found = compareRuns(lossesIn(result, "relu", format), lossesIn(result, "base", format));
    return found === undefined ? [] : [{ ...found, format }];
  });
}

/** The formats of which that is the verdict. */
function listOf(compared: ReturnType<typeof comparisons>, wanted: Verdict): string {
  const found = compared.filter(({ verdict }) => verdict === wanted);
  return found.length === 0
    ? "in no format"
    : found
        .map(({ format, difference }) => `${formatWords[format]} (${differenceText(difference)})`)
        .join(", ");
}

function verdicts(result: PrecisionResult): string {
  const compared = comparisons(result);
  if (compared.length === 0) return "";
  return [
    "How many points of accuracy more ReLU loses than ReLU6, run by run:",
    [
      `- ${verdictWords.agrees}, ReLU loses more: ${listOf(compared, "agrees")}.`,
      `- ${verdictWords.contradicts}, ReLU loses less: ${listOf(compared, "contradicts")}.`,
      `- ${verdictWords["cannot tell"]}: ${listOf(compared, "cannot tell")}.`,
    ].join("\n"),
    chanceRemark(compared.length),
    largest(result),
  ].join("\n\n");
}

/** What few bits say of the block. */
export function precisionAnswers(result: PrecisionResult): QuestionAnswers {
  const compared = comparisons(result);
  if (compared.length === 0) return {};
  const words = (["agrees", "contradicts", "cannot tell"] as const).map(
    (verdict) => `${verdictWords[verdict]}: ${listOf(compared, verdict)}.`,
  );
  return {
    relu6: {
      words: `That ReLU loses more points of accuracy in few bits than ReLU6: ${words.join(" ")}`,
      figure: "bits",
    },
  };
}

/** In which format a network first loses more than a point. */
function largest(result: PrecisionResult): string {
  const lines = result.settings.networks.flatMap((network) => {
    const losses = formatNames
      .slice(1)
      .map((format) => ({ format, loss: lossIn(result, network, format) }));
    if (losses.every(({ loss }) => loss === undefined)) return [];
    const bad = losses.filter(({ loss }) => loss !== undefined && loss.mean > 0.01);
    const words =
      bad.length === 0
        ? "in no format"
        : bad
            .map(({ format, loss }) => `${formatWords[format]} (${pointsText(loss!.mean)})`)
            .join(", ");
    return [`- ${precisionNetworks[network] ?? network}: ${words}`];
  });
  return `More than one point of accuracy is lost on average by\n\n${lines.join("\n")}`;
}

function ranges(result: PrecisionResult): string {
  const largestOf = (network: VariantName): string => {
    const [run] = runsOf(result, network);
    const layers = (run?.layers ?? []).filter(({ name }) => /\/relu6?$/.test(name));
    if (layers.length === 0) return "";
    const most = layers.reduce((a, b) => (b.high > a.high ? b : a));
    const bound = layers.filter(({ high }) => high >= 6).length;
    return `- ${precisionNetworks[network] ?? network}: the largest value is ${most.high.toFixed(1)}, behind \`${most.name}\`; ${bound} of ${layers.length} activations reach 6.`;
  };
  const lines = (["base", "relu"] as const).map(largestOf).filter((line) => line !== "");
  return lines.length === 0 ? "" : `Behind activations, of the first seed:\n\n${lines.join("\n")}`;
}
