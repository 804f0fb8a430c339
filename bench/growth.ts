/**
 * How time and memory grow with the network: the 22 published variants against their multiply-adds.
 * `node bench/run.js growth --threads 1 --runs 20`
 */
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { measureGraph } from "../src/cli/benchmark-run.ts";
import { formatBytes, formatLarge } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";
import { countCost } from "../src/graph/cost.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { checkpoints } from "../test/paper/published.ts";
import { argument } from "./measure.ts";

const rows: string[][] = [];
for (const { width, resolution } of checkpoints) {
  const graph = withRandomWeights(mobilenetV2({ width, resolution }));
  const { multiplyAdds } = countCost(graph);
  const { medianMs, p10Ms, threads, peakActivationBytes } = await measureGraph(graph, {
    backend: wasmBackend,
    threads: Number(argument("threads", "1")),
    batch: 1,
    runs: Number(argument("runs", "20")),
    layers: false,
    signal: new AbortController().signal,
  });
  rows.push([
    `${width}`,
    `${resolution}`,
    `${threads}`,
    formatLarge(multiplyAdds),
    `${p10Ms.toFixed(2)} ms`,
    `${medianMs.toFixed(2)} ms`,
    `${(multiplyAdds / p10Ms / 1e6).toFixed(1)} GMAC/s`,
    formatBytes(peakActivationBytes),
  ]);
}
const headings = ["width", "resolution", "threads", "multiply-adds", "p10", "median", "rate"];
console.log(
  formatTable(
    [...headings, "activations"].map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
