/**
 * Every step of a network by itself: milliseconds, multiply-adds per second and their share of the
 * peak. `node bench/run.js kernels --width 1 --resolution 224`
 */
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { compile } from "../src/compile/compile.ts";
import type { Program, Step } from "../src/compile/program.ts";
import type { Convolution } from "../src/graph/ir.ts";
import { windowOutput } from "../src/graph/shapes.ts";
import { argument, measure } from "./measure.ts";
import { randomMobileNetV2 } from "./networks.ts";
import { measurePeak } from "./peak.ts";

const graph = randomMobileNetV2(
  Number(argument("width", "1")),
  Number(argument("resolution", "224")),
);
const program = compile(graph, wasmBackend.target);
const peak = await measurePeak();
console.log(`peak ${peak.toFixed(1)} GMAC/s`);
let total = 0;
for (const step of program.steps) {
  const executable = await wasmBackend.prepare({ ...program, steps: [step] });
  // The kernels' speed must not depend on denormal numbers left in the arena.
  executable.input().fill(0.5);
  const { least } = measure(() => executable.run(), 60, 30);
  executable.dispose();
  total += least;
  const macs = multiplyAdds(program, step);
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

function multiplyAdds({ parameters }: Program, { node, inputs, output }: Step): number {
  const weights = (convolution: Convolution): number =>
    parameters.get(convolution.weights)?.data?.length ?? 0;
  const [, rows, columns] = output.shape;
  if (node.op === "conv2d" || node.op === "depthwiseConv2d") return rows * columns * weights(node);
  if (node.op !== "invertedResidual") return 0;
  const { expand, depthwise, project } = node;
  const input = inputs[0]?.shape ?? output.shape;
  const plane = expand ? windowOutput(expand, input[1], input[2]) : [0, 0];
  const expansion = expand ? (plane[0] as number) * (plane[1] as number) * weights(expand) : 0;
  return expansion + rows * columns * (weights(depthwise) + weights(project));
}
