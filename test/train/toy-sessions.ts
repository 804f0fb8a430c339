/**
 * A short session of each task that is the same bits wherever it runs: pictures, first values and rates
 * come from whole numbers and need no function whose last bit is an engine's own.
 */
import { crc32 } from "../../src/formats/crc32.ts";
import { Random } from "../../src/random.ts";
import type * as training from "../../src/train/common.ts";
import type { TrainingNetwork } from "../../src/train/network.ts";
import { boxData } from "./toy-boxes.ts";
import { shadeData } from "./toy-shades.ts";
import { squareData } from "./toy-squares.ts";

/** What a session leaves: the losses of its steps, a checksum of all weights, and how it ran. */
export interface ToyOutcome {
  readonly losses: readonly number[];
  readonly weights: number;
  readonly description: string;
}

export const toyTasks = ["classify", "detect", "segment"] as const;

/** Runs one. */
export async function toySession(
  { openSession, recipes }: Pick<typeof training, "openSession" | "recipes">,
  task: (typeof toyTasks)[number],
  threads: number,
): Promise<ToyOutcome> {
  const recipe = {
    ...recipes.small,
    ...{ epochs: 1, batch: 4, averageDecay: 0 },
    schedule: { learningRate: 0.01, decay: { kind: "constant" } },
    augmentation: task === "classify" ? recipes.small.augmentation : { flip: true },
  } as const;
  const shared = { recipe, seed: 1, width: 0.1, threads };
  const session =
    task === "classify"
      ? await openSession({ ...shared, data: shadeData(16, 4), resolution: 32 })
      : task === "detect"
        ? await openSession({ ...shared, task, data: boxData(4, 0), resolution: 96 })
        : await openSession({ ...shared, task, data: squareData(4), resolution: 48 });
  try {
    setValues(session.network);
    const losses: number[] = [];
    for await (const event of session.run()) if (event.kind === "step") losses.push(event.loss);
    const values = [...session.network.parameters.values()].map((one) => checksum(one.values));
    const weights = crc32(new Uint8Array(Uint32Array.from(values).buffer));
    return { losses, weights, description: session.description };
  } finally {
    session.dispose();
  }
}

/** First values without a logarithm or a cosine. */
function setValues(network: TrainingNetwork): void {
  for (const [at, { role, values }] of [...network.parameters.values()].entries()) {
    if (role !== "weights") continue;
    const random = new Random(2, at);
    for (let i = 0; i < values.length; i++) values[i] = random.between(-0.25, 0.25);
  }
}

function checksum(values: ArrayLike<number>): number {
  return crc32(new Uint8Array(Float32Array.from(values).buffer));
}
