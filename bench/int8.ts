/**
 * A whole 8-bit network: milliseconds and billions of multiply-adds a second.
 * `node bench/run.js int8 --model ../shared/models/mobilenet_v2_1.0_224_quant.tflite`
 */
import { readFileSync } from "node:fs";
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile } from "../src/compile/compile.ts";
import { readTflite } from "../src/formats/tflite/tflite.ts";
import { countCost } from "../src/graph/cost.ts";
import { argument, measure } from "./measure.ts";

const model = argument(
  "model",
  process.env["MODEL"] ?? "../shared/models/mobilenet_v2_1.0_224_quant.tflite",
);
const runs = Number(argument("runs", "200"));

const graph = readTflite(readFileSync(model));
const program = compile(graph, wasmBackend.target);
const start = performance.now();
const executable = await wasmBackend.prepare(program);
const prepared = performance.now();
const { data } = executable.inputTensor();
for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 2654435761) >>> 24;
executable.run();
const first = performance.now();
const { least, p10, median } = measure(() => executable.run(), runs, 20);
const macs = countCost(graph).multiplyAdds;
console.log(
  JSON.stringify({
    description: executable.description,
    milliseconds: { least, p10, median },
    gigaMacsPerSecond: macs / least / 1e6,
    arenaBytes: executable.arenaBytes,
    prepareMilliseconds: prepared - start,
    firstRunMilliseconds: first - prepared,
  }),
);
executable.dispose();
