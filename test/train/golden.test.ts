/** Three steps on networks of every kind, against what TensorFlow.js's own differentiation makes of them. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  clearGradients,
  importWeights,
  type Outputs,
  type TrainingNetwork,
} from "../../src/train/network.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import {
  digest,
  type GoldenTraining,
  goldenBatch,
  goldenNetworks,
  goldenProblem,
  goldenRate,
  goldenSteps,
} from "./golden-problem.ts";
import { norm } from "./networks.ts";

const golden: Readonly<Record<string, GoldenTraining>> = JSON.parse(
  await readFile(new URL("../golden/training.json", import.meta.url), "utf8"),
);

/**
 * Both engines sum in float32: through some 60 layers roundings of 6e-8 grow to about 1e-4 of a value, and
 * a ReLU near its corner may open in one and not in the other, which a step of descent spreads. A detector's
 * last maps have two pixels in all, whose batch norms have almost only a sign left: roundings count ten
 * times as much.
 */
const [first, later] = [2e-3, 2e-2];
const tenfold: readonly string[] = ["SSDLite", "SSD"];

/** Gradients that are 0 but for roundings, as a projection's β before another batch norm. */
const least = 1e-2;

/** Half the mean squared distance of each output from its target, and its gradients. */
function lossOf(outputs: Outputs, target: (output: number, count: number) => Float32Array) {
  let loss = 0;
  const gradients = new Map(
    [...outputs].map(([name, values], output) => {
      const wanted = target(output, values.length);
      const gradient = values.map((value, i) => (value - wanted[i]!) / values.length);
      for (const [i, slope] of gradient.entries()) loss += 0.5 * slope * (values[i]! - wanted[i]!);
      return [name, gradient];
    }),
  );
  return { loss, gradients };
}

function compare(network: TrainingNetwork, title: string): void {
  const problem = goldenProblem(goldenNetworks[title]!);
  const wanted = golden[title]!;
  const factor = tenfold.includes(title) ? 10 : 1;
  importWeights(network, problem.weights);
  for (let step = 0; step < goldenSteps; step++) {
    network.input.set(problem.input(step));
    clearGradients(network);
    const outputs = network.forward(goldenBatch, { training: true });
    const { loss, gradients } = lossOf(outputs, (output, count) =>
      problem.target(step, output, count),
    );
    const tolerance = factor * (step === 0 ? first : later);
    expect(Math.abs(loss / wanted.losses[step]! - 1)).toBeLessThan(tolerance);
    const sizes = [...outputs.values()].map((values) => [digest(values), norm(values)] as const);
    network.backward(gradients);
    const faults: string[] = [];
    const judge = (
      name: string,
      [sum, size]: readonly [number, number],
      of: readonly [number, number],
    ) => {
      const scale = factor * Math.max(of[1], least);
      if (Math.abs(sum - of[0]) > first * scale * 3) faults.push(`${name}: ${sum} for ${of[0]}`);
      if (Math.abs(size - of[1]) > first * scale) faults.push(`${name}: ‖${size}‖ for ‖${of[1]}‖`);
    };
    if (step === 0) {
      for (const [i, [sum, size]] of sizes.entries()) {
        judge(`output ${i}`, [sum, size], [wanted.outputs[i]!, size]);
      }
    }
    for (const { name, values, gradient } of network.parameters.values()) {
      if (gradient === undefined) continue;
      if (step === 0) judge(name, [digest(gradient), norm(gradient)], wanted.gradients[name]!);
      for (const [i, slope] of gradient.entries()) values[i] = values[i]! - goldenRate * slope;
    }
    expect(faults).toEqual([]);
  }
}

describe.each(Object.keys(goldenNetworks))("%s", (title) => {
  const { plan } = goldenProblem(goldenNetworks[title]!);

  it("is differentiated by the reference as by TensorFlow.js", () => {
    compare(createReferenceNetwork(plan, { batch: goldenBatch }), title);
  });

  it("and by WebAssembly", async () => {
    const network = await createWasmNetwork(plan, { batch: goldenBatch });
    compare(network, title);
    network.dispose();
  });
});
