/** Whether turbo kernels compute what the ordinary ones do: a small network on both, bit for bit. */
import { compile } from "../../compile/compile.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { compileKernels, type ModuleCompiler } from "./module.ts";
import { prepareFloat, wasmTarget } from "./prepare.ts";

/**
 * Runs both kernels over a network in which planes of even and odd sizes and sums of all kinds occur.
 * Meanwhile every kernel that is called for the first time is compiled by the optimising compiler,
 * the one that joins vectors.
 *
 * @param setFlag - Sets a flag of V8; the one set here is taken back.
 * @returns What differs; undefined where nothing does.
 */
export async function differenceOf(
  turbo: ModuleCompiler,
  setFlag: (flag: string) => void,
): Promise<string | undefined> {
  setFlag("--no-liftoff");
  try {
    return await compareKernels(turbo);
  } finally {
    setFlag("--liftoff");
  }
}

async function compareKernels(turbo: ModuleCompiler): Promise<string | undefined> {
  const graph = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 72, classes: 10 }));
  const program = compile({ ...graph, outputs: ["classifier"] }, wasmTarget);
  const results: Float32Array[] = [];
  for (const compiler of [compileKernels, turbo]) {
    const executable = prepareFloat(program, await compiler(false), { threads: 1 });
    const input = executable.input();
    for (let i = 0; i < input.length; i++) input[i] = Math.fround(Math.sin(i));
    executable.run();
    results.push(executable.output());
    executable.dispose();
  }
  const [expected, received] = results as [Float32Array, Float32Array];
  const at = expected.findIndex((value, i) => !Object.is(value, received[i]));
  return at < 0
    ? undefined
    : `this engine's joined vectors give ${received[at]} where ${expected[at]} is right`;
}
