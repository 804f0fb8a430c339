/** How long the variants take in this engine, in float32 and in 8 bits, all of them in turns. */
import {
  compile,
  mobilenetV2,
  wasmBackend,
  withRandomInt8Weights,
  withRandomWeights,
} from "../../index.ts";
import { measureInTurns, timeCall } from "../../timing.ts";
import type { PartContext } from "../experiment.ts";
import { middleOf } from "../middle.ts";
import type { Latencies, TradeOffSettings, TradeOffValue } from "./values.ts";

const warmUps = 2;

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
    const times = await measureInTurns(
      participants,
      { rounds, warmUps },
      async ({ executable }, round) => {
        await progress(0.2 + (0.8 * Math.max(0, round)) / rounds);
        const run = (): number => {
          executable.input().fill(0.5);
          return timeCall(() => executable.run());
        };
        // The first run brings this network's weights back into the caches.
        run();
        return run();
      },
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
