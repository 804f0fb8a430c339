/** How long networks of several widths and resolutions take, one after another, on one thread. */
import { compile, countCost, mobilenetV2, wasmBackend, withRandomWeights } from "mobilenetv2";
import type { NetworkSize, OnShare, OnVariant } from "../understand-api.ts";
import { timeRuns, turn } from "./measure.ts";

/** Of each network, beside making it. */
const thoroughness = { atMost: 1000, atLeast: 2 };

/**
 * Measures networks with random weights, which cost the same as trained ones. One is in memory at a time.
 *
 * @throws MobileNetError `aborted` where the signal says so.
 */
export async function measureVariants(
  sizes: readonly NetworkSize[],
  {
    signal,
    onVariant,
    onShare,
  }: {
    readonly signal: AbortSignal;
    readonly onVariant: OnVariant;
    readonly onShare: OnShare;
  },
): Promise<void> {
  for (const [i, { width, resolution }] of sizes.entries()) {
    onShare(i / sizes.length);
    await turn(signal);
    const graph = mobilenetV2({ width, resolution });
    const { parameters, multiplyAdds } = countCost(graph);
    const program = compile(withRandomWeights(graph), wasmBackend.target);
    const executable = await wasmBackend.prepare(program);
    try {
      const [milliseconds] = await timeRuns([executable], thoroughness, signal);
      onVariant({ width, resolution, parameters, multiplyAdds, milliseconds: milliseconds! });
    } finally {
      executable.dispose();
    }
  }
}
