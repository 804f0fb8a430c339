/** What the report says of table 3 and section 5.1. */
import { partOfKind } from "../kept-values.ts";
import { figure, markdownTable, percentText } from "../markdown.ts";
import { mostSpread, quartileSpread } from "../run-times.ts";
import { kilobytes, printedLargest, printedLargestBefore, printedTable3 } from "./printed.ts";
import { type Arenas, formName, type MemoryResult, type Table3, type Times } from "./values.ts";

/** The section. */
export function memoryReport(result: MemoryResult): string {
  return [claim, table3(result), method(result), forms(result), agreement(result), verdict(result)]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

const claim =
  "**The paper** counts the largest tensor that has to be materialised at each resolution: a block's expanded tensor need not exist, so of V2 only the narrow bottlenecks count (table 3). Section 5.1 says how: the block is a sum over its expanded channels, so that it can be computed in t parts one after another, with the same multiply-adds and less memory; t between 2 and 5 is recommended, as more parts make poor use of caches. No figure shows what that costs.";

/** `64 / 1606`. */
function cell(size: number, channels: number, kb = kilobytes(size, channels)): string {
  return `${channels} / ${kb < 10 ? kb.toFixed(1) : Math.round(kb)}`;
}

function table3(result: MemoryResult): string {
  const found = partOfKind(result, "table3");
  if (found === undefined) return "";
  const rows = found.rows.map(({ size, v1, v2, expanded }) => {
    const printed = printedTable3.find((row) => row.size === size);
    return [
      `${size}²`,
      printed ? printed.v1.join(" / ") : "–",
      cell(size, v1),
      printed ? printed.v2.join(" / ") : "–",
      cell(size, v2),
      cell(size, expanded),
      printed ? printed.shuffleNet.join(" / ") : "–",
    ];
  });
  const most = (of: "v1" | "v2" | "expanded"): string =>
    `${Math.round(Math.max(...found.rows.map((row) => kilobytes(row.size, row[of]))))}`;
  const { v1, v2, shuffleNet } = printedLargest;
  // Printed to two digits.
  const agrees =
    Math.abs(Number(most("v1")) / v1 - 1) < 0.01 && Math.abs(Number(most("v2")) / v2 - 1) < 0.01;
  const before = printedLargestBefore;
  const last = [
    ...["largest", `${v1}`, most("v1"), `${v2}`, most("v2")],
    ...[most("expanded"), `${shuffleNet}`],
  ];
  return [
    "**Table 3**, of version 4 of the paper (arXiv 1801.04381), channels / KB of 1000 bytes at 16 bits. Ours are counted from the graphs at 224²: of V1 every layer, of V2 every block; the column before the last has V2 with its expanded tensors, if they were made.",
    markdownTable(
      ["", "V1 printed", "V1", "V2 printed", "V2", "V2, expanded", "ShuffleNet printed"],
      [...rows, last],
    ),
    figure("memory", "table3", "The largest tensors at each resolution, counted and printed"),
    `**It shows** ${agrees ? "the printed maxima" : "other maxima than are printed"}: ${most("v1")} and ${most("v2")} KB, so that V2's is ${percentText(Number(most("v2")) / Number(most("v1")), 0)} of V1's. ${largerRows(found)}V1's 199 KB at 7² follow from no size of element. V2's own first convolution, 112² × 32 and ${Math.round(kilobytes(112, 32))} KB, is left out of the printed column; in this engine it is computed within the first block and really is not there. (Version 1 of the paper printed maxima of ${before.v1}, ${before.v2} and ${before.shuffleNet} KB, which are not reproduced.)`,
  ].join("\n\n");
}

/** Where the printed column of V2 has more than exists, and why that may be where it is as expected. */
function largerRows({ rows }: Table3): string {
  const larger = printedTable3.filter(({ size, v2: [channels] }) => {
    const ours = rows.find((row) => row.size === size);
    return ours !== undefined && channels > ours.v2;
  });
  if (larger.length === 0) return "";
  const sizes = larger.map(({ size }) => `${size}²`);
  const where = [sizes.slice(0, -1).join(", "), sizes.at(-1)].filter((part) => part).join(" and ");
  const words = `Printed rows of V2 that are larger than what exists: ${larger.length}, at ${where}`;
  const why =
    sizes.join() === "56²,28²,14²"
      ? ", as if each paired the resolution at which a row of table 2 starts with the channels in which it ends, though a stride of 2 lies between"
      : "";
  return `${words}${why}. `;
}

function method(result: MemoryResult): string {
  const { resolution, ways, rounds } = result.settings;
  const timed =
    partOfKind(result, "times") === undefined
      ? ""
      : ` Times are medians of ${rounds} rounds in which every form has its turn, in brackets the quartiles; ratios are taken round by round.`;
  return `**Run here**: MobileNetV2 1.0 at ${resolution}² with random weights on the WebAssembly backend, one thread. *Unfused* (t = 1), every layer is an operation. *Split*, every block is ${ways.filter((t) => t > 1).join(", ")} narrower blocks, cut at multiples of 8 channels, whose projections are added; the stem counts as the first block's expansion. *Rows* is what this engine does: expand, filter and project a few rows at a time. Activation memory is the arena that the compiler plans, input and scratch included.${timed}`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);

function forms(result: MemoryResult): string {
  const arenas = partOfKind(result, "arenas");
  if (arenas === undefined) return "";
  const times = partOfKind(result, "times");
  const whole = arenas.forms[0]!;
  const rows = arenas.forms.map((one) => {
    const { network, precision, form, arenaBytes, largestBytes, multiplyAdds } = one;
    const same = network === whole.network && precision === whole.precision;
    const time = same ? timeOf(times, one) : undefined;
    return [
      `${network.toUpperCase()}, ${precision}, ${form === "unfused" ? "unfused (t = 1)" : formName(one)}`,
      `${(multiplyAdds / 1e6).toFixed(1)} M`,
      megabytes(largestBytes),
      megabytes(arenaBytes),
      same ? (arenaBytes / whole.arenaBytes).toFixed(2) : "–",
      time === undefined
        ? "–"
        : `${time.ratio.median.toFixed(2)} (${time.ratio.low.toFixed(2)}–${time.ratio.high.toFixed(2)})`,
      time === undefined ? "–" : `${time.milliseconds.median.toFixed(1)} ms`,
    ];
  });
  return [
    markdownTable(
      [
        ...["form", "multiply-adds", "largest tensor, MB", "arena, MB"],
        ...["arena to t = 1", "time to t = 1", "time"],
      ],
      rows,
    ),
    figure("memory", "arena", "The arena for each form"),
    ...(times === undefined
      ? []
      : [figure("memory", "time-and-memory", "Time against memory for each form")]),
  ].join("\n\n");
}

function timeOf(
  times: Times | undefined,
  { form, ways }: Arenas["forms"][number],
): Times["forms"][number] | undefined {
  return times?.forms.find((one) => one.form === form && one.ways === ways);
}

function agreement(result: MemoryResult): string {
  const found = partOfKind(result, "agreement");
  if (found === undefined) return "";
  const most = Math.max(...found.forms.map(({ difference }) => difference));
  return `All forms compute the same: for a random picture no probability differs by more than ${scientific(most)} from the unfused network's, of which the largest is ${found.largest}; the order of sums is another. In 8 bits splitting would change results, since partial sums would have to be rounded; tiles of rows change no bit there.`;
}

function scientific(value: number): string {
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(0).split("e");
  return `${digits} × 10^${power}`;
}

/** What the figures show, as far as they do. */
function verdict(result: MemoryResult): string {
  const arenas = partOfKind(result, "arenas");
  if (arenas === undefined) return "";
  const whole = arenas.forms[0]!;
  const own = arenas.forms.filter(
    ({ network, precision }) => network === whole.network && precision === whole.precision,
  );
  const split = own.filter(({ form }) => form === "split");
  const rows = own.find(({ form }) => form === "rows");
  const [smallest] = [...split].sort((a, b) => a.arenaBytes - b.arenaBytes);
  const least = smallest && split.find((one) => isAbout(one, smallest));
  if (least === undefined || rows === undefined) return "";
  const same = own.every(({ multiplyAdds }) => multiplyAdds === whole.multiplyAdds);
  const agrees = same && least.arenaBytes < whole.arenaBytes;
  const smaller = (one: (typeof own)[number]): string =>
    (whole.arenaBytes / one.arenaBytes).toFixed(1);
  const against = rows.arenaBytes <= least.arenaBytes ? "less than any t" : "more than the best t";
  return `**It shows** ${agrees ? "what section 5.1 says" : "otherwise than section 5.1 says"}: multiply-adds ${same ? "stay the same" : "change"}, and at t = ${least.ways} the arena is ${smaller(least)} times smaller than unfused. ${floor(split)}Tiles of rows make it ${smaller(rows)} times smaller: ${against}. ${costs(result, { split, rows })}`;
}

/** Whether a form holds no more than another, within 2 %. */
function isAbout(one: Arenas["forms"][number], other: Arenas["forms"][number]): boolean {
  return one.arenaBytes <= 1.02 * other.arenaBytes;
}

/** Where more parts save nothing more. */
function floor(split: Arenas["forms"]): string {
  const last = split.at(-1);
  const first = last && split.find((one) => isAbout(one, last));
  if (last === undefined || first === undefined || first.ways === last.ways) return "";
  return `From t = ${first.ways} on hardly anything more is saved. `;
}

/** What less memory costs in time, where that was measured on a machine that did nothing else. */
function costs(
  result: MemoryResult,
  { split, rows }: { readonly split: Arenas["forms"]; readonly rows: Arenas["forms"][number] },
): string {
  const times = partOfKind(result, "times");
  if (times === undefined) return "Times have not been measured yet.";
  const spread = Math.max(...times.forms.map(({ ratio }) => quartileSpread(ratio)));
  if (spread > mostSpread) {
    return `The times say nothing: half of a form's rounds are spread over ${Math.round(spread * 100)} % of their median, so that the machine did other work, too.`;
  }
  const change = (one: Arenas["forms"][number]): string => {
    const percent = Math.round(((timeOf(times, one)?.ratio.median ?? 1) - 1) * 100);
    if (percent === 0) return "the same time";
    return `${Math.abs(percent)} % ${percent > 0 ? "more" : "less"} time`;
  };
  const each = split.map((one) => `${change(one)} at t = ${one.ways}`).join(", ");
  // Half of the rounds lie between the quartiles: a form is called slower only where those agree.
  const ratios = split.flatMap((one) => timeOf(times, one)?.ratio ?? []);
  const slower = ratios.filter(({ low }) => low > 1).length;
  const paper =
    ratios.length === 0
      ? ""
      : slower === ratios.length
        ? ", as the paper expects of more parts"
        : slower === 0
          ? ", so that parts cost no time here"
          : `, more beyond the spread of the rounds in ${slower} of ${ratios.length}`;
  return `A run takes ${each}${paper}. With tiles of rows it takes ${change(rows)}. Why was not measured.`;
}
