/** Whether turbo kernels compute what the ordinary ones do: a small network on both, bit for bit. */
import { compile } from "../../compile/compile.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { runOnce } from "../synchronous.ts";
import { compareBuilds } from "./compare-builds.ts";
import { compileKernels, type ModuleCompiler } from "./module.ts";
import { floatTarget, prepareFloat } from "./prepare.ts";

/**
 * Runs both kernels over a network in which planes of even and odd sizes and sums of all kinds occur.
 *
 * @param setFlag - Sets a flag of V8; that for joining vectors is set in the end.
 * @returns What differs; undefined where nothing does.
 */
export function differenceOf(
  turbo: ModuleCompiler,
  setFlag: (flag: string) => void,
): Promise<string | undefined> {
  return compareBuilds(setFlag, {
    ordinary: async () => [await outputOf(compileKernels)],
    turbo: async () => [await outputOf(turbo)],
  });
}

/** What the kernels make of the network. */
async function outputOf(compiler: ModuleCompiler): Promise<Float32Array> {
  const graph = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 72, classes: 10 }));
  const program = compile({ ...graph, outputs: [graph.landmarks.logits] }, floatTarget);
  const executable = prepareFloat(program, await compiler(false), { threads: 1 });
  const values = executable.input().map((_, i) => Math.sin(i));
  const output = runOnce(executable, [values]).output();
  executable.dispose();
  return output;
}
