/** How long the variants take in this engine, in float32 and in 8 bits, all of them in turns. */
import {
  compile,
  mobilenetV2,
  wasmBackend,
  withRandomInt8Weights,
  withRandomWeights,
} from "../../index.ts";
import type { PartContext } from "../experiment.ts";
import { measureRuns, middleOf } from "../run-times.ts";
import type { Latencies, TradeOffSettings, TradeOffValue } from "./values.ts";

/** One thread; weights are random, which costs the same. */
export async function measureLatencies(
  { timed, rounds }: TradeOffSettings,
  { progress }: PartContext<TradeOffValue>,
): Promise<Latencies> {
  const participants = [];
  try {
    for (const [i, [width = 1, resolution = 224]] of timed.entries()) {
      await progress((0.2 * i) / timed.length);
      for (const precision of ["float32", "int8"] as const) {
        const bare = mobilenetV2({ width, resolution });
        const weighted =
          precision === "int8" ? withRandomInt8Weights(bare) : withRandomWeights(bare);
        const executable = await wasmBackend.prepare(compile(weighted, wasmBackend.target));
        participants.push({ width, resolution, precision, executable });
      }
    }
    const times = await measureRuns(
      participants.map(({ executable }) => executable),
      rounds,
      async (share) => await progress(0.2 + 0.8 * share),
    );
    return {
      kind: "latencies",
      rows: participants.map(({ width, resolution, precision }, i) => {
        return { width, resolution, precision, milliseconds: middleOf(times[i]!) };
      }),
    };
  } finally {
    for (const { executable } of participants) executable.dispose();
  }
}
