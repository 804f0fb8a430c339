/**
 * What a batch saves: milliseconds an image, one at a time and eight at once.
 * `node bench/run.js batch --threads 1 --runs 20`
 */
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { measureGraph } from "../src/cli/benchmark-run.ts";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { argument } from "./measure.ts";

const graph = withRandomWeights(mobilenetV2());
const rows: string[][] = [];
for (const batch of [1, 8]) {
  const { medianMs, p10Ms, threads, peakActivationBytes } = await measureGraph(graph, {
    backend: wasmBackend,
    threads: Number(argument("threads", "1")),
    batch,
    runs: Number(argument("runs", "20")),
    layers: false,
    signal: new AbortController().signal,
  });
  rows.push([
    `${batch}`,
    `${threads}`,
    `${(p10Ms / batch).toFixed(2)} ms`,
    `${(medianMs / batch).toFixed(2)} ms`,
    formatBytes(peakActivationBytes),
  ]);
}
const headings = ["batch", "threads", "p10 an image", "median an image", "activations"];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
