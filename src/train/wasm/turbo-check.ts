/** Whether turbo's training kernels compute what the ordinary ones do: a training step, bit for bit. */
import { joinFlags } from "../../backends/wasm/turbo.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { Random } from "../../random.ts";
import { initialize } from "../initialize.ts";
import { planTraining } from "../plan.ts";
import { buildWasmNetwork } from "./network.ts";
import { plainEngine, type TrainingEngine } from "./turbo.ts";

const [batch, classes] = [9, 5];

/**
 * Takes a step on both builds, with channels and samples of even and odd numbers of tiles. Every kernel
 * is compiled by the optimising compiler, the one that joins vectors; the ordinary ones while it may
 * not, unless they were compiled before.
 *
 * @param setFlag - Sets a flag of V8; that for joining vectors stays set.
 * @returns What differs; undefined where nothing does.
 */
export async function trainingDifferenceOf(
  engine: TrainingEngine,
  setFlag: (flag: string) => void,
): Promise<string | undefined> {
  setFlag("--no-liftoff");
  try {
    setFlag(joinFlags.off);
    const expected = await takeStep(plainEngine);
    setFlag(joinFlags.on);
    const received = await takeStep(engine);
    for (const [name, values] of expected) {
      const others = received.get(name) as Float32Array;
      const at = values.findIndex((value, i) => !Object.is(value, others[i]));
      if (at >= 0) {
        return `this engine's joined vectors give ${others[at]} where ${values[at]} is right`;
      }
    }
    return undefined;
  } finally {
    setFlag(joinFlags.on);
    setFlag("--liftoff");
  }
}

/** Everything that a step computes, by name. */
async function takeStep(engine: TrainingEngine): Promise<ReadonlyMap<string, Float32Array>> {
  const plan = planTraining(mobilenetV2({ width: 0.35, resolution: 40, classes }));
  const network = await buildWasmNetwork(plan, { batch }, engine);
  initialize(network, { seed: 1 });
  const random = new Random(1);
  for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
  const results = new Map<string, Float32Array>();
  const logits = network.forward(batch, { training: true });
  results.set("logits", Float32Array.from(logits));
  network.backward(logits.map((_, i) => (i % classes === 0 ? 0.1 : -0.02)));
  for (const { name, values, gradient } of network.parameters.values()) {
    results.set(name, Float32Array.from(gradient ?? values));
  }
  network.dispose();
  return results;
}
