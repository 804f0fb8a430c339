/**
 * A network with random weights on the WebAssembly backend: milliseconds, multiply-adds per second
 * and their share of the machine's peak, for one thread and, in turns with it, several.
 * `node bench/run.js network --model mobilenet-v2 --width 1 --resolution 224 --threads 2`
 */
import { performance } from "node:perf_hooks";
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile } from "../src/compile/compile.ts";
import { countCost } from "../src/graph/cost.ts";
import { timeCalls } from "../src/timing.ts";
import { argument } from "./arguments.ts";
import { randomNetwork } from "./networks.ts";
import { measurePeak } from "./peak.ts";

const width = Number(argument("width", "1"));
const resolution = Number(argument("resolution", "224"));
const threads = Number(argument("threads", "1"));
const runs = Number(argument("runs", "200"));

const graph = randomNetwork(argument("model", "mobilenet-v2"), width, resolution);
const program = compile(graph, wasmBackend.target);
const start = performance.now();
const executable = await wasmBackend.prepare(program, { threads });
const prepared = performance.now();
executable.input().fill(0.5);
executable.run();
const first = performance.now();
const before = await measurePeak();
const { least, p10, median } = timeCalls(() => executable.run(), { runs, warmUps: 20 });
const peak = Math.max(before, await measurePeak());
const macs = countCost(graph).multiplyAdds;
const rate = macs / least / 1e6;
console.log(
  JSON.stringify({
    description: executable.description,
    milliseconds: { least, p10, median },
    gigaMacsPerSecond: rate,
    peak,
    shareOfPeak: rate / peak / threads,
    arenaBytes: executable.arenaBytes,
    prepareMilliseconds: prepared - start,
    firstRunMilliseconds: first - prepared,
  }),
);
executable.dispose();
