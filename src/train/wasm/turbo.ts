/** Which build of the training kernels runs: the turbo one, where turbo is on and computes the same. */

import { nodeModule } from "../../backends/wasm/host.ts";
import { moduleCompiler } from "../../backends/wasm/module.ts";
import { refuseTurbo, turboCompiler } from "../../backends/wasm/turbo.ts";
import { describeError } from "../../errors.ts";
import { plainEngine, type TrainingEngine } from "./module.ts";

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
  if (reason === undefined) return engine;
  refuseTurbo("training", reason);
  return { ...plainEngine, name: `${plainEngine.name} (turbo is off: ${reason})` };
}
