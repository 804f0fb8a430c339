/** The pictures of table 3 and section 5.1. */

import { plotChart } from "../../plot/chart.ts";
import { partOfKind } from "../kept-values.ts";
import { kilobytes, printedTable3 } from "./printed.ts";
import { type Arenas, formName, type MemoryResult } from "./values.ts";

/** Each by the name of its file. */
export function memoryFigures(result: MemoryResult): Readonly<Record<string, string>> {
  const table3 = drawTable3(result);
  const arena = drawArena(result);
  const timed = drawTimeAndMemory(result);
  return {
    ...(table3 === undefined ? {} : { table3 }),
    ...(arena === undefined ? {} : { arena }),
    ...(timed === undefined ? {} : { "time-and-memory": timed }),
  };
}

function drawTable3(result: MemoryResult): string | undefined {
  const found = partOfKind(result, "table3");
  if (found === undefined) return undefined;
  const { rows } = found;
  const ours = (of: "v1" | "v2" | "expanded") =>
    rows.map((row, x) => ({ x, y: kilobytes(row.size, row[of]) }));
  const printed = (of: "v1" | "v2" | "shuffleNet") =>
    printedTable3.map((row, x) => ({ x, y: row[of][1] }));
  return plotChart({
    title: "The largest tensor at each resolution",
    note: "KB at 16 bits; lines are counted from our graphs, marks are the paper's table 3",
    x: { name: "resolution", categories: rows.map(({ size }) => `${size}²`) },
    y: { name: "KB", scale: "log" },
    series: [
      { name: "V2, expanded, too", kind: "line", tone: 3, points: ours("expanded") },
      { name: "V1", kind: "line", tone: 1, points: ours("v1") },
      { name: "V2, bottlenecks", kind: "line", tone: 2, points: ours("v2") },
      { name: "V1, printed", kind: "dots", tone: 1, points: printed("v1") },
      { name: "V2, printed", kind: "dots", tone: 2, points: printed("v2") },
      { name: "ShuffleNet, printed", kind: "dots", tone: 4, points: printed("shuffleNet") },
    ],
  });
}

/** MobileNetV2's forms in float32 with what they hold. */
function held(arenas: Arenas): Arenas["forms"] {
  return arenas.forms.filter(
    ({ network, precision }) => network === "v2" && precision === "float32",
  );
}

function drawArena(result: MemoryResult): string | undefined {
  const arenas = partOfKind(result, "arenas");
  if (arenas === undefined) return undefined;
  const forms = held(arenas);
  const bars = (of: "arenaBytes" | "largestBytes") =>
    forms.map((form, x) => ({ x, y: form[of] / 1e6 }));
  return plotChart({
    title: "What the engine holds while it runs",
    note: `MobileNetV2 at ${result.settings.resolution}², float32: blocks whole (t = 1), in t parts of their channels, or in tiles of rows`,
    x: { name: "how blocks are computed", categories: forms.map(formName) },
    y: { name: "MB", from: 0 },
    series: [
      { name: "all activation memory", kind: "bars", tone: 1, points: bars("arenaBytes") },
      { name: "the largest tensor", kind: "bars", tone: 2, points: bars("largestBytes") },
    ],
  });
}

function drawTimeAndMemory(result: MemoryResult): string | undefined {
  const [arenas, times] = [partOfKind(result, "arenas"), partOfKind(result, "times")];
  if (arenas === undefined || times === undefined) return undefined;
  const points = held(arenas).flatMap((one) => {
    const time = times.forms.find(({ form, ways }) => form === one.form && ways === one.ways);
    if (time === undefined) return [];
    const { median, low, high } = time.ratio;
    const point = { x: one.arenaBytes / 1e6, y: median, low, high, label: formName(one) };
    return [{ form: one.form, point }];
  });
  const split = points.filter(({ form }) => form !== "rows").map(({ point }) => point);
  const rows = points.filter(({ form }) => form === "rows").map(({ point }) => point);
  const bare = split.map(({ x, y }) => ({ x, y }));
  const { resolution, rounds } = result.settings;
  return plotChart({
    title: "Time against memory",
    note: `MobileNetV2 at ${resolution}², float32, one thread: blocks in t parts of their channels, or in tiles of rows; median of ${rounds} rounds with quartiles`,
    x: { name: "activation memory, MB", from: 0 },
    y: { name: "time, relative to t = 1", from: 0 },
    series: [
      { name: "", kind: "line", tone: 6, points: bare, unnamed: true },
      { name: "t parts of the channels (section 5.1)", kind: "dots", tone: 1, points: split },
      { name: "tiles of rows (this engine)", kind: "dots", tone: 2, points: rows },
    ],
  });
}
