/** Training in WebAssembly, on the build of the kernels that is the fastest here. */
import { checkSettings } from "../../check-fields.ts";
import { type NetworkOptions, networkOptionKinds, type TrainingNetwork } from "../network.ts";
import { checkPlan, type TrainingPlan } from "../plan.ts";
import { chooseEngine } from "./turbo.ts";
import { createNetworkOn } from "./wasm-network.ts";

/**
 * A plan with memory for WebAssembly; all parameters are 0 at first.
 *
 * @throws MobileNetError `unsupported` where there is no WebAssembly with SIMD or not enough memory for
 *   the batch (4 GB at most); `invalid-argument` for options out of range.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = await createWasmNetwork(plan, { batch: 2, dropout: 0.2 });
 * initialize(network, { seed: 1 });
 * const logits = network.forward(2, { training: true }).get("classifier") ?? new Float32Array();
 * network.backward(new Map([["classifier", logits.map((logit) => logit / 2)]]));
 * logits.length; // 6
 * network.parameters.get("classifier/bias")?.gradient?.length; // 3
 * network.dispose();
 * ```
 */
export async function createWasmNetwork(
  plan: TrainingPlan,
  options: NetworkOptions,
): Promise<TrainingNetwork> {
  checkPlan(plan, "createWasmNetwork");
  checkSettings(options, networkOptionKinds, "createWasmNetwork");
  return createNetworkOn(await chooseEngine(), plan, options);
}
