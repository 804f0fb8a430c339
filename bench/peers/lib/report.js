/** Results for people: a table on the terminal, a file for later, the table in the README. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { isOurs } from "../engines/registry.js";

/** The table of a run for a terminal. */
export function formatRun({ participants, ratios, goals }) {
  const header = ["participant", "ms", "p10", "p90", "idle", "cold", "|logits|", "engine"];
  const rows = participants.map((result) => {
    if (result.failure !== undefined) return [result.id, `left out: ${firstLine(result.failure)}`];
    const { ms, afterIdleMs, coldStartMs, difference, description } = result;
    const times = [ms.median, ms.p10, ms.p90, afterIdleMs.median].map((value) => value.toFixed(2));
    const logits = difference?.logits?.toExponential(1) ?? "";
    return [result.id, ...times, coldStartMs.median.toFixed(0), logits, description];
  });
  const goalRows = goals.map(({ ours, figure, is, goal, met }) => [
    ours,
    figure,
    is.toFixed(2),
    `goal ${goal}`,
    met ? "met" : "missed",
  ]);
  return [
    align([header, ...rows]),
    ...[...new Set(ratios.map(({ threads }) => threads))].map((threads) =>
      align(ratioMatrix(ratios.filter((entry) => entry.threads === threads))),
    ),
    align(goalRows),
  ]
    .filter((table) => table !== "")
    .join("\n\n");
}

/** A row for each peer, a column for each of ours; below 1, ours is faster. */
function ratioMatrix(ratios) {
  const [ours, peers] = ["ours", "peer"].map((side) => [...new Set(ratios.map((r) => r[side]))]);
  const cell = (peer, own) => ratios.find((r) => r.peer === peer && r.ours === own);
  const rows = peers.map((peer) => [
    peer,
    ...ours.map((own) => cell(peer, own)?.ratio.median.toFixed(3) ?? ""),
  ]);
  return [["ratio to", ...ours], ...rows];
}

function firstLine(text) {
  return text.split("\n")[0];
}

function align(rows) {
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      if (row.length > 2) widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) => row.map((c, i) => c.padEnd(widths[i] ?? 0)).join("  ")).join("\n");
}

/** The engines of the README's table. */
const names = {
  "ours-node20": "**mobilenetv2**",
  "ours-node24-turbo": "**mobilenetv2**, turbo",
  "ours-onnxruntime": "**mobilenetv2**, onnxruntime",
  "ours-chromium": "**mobilenetv2**",
  "tfjs-wasm-node20": "tfjs, wasm",
  "tfjs-wasm-chromium": "tfjs, wasm",
  "litert-chromium": "LiteRT.js",
  "onnxruntime-web-node20": "onnxruntime-web, wasm",
  "onnxruntime-node": "onnxruntime-node (native)",
};
const hosts = { node: "Node 20", node24: "Node 24", chromium: "Chromium" };
const ourEngine = { node: "ours-node20", chromium: "ours-chromium" };

/** The README's table: medians, and how often faster we are than each peer on the same host. */
export function formatReadmeTable({ participants, ratios }, machine) {
  const measured = new Set(participants.map(({ engine }) => engine));
  const engines = Object.keys(names).filter((engine) => measured.has(engine));
  const rows = engines.flatMap((engine) => {
    const all = participants.filter((p) => p.engine === engine && p.failure === undefined);
    if (all.length === 0) return [];
    const cells = [1, 2].map((threads) => {
      const own = all.find((p) => p.threads === threads);
      if (own === undefined) return "";
      const same = `${own.case} ${ourEngine[own.host]}/${threads}`;
      const ratio = isOurs(own)
        ? undefined
        : ratios.find(({ ours, peer }) => peer === own.id && ours === same);
      const faster = ratio === undefined ? "" : ` (×${(1 / ratio.ratio.median).toFixed(2)})`;
      return `${own.ms.median.toFixed(1)}${faster}`;
    });
    const cold = all[0].coldStartMs.median.toFixed(0);
    return [`| ${names[engine]} | ${hosts[all[0].host]} | ${cells.join(" | ")} | ${cold} |`];
  });
  return [
    "| engine | host | 1 thread, ms | 2 threads, ms | cold start, ms |",
    "|---|---|---:|---:|---:|",
    ...rows,
    "",
    `MobileNetV2 ${participants[0].case.replace("_", " at ")}², float32, batch 1, equal weights; median of ` +
      `one interleaved run on ${machine.cores} cores of ${machine.cpu}, ${machine.date.slice(0, 10)}. ` +
      "In brackets: the peer's time divided by ours on the same host at the same thread count " +
      "(median over rounds). Made by `npm run bench:peers -- --readme`.",
  ].join("\n");
}

/** Puts text between the README's markers. */
export async function updateReadme(path, table) {
  const text = await readFile(path, "utf8");
  const pattern = /(<!-- peers:start -->)[\s\S]*(<!-- peers:end -->)/;
  if (!pattern.test(text)) {
    throw new Error(`${path} has no <!-- peers:start --> and <!-- peers:end -->`);
  }
  await writeFile(
    `${path}.draft`,
    text.replace(pattern, (_, a, b) => `${a}\n${table}\n${b}`),
  );
  await rename(`${path}.draft`, path);
}
