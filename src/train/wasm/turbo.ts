/** Which build of the training kernels runs: the turbo one, where turbo is on and computes the same. */

import { nodeModule } from "../../backends/wasm/host.ts";
import { type ModuleCompiler, moduleCompiler } from "../../backends/wasm/module.ts";
import { turboCompiler } from "../../backends/wasm/turbo.ts";
import { describeError } from "../../errors.ts";
import { compileTrainingKernels } from "./module.ts";

/** A build of the kernels, and how reports call it. */
export interface TrainingEngine {
  readonly compiler: ModuleCompiler;
  readonly name: string;
}

/** The build without turbo. */
export const plainEngine: TrainingEngine = {
  compiler: compileTrainingKernels,
  name: "wasm simd128",
};

let turbo: Promise<TrainingEngine> | undefined;

/** The build for this process. Turbo's kernels are checked once, where turbo is on. */
export function chooseEngine(): Promise<TrainingEngine> {
  if (turboCompiler() === undefined) return Promise.resolve(plainEngine);
  turbo ??= tryTurbo();
  return turbo;
}

/** The turbo build where it is right here, else the plain one, whose name says why. */
async function tryTurbo(): Promise<TrainingEngine> {
  const [{ kernels, memoryFlagAt }, { trainingDifferenceOf }] = await Promise.all([
    import("./kernels-turbo.generated.ts"),
    import("./turbo-check.ts"),
  ]);
  const engine = { compiler: moduleCompiler(kernels, memoryFlagAt), name: "wasm simd128 turbo" };
  const v8 = nodeModule<{ setFlagsFromString(flags: string): void }>("node:v8");
  const setFlag = (flag: string): void => v8?.setFlagsFromString(flag);
  const reason = await trainingDifferenceOf(engine, setFlag).catch(describeError);
  return reason === undefined
    ? engine
    : { ...plainEngine, name: `${plainEngine.name} (turbo is off: ${reason})` };
}
