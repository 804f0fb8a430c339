/** What the report says of figure 5 and tables 4 to 7. */
import { partOfKind } from "../kept-values.ts";
import { figure, markdownTable, percentText } from "../markdown.ts";
import { mostSpread, quartileSpread } from "../run-times.ts";
import { accuracySection } from "./accuracy-section.ts";
import { checkpoints } from "./checkpoints.ts";
import { type PrintedNetwork, printedRows } from "./printed.ts";
import type { CountedNetwork, Latencies, TradeOffResult } from "./values.ts";

/** The section. */
export function tradeOffReport(result: TradeOffResult): string {
  return [claim, variants(result), tables(result), latency(result), accuracySection(result)]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

const claim =
  "**The paper** offers a family: a width multiplier and the resolution of the picture trade accuracy for multiply-adds over two orders of magnitude (figure 5), and the same network carries detectors and segmenters that are smaller than others of their accuracy (tables 4 to 7). Accuracies below are the published ones, because nobody trains ImageNet here; costs are counted from this package's graphs.";

function variants(result: TradeOffResult): string {
  const costs = partOfKind(result, "costs");
  if (costs === undefined) return "";
  const rows = checkpoints.map((printed) => {
    const found = costs.variants.find(
      ({ width, resolution }) => width === printed.width && resolution === printed.resolution,
    );
    const same =
      found !== undefined &&
      Math.floor(found.multiplyAdds / 1e6) === printed.multiplyAdds &&
      Number((found.weightParameters / 1e6).toFixed(2)) === printed.parameters;
    const cells = [
      `${printed.width}, ${printed.resolution}²`,
      printed.parameters.toFixed(2),
      found === undefined ? "–" : (found.weightParameters / 1e6).toFixed(3),
      `${printed.multiplyAdds}`,
      found === undefined ? "–" : (found.multiplyAdds / 1e6).toFixed(1),
      printed.top1.toFixed(1),
      printed.top5.toFixed(1),
    ];
    return { same, cells };
  });
  const agreeing = rows.filter(({ same }) => same).length;
  return [
    figure("trade-offs", "accuracy", "Top-1 of the 22 checkpoints over their multiply-adds"),
    `**The 22 checkpoints**: ${agreeing} of ${rows.length} rows come out to the last printed digit (multiply-adds are cut off there, parameters rounded; those of convolutions and dense layers count).`,
    `<details><summary>All ${rows.length} checkpoints</summary>\n\n${markdownTable(
      [
        "width, resolution",
        "params, M, printed",
        "ours",
        "MAdds, M, printed",
        "ours",
        "top-1, published",
        "top-5",
      ],
      rows.map(({ cells }) => cells),
    )}\n\n</details>`,
  ].join("\n\n");
}

const units = { M: 1e6, B: 1e9 } as const;

/** A count as it would be printed beside another: `4.2 M` beside `4.3 M`. */
function besidePrinted(count: number, printed: string, more = 1): string {
  const [digits = "", unit = "M"] = printed.split(" ");
  const decimals = (digits.split(".")[1]?.length ?? 0) + more;
  return `${(count / units[unit as keyof typeof units]).toFixed(decimals)} ${unit}`;
}

const titles: Readonly<
  Record<PrintedNetwork["table"], readonly [title: string, accuracy: string]>
> = {
  4: ["Table 4, ImageNet", "top-1, %"],
  5: ["Table 5, heads of SSD alone, 320², 80 classes", ""],
  6: ["Table 6, COCO, 320²", "mAP, %"],
  7: ["Table 7, VOC, 513²", "mIoU, %"],
};

const remarks: Readonly<Record<PrintedNetwork["table"], string>> = {
  4: "Parameters are of convolutions and dense layers, without batch norms. For 1.4 the table that came with the code says 6.06 M and 582 M, as we count; the 6.9 M of table 4 are explained nowhere. V1's own paper says 569 M.",
  5: "Parameters are all, batch norms' included, here and in tables 6 and 7. The printed 0.35 B of SSDLite are twice our count of its multiply-adds; that they count multiplications and additions, where the row above counts pairs, is an inference, which [the paper's figures](../paper-figures.md#detection-tables-5-and-6) argue.",
  6: "",
  7: "In brackets with the planes of dilated convolutions padded, as TensorFlow computed and counted them when the paper was written; the rest of the 2.75 B and 152.6 B is upsampling the logits, counted once a value. *Several scales*: six of them, each also mirrored. Rows without ours have backbones that this package does not build for segmenters.",
};

function tables(result: TradeOffResult): string {
  const costs = partOfKind(result, "costs");
  if (costs === undefined) return "";
  const byName = new Map(costs.networks.map((one) => [one.name, one]));
  return ([4, 5, 6, 7] as const)
    .map((table) => {
      const [title, accuracyName] = titles[table];
      const rows = printedRows
        .filter((row) => row.table === table)
        .map((row) => tableRow(row, byName.get(row.ours ?? ""), accuracyName !== ""));
      const headings = [
        "",
        ...(accuracyName === "" ? [] : [accuracyName]),
        ...["params, printed", "ours", "MAdds, printed", "ours"],
      ];
      return [`**${title}**`, markdownTable(headings, rows), remarks[table]]
        .filter((paragraph) => paragraph !== "")
        .join("\n\n");
    })
    .join("\n\n");
}

function tableRow(
  row: PrintedNetwork,
  ours: CountedNetwork | undefined,
  hasAccuracy: boolean,
): readonly string[] {
  const parameters = row.table === 4 ? ours?.weightParameters : ours?.parameters;
  const adds =
    ours === undefined
      ? "–"
      : `${besidePrinted(ours.multiplyAdds, row.multiplyAdds)}${
          ours.padded === undefined ? "" : ` (${besidePrinted(ours.padded, row.multiplyAdds)})`
        }`;
  return [
    row.name,
    ...(hasAccuracy ? [row.accuracy === undefined ? "–" : `${row.accuracy}`] : []),
    row.parameters,
    parameters === undefined ? "–" : besidePrinted(parameters, row.parameters),
    row.multiplyAdds,
    adds,
  ];
}

/** Pairs of a published and a measured time. */
function pairs(
  measured: Latencies,
  precision: "float32" | "int8",
): readonly (readonly [published: number, ours: number])[] {
  return measured.rows
    .filter((row) => row.precision === precision)
    .flatMap(({ width, resolution, milliseconds }) => {
      const row = checkpoints.find((one) => one.width === width && one.resolution === resolution);
      return row === undefined ? [] : [[row.pixel1, milliseconds.median] as const];
    });
}

/** Pearson's coefficient of the logarithms. */
function correlation(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, one) => sum + one[of], 0) / logs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (of: (x: number, y: number) => number): number =>
    logs.reduce((total, [x, y]) => total + of(x - a, y - b), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

function latency(result: TradeOffResult): string {
  const picture = figure(
    "trade-offs",
    "latency",
    "Top-1 of the checkpoints over the time of a picture",
  );
  const measured = partOfKind(result, "latencies");
  if (measured === undefined) return `${picture}\n\nThe variants have not been timed here yet.`;
  const rows = result.settings.timed.map(([width = 0, resolution = 0]) => {
    const printed = checkpoints.find((one) => one.width === width && one.resolution === resolution);
    const time = (precision: "float32" | "int8"): string => {
      const found = measured.rows.find(
        (row) =>
          row.width === width && row.resolution === resolution && row.precision === precision,
      )?.milliseconds;
      if (found === undefined) return "–";
      return `${found.median.toFixed(2)} (${found.low.toFixed(2)}–${found.high.toFixed(2)})`;
    };
    return [
      `${width}, ${resolution}²`,
      printed?.pixel1.toFixed(1) ?? "–",
      time("float32"),
      time("int8"),
    ];
  });
  const table = `<details><summary>All ${rows.length} timed variants, in milliseconds with quartiles</summary>\n\n${markdownTable(
    ["width, resolution", "Pixel 1, published", "float32 here", "int8 here"],
    rows,
  )}\n\n</details>`;
  const spreads = measured.rows.map(({ milliseconds }) => quartileSpread(milliseconds));
  const spread = [...spreads].sort((a, b) => a - b)[Math.floor(spreads.length / 2)] ?? 0;
  const setting = `Each variant with random weights on one thread, ${result.settings.rounds} rounds in which all have their turn, the network alone.`;
  if (spread > mostSpread) {
    return [
      picture,
      table,
      `${setting} **These times say nothing**: half of a variant's rounds are spread over ${percentText(spread, 0)} of their median, so that the machine did other work, too.`,
    ].join("\n\n");
  }
  const shares = (["float32", "int8"] as const).flatMap((precision) => {
    const all = pairs(measured, precision);
    // Two points lie on a line whatever they are.
    if (all.length < 3) return [];
    const ratios = all.map(([phone, ours]) => phone / ours).sort((a, b) => a - b);
    const [least = 0, most = 0] = [ratios[0], ratios.at(-1)];
    return `${precision} is ${least.toFixed(1)} to ${most.toFixed(1)} times as fast as the phone was, with a correlation of ${correlation(all).toFixed(3)} between the logarithms of both times`;
  });
  return [
    picture,
    table,
    shares.length === 0
      ? setting
      : `${setting} How far the trade-off is the network's and not one machine's: ${shares.join("; ")}.`,
  ].join("\n\n");
}
