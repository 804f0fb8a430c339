/** What the report says of low precision. */
import { figure, markdownTable } from "../markdown.ts";
import type { VariantName } from "../small-networks/variants.ts";
import { type Estimate, estimate } from "../statistics.ts";
import { precisionNetworks } from "./figures.ts";
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
  return [
    claim,
    method(result),
    result.quick ? "*A quick run: networks of so few steps say nothing of the paper.*" : "",
    table(result),
    figure("low-precision", "bits", "Accuracy over the bits of values between layers"),
    figure("low-precision", "formats", "What float16 and 8 bits cost each network"),
    verdicts(result),
    figure("low-precision", "ranges", "The largest values behind each activation"),
    ranges(result),
    figure("low-precision", "histograms", "Histograms of the values behind nine activations"),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

const claim =
  '**The paper** takes ReLU6 instead of ReLU "because of its robustness when used with low-precision computation" (section 3.3), and shows no figures of it. A bounded value keeps its resolution in few bits; a single large one costs an unbounded layer bits for all others.';

function method({ settings: { training, seeds, calibration, tested } }: PrecisionResult): string {
  return `**Run here**: four networks trained as those of figure 6, ${training.epochs} epochs each, with ${seeds} seeds: ReLU6 as in the paper; ReLU in its place; ReLU6 after expansions only, so that what depthwise convolutions give is linear and has no bound; and ReLU6 after projections, too, so that everything but the sums is bounded. Each in float32; in float16, with all parameters and all values between layers rounded to it; as 8-bit files of \`quantize\` with a scale for each channel of the weights and with one for all; and with values between layers rounded to 8 to 4 bits in equal steps, weights as they are, which shows the values' share alone. Ranges are the extremes of ${calibration} pictures of the training set; the picture and the scores are not rounded. Judged on ${tested} pictures of the test set, all formats on the same. Intervals are of 95 %, by Student's t over the runs; losses are taken run by run.`;
}

const points = (share: number): string =>
  `${share < 0 ? "−" : ""}${(100 * Math.abs(share)).toFixed(1)}`;

function text({ mean, low }: Estimate): string {
  return Number.isFinite(low) ? `${points(mean)} ± ${points(mean - low)}` : points(mean);
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
      return found === undefined ? "" : text(found);
    }),
  ]);
  const names = networks.map((network) => precisionNetworks[network] ?? network);
  return `Accuracy in percent:\n\n${markdownTable(["format", ...names], rows)}`;
}

/** How much more ReLU loses than ReLU6, by format. */
function verdicts(result: PrecisionResult): string {
  const compared = formatNames.slice(1).flatMap((format) => {
    const [ours, others] = (["base", "relu"] as const).map((name) =>
      lossesIn(result, name, format),
    ) as [readonly number[], readonly number[]];
    const both = ours.slice(0, others.length).map((loss, i) => others[i]! - loss);
    return both.length === 0 ? [] : [{ format, more: estimate(both) }];
  });
  if (compared.length === 0) return "";
  const list = (which: (more: Estimate) => boolean): string => {
    const found = compared.filter(({ more }) => which(more));
    return found.length === 0
      ? "in no format"
      : found.map(({ format, more }) => `${formatWords[format]} (${text(more)} points)`).join(", ");
  };
  return [
    "How much more ReLU loses than ReLU6, run by run:",
    [
      `- **Agrees with the paper**, ReLU loses more: ${list(({ low }) => low > 0)}.`,
      `- **Contradicts the paper**, ReLU loses less: ${list(({ high }) => high < 0)}.`,
      `- **These runs cannot tell**: ${list(({ low, high }) => low <= 0 && high >= 0)}.`,
    ].join("\n"),
    largest(result),
  ].join("\n\n");
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
            .map(({ format, loss }) => `${formatWords[format]} (${points(loss!.mean)})`)
            .join(", ");
    return [`- ${precisionNetworks[network] ?? network}: ${words}`];
  });
  return `More than one point of accuracy is lost on average by\n\n${lines.join("\n")}`;
}

function ranges(result: PrecisionResult): string {
  const reach = (network: VariantName): string => {
    const [run] = runsOf(result, network);
    const layers = (run?.layers ?? []).filter(({ name }) => /\/relu6?$/.test(name));
    if (layers.length === 0) return "";
    const most = layers.reduce((a, b) => (b.high > a.high ? b : a));
    const bound = layers.filter(({ high }) => high >= 6).length;
    return `- ${precisionNetworks[network] ?? network}: the largest value is ${most.high.toFixed(1)}, behind \`${most.name}\`; ${bound} of ${layers.length} activations reach 6.`;
  };
  const lines = (["base", "relu"] as const).map(reach).filter((line) => line !== "");
  return lines.length === 0 ? "" : `Behind activations, of the first seed:\n\n${lines.join("\n")}`;
}
