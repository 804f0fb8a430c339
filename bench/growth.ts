/**
 * How time and memory grow with the network: the 22 published variants against their multiply-adds,
 * in float32 and in 8 bits. All of them run in turns, so that all meet the same machine.
 * `node bench/run.js growth --threads 1 --runs 30`; `--write` puts the results into bench/results
 * and the table and the plot into docs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";
import { compile } from "../src/compile/compile.ts";
import { withRandomInt8Weights } from "../src/compile/random-int8-weights.ts";
import { countCost } from "../src/graph/cost.ts";
import type { Graph } from "../src/graph/ir.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { distributionOf, measureInTurns, timeCall } from "../src/timing.ts";
import { checkpoints } from "../test/paper/published.ts";
import { argument } from "./arguments.ts";
import { fitLine, type GrowthPoint, type Precision, plotGrowth } from "./growth-plot.ts";

const threads = Number(argument("threads", "1"));
const runs = Number(argument("runs", "30"));
const warmUps = 3;

const networks: Record<Precision, (graph: Graph) => Graph> = {
  float32: withRandomWeights,
  int8: withRandomInt8Weights,
};
const participants = await Promise.all(
  checkpoints.flatMap(({ width, resolution }) =>
    (Object.keys(networks) as Precision[]).map(async (precision) => {
      const graph = networks[precision](mobilenetV2({ width, resolution }));
      const program = compile(graph, wasmBackend.target);
      const executable = await wasmBackend.prepare(program, { threads });
      const { multiplyAdds } = countCost(graph);
      return { width, resolution, precision, multiplyAdds, executable };
    }),
  ),
);
const times = await measureInTurns(participants, { rounds: runs, warmUps }, ({ executable }) => {
  const run = (): number => {
    executable.input().fill(0.5);
    return timeCall(() => executable.run());
  };
  // The first run brings this network's weights back into the caches.
  run();
  return run();
});
const points = participants.map(({ executable, ...network }, i): GrowthPoint => {
  const { p10, median } = distributionOf(times[i]!);
  const rounded = (ms: number): number => Number(ms.toFixed(3));
  const { arenaBytes, description } = executable;
  executable.dispose();
  const [p10Ms, medianMs] = [rounded(p10), rounded(median)];
  return { ...network, p10Ms, medianMs, activationBytes: arenaBytes, description };
});

const rows = checkpoints.map(({ width, resolution }) => {
  const of = (precision: Precision): GrowthPoint =>
    points.find(
      (p) => p.width === width && p.resolution === resolution && p.precision === precision,
    )!;
  const [float, int8] = [of("float32"), of("int8")];
  const cells = ({ p10Ms, multiplyAdds, activationBytes }: GrowthPoint): readonly string[] => [
    p10Ms.toFixed(2),
    (multiplyAdds / p10Ms / 1e6).toFixed(1),
    formatBytes(activationBytes),
  ];
  return [
    `${width}`,
    `${resolution}`,
    (float.multiplyAdds / 1e6).toFixed(0),
    ...cells(float),
    ...cells(int8),
  ];
});
const headings = [
  ...["width", "resolution", "multiply-adds, M"],
  ...["float32, ms", "GMAC/s", "activations"],
  ...["int8, ms", "GMAC/s", "activations"],
];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
const lines = (Object.keys(networks) as Precision[]).map((precision) => {
  const { fixed, perMega, worst } = fitLine(points.filter((p) => p.precision === precision));
  return `${precision}: ${fixed.toFixed(2)} ms + ${(perMega * 100).toFixed(2)} ms for each 100 M multiply-adds, within ${(worst * 100).toFixed(0)} % for every variant`;
});
console.log(`\n${lines.join("\n")}`);

if (process.argv.includes("--write")) {
  const date = new Date().toISOString();
  const day = date.slice(0, 10);
  const machine = {
    date,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    node: `${process.version} V8 ${process.versions.v8}`,
  };
  const result = { machine, threads, runs, points };
  writeFileSync(`bench/results/growth-${day}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  writeFileSync("docs/growth.svg", plotGrowth(points));
  const table = [headings, headings.map(() => "---:"), ...rows];
  const text = [
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    ...lines.map((line) => `- ${line}.`),
    "",
    `Tenth percentile of ${runs} runs in turns, ${threads} thread${threads === 1 ? "" : "s"} of ${machine.cpu} (${machine.cores} cores), Node ${process.versions.node}, ${day}; weights are random, which costs the same.`,
  ].join("\n");
  const page = readFileSync("docs/growth.md", "utf8");
  const marks = /(<!-- growth:start -->)[\s\S]*(<!-- growth:end -->)/;
  writeFileSync("docs/growth.md", page.replace(marks, `$1\n${text}\n$2`));
}
