/**
 * Every step of a network by itself: milliseconds, multiply-adds per second and their share of the
 * peak. `node bench/run.js kernels --width 1 --resolution 224`
 */
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile } from "../src/compile/compile.ts";
import { timeCalls } from "../src/timing.ts";
import { argument } from "./arguments.ts";
import { multiplyAddsByStep, randomMobileNetV2 } from "./networks.ts";
import { measurePeak } from "./peak.ts";

const graph = randomMobileNetV2(
  Number(argument("width", "1")),
  Number(argument("resolution", "224")),
);
const program = compile(graph, wasmBackend.target);
const costs = multiplyAddsByStep(graph, wasmBackend.target);
const peak = await measurePeak();
console.log(`peak ${peak.toFixed(1)} GMAC/s`);
let total = 0;
for (const step of program.steps) {
  const executable = await wasmBackend.prepare({ ...program, steps: [step] });
  // The kernels' speed must not depend on denormal numbers left in the arena.
  executable.input().fill(0.5);
  const { least } = timeCalls(() => executable.run(), { runs: 60, warmUps: 30 });
  executable.dispose();
  total += least;
  const macs = costs.get(step.output.name) ?? 0;
  const rate = macs / least / 1e6;
  const shape = `${step.inputs[0]?.shape.slice(1).join("×")} → ${step.output.shape.slice(1).join("×")}`;
  console.log(
    [
      step.node.name.padEnd(22),
      shape.padEnd(26),
      `${least.toFixed(3)} ms`,
      `${(macs / 1e6).toFixed(2)} M`.padStart(8),
      `${rate.toFixed(1)} GMAC/s`.padStart(12),
      `${((100 * rate) / peak).toFixed(0)} %`,
      `lost ${(least - macs / peak / 1e6).toFixed(3)}`,
    ].join("  "),
  );
}
console.log(`total ${total.toFixed(2)} ms`);
