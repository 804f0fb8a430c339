/**
 * A whole 8-bit network with every variant of the kernels that runs here, in turns, then each
 * operation by itself: milliseconds and billions of multiply-adds a second.
 * `node bench/run.js int8 --model ../shared/models/mobilenet_v2_1.0_224_quant.tflite`; with
 * `--turbo yes` turbo's kernels in the place of the ordinary ones (the engine's flag is for all).
 */
import { readFileSync } from "node:fs";
import type { SynchronousExecutable } from "../src/backends/backend.ts";
import { prepareInt8 } from "../src/backends/wasm/int8/executable.ts";
import { chooseVariant } from "../src/backends/wasm/int8/load.ts";
import { words } from "../src/backends/wasm/int8/words.ts";
import { enableTurbo } from "../src/backends/wasm/turbo.ts";
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile } from "../src/compile/compile.ts";
import type { Program } from "../src/compile/program.ts";
import { readTflite } from "../src/formats/tflite/tflite.ts";
import { countCost } from "../src/graph/cost.ts";
import { type Distribution, measureInTurns, quantile, timeCalls } from "../src/timing.ts";
import { argument } from "./arguments.ts";
import { multiplyAddsByStep } from "./networks.ts";

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
const costs = multiplyAddsByStep(graph, wasmBackend.target);

const whole = await Promise.all(variants.map((variant) => prepare(program, variant)));
// Helper threads start while this one waits.
await new Promise((resolve) => setTimeout(resolve, threads > 1 ? 300 : 0));
const rounds = 5;
const timings = await measureInTurns(whole, { rounds }, (executable) =>
  timeCalls(() => executable.run(), { runs: Math.ceil(runs / rounds), warmUps: 10 }),
);
for (const [i, executable] of whole.entries()) {
  const of = (part: keyof Distribution): readonly number[] => timings[i]!.map((each) => each[part]);
  const least = Math.min(...of("least"));
  const [p10, median] = [quantile(of("p10"), 0.5), quantile(of("median"), 0.5)];
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
    const { least } = timeCalls(() => executable.run(), { runs: 60, warmUps: 30 });
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
