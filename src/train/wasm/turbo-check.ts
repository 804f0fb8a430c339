/** Whether turbo's training kernels compute what the ordinary ones do: a training step, bit for bit. */
import { compareBuilds } from "../../backends/wasm/compare-builds.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { Random } from "../../random.ts";
import { initialize } from "../initialize.ts";
import { planTraining } from "../plan.ts";
import { plainEngine, type TrainingEngine } from "./module.ts";
import { createNetworkOn } from "./wasm-network.ts";

const [batch, classes] = [9, 5];

/**
 * Takes a step on both builds, with channels and samples of even and odd numbers of tiles.
 *
 * @param setFlag - Sets a flag of V8; that for joining vectors is set in the end.
 * @returns What differs; undefined where nothing does.
 */
export function trainingDifferenceOf(
  engine: TrainingEngine,
  setFlag: (flag: string) => void,
): Promise<string | undefined> {
  return compareBuilds(setFlag, {
    ordinary: () => takeStep(plainEngine),
    turbo: () => takeStep(engine),
  });
}

/** Everything that a step computes. */
async function takeStep(engine: TrainingEngine): Promise<readonly Float32Array[]> {
  const plan = planTraining(mobilenetV2({ width: 0.35, resolution: 40, classes }));
  const network = await createNetworkOn(engine, plan, { batch });
  initialize(network, { seed: 1 });
  const random = new Random(1);
  for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
  const outputs = network.forward(batch, { training: true });
  const logits = new Map([...outputs].map(([name, values]) => [name, Float32Array.from(values)]));
  const slopes = new Map(
    [...logits].map(([name, values]) => [
      name,
      values.map((_, i) => (i % classes === 0 ? 0.1 : -0.02)),
    ]),
  );
  network.backward(slopes);
  const results = Array.from(network.parameters.values(), ({ values, gradient }) =>
    Float32Array.from(gradient ?? values),
  );
  network.dispose();
  return [...logits.values(), ...results];
}
