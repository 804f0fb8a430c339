/**
 * A whole 8-bit network with every variant of the kernels that runs here, in turns, then each
 * operation by itself: milliseconds and billions of multiply-adds a second.
 * `node bench/run.js int8 --model ../shared/models/mobilenet_v2_1.0_224_quant.tflite`; with
 * `--turbo yes` turbo's kernels in the place of the ordinary ones (the engine's flag is for all).
 */
import { readFileSync } from "node:fs";
import type { SynchronousExecutable } from "../src/backends/backend.ts";
import { chooseVariant } from "../src/backends/wasm/int8/choose-variant.ts";
import { prepareInt8 } from "../src/backends/wasm/int8/executable.ts";
import { words } from "../src/backends/wasm/int8/words.ts";
import { enableTurbo } from "../src/backends/wasm/turbo.ts";
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile, optimize } from "../src/compile/compile.ts";
import type { Program } from "../src/compile/program.ts";
import { readTflite } from "../src/formats/tflite/tflite.ts";
import { countCost } from "../src/graph/cost.ts";
import { argument, measure, type Timing } from "./measure.ts";

const model = argument(
  "model",
  process.env["MODEL"] ?? "../shared/models/mobilenet_v2_1.0_224_quant.tflite",
);
const runs = Number(argument("runs", "200"));
const threads = Number(argument("threads", "1"));
const turbo = argument("turbo", "no") === "yes";
const layers = argument("layers", "yes") === "yes";

const graph = readTflite(readFileSync(model));
const program = compile(graph, wasmBackend.target);
if (turbo) console.log(JSON.stringify(await enableTurbo()));
const variants = [...new Set([words, await chooseVariant()])];
const macs = countCost(graph).multiplyAdds;
const costs = new Map(
  countCost(optimize(graph, wasmBackend.target)).nodes.map((node) => [
    node.name,
    node.multiplyAdds,
  ]),
);

const whole = await Promise.all(variants.map((variant) => prepare(program, variant)));
// Helper threads start while this one waits.
await new Promise((resolve) => setTimeout(resolve, threads > 1 ? 300 : 0));
const rounds = 5;
const timings: Timing[][] = whole.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [i, executable] of whole.entries()) {
    timings[i]?.push(measure(() => executable.run(), Math.ceil(runs / rounds), 10));
  }
}
for (const [i, executable] of whole.entries()) {
  const of = timings[i] as Timing[];
  const least = Math.min(...of.map(({ least }) => least));
  const [p10, median] = [middle(of.map(({ p10 }) => p10)), middle(of.map(({ median }) => median))];
  const { description, arenaBytes } = executable;
  const gigaMacsPerSecond = macs / p10 / 1e6;
  console.log(JSON.stringify({ description, least, p10, median, gigaMacsPerSecond, arenaBytes }));
  executable.dispose();
}

const totals = variants.map(() => 0);
for (const step of layers ? program.steps : []) {
  const { inputs, output } = step;
  const alone: Program = { ...program, steps: [step], inputs, outputs: [output] };
  const work = costs.get(output.name) ?? 0;
  const cells: string[] = [];
  for (const [i, variant] of variants.entries()) {
    const executable = await prepare(alone, variant);
    const { least } = measure(() => executable.run(), 60, 30);
    executable.dispose();
    (totals[i] as number) += least;
    cells.push(`${least.toFixed(3)} ms`, `${(work / least / 1e6).toFixed(1)}`.padStart(6));
  }
  console.log([output.shape.slice(1).join("×").padEnd(14), ...cells, output.name].join("  "));
}
if (layers) console.log(`total ${totals.map((total) => total.toFixed(2)).join(", ")} ms`);

async function prepare(of: Program, variant: typeof words): Promise<SynchronousExecutable> {
  const executable = await prepareInt8(of, { threads }, variant);
  for (const index of of.inputs.keys()) {
    const { data } = executable.inputTensor(index);
    for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 2654435761) >>> 24;
  }
  return executable;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
