/**
 * The states of a run's shards after a round, and the one that all of them go on from: every value is the
 * mean, added in the order of the shards in double precision, so that it hangs on their number and on
 * nothing else. What no shard changes, the best epoch and its weights, stays with whoever averages.
 */
import { MobileNetError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import type { Safetensors } from "../formats/safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import type { RunProgress } from "./checkpoint.ts";
import { damagedCheckpoint, openCheckpoint, sealCheckpoint } from "./checkpoint-file.ts";

/** What a state says of where it is. */
export interface RoundPosition {
  readonly progress: RunProgress;
  readonly optimizerSteps: number;
}

const best = "best:";

/** Counted within an epoch by each shard for itself. */
const sums = ["lossSum", "correct", "samples"] as const;

const isBest = (name: string): boolean => name.startsWith(best);

/**
 * Where a state is.
 *
 * @throws MobileNetError `invalid-model` for other bytes.
 */
export function positionOf(state: Uint8Array): RoundPosition {
  return numbersOf(openCheckpoint(state));
}

/** A state as shards need it: without the best epoch's weights, which are as many bytes again. */
export function withoutBest(state: Uint8Array): Uint8Array {
  const contents = openCheckpoint(state);
  const { progress, ...numbers } = numbersOf(contents);
  const tensors = new Map([...contents.tensors].filter(([name]) => !isBest(name)));
  return seal({ ...contents, tensors }, { ...numbers, progress: { ...progress, bestEpoch: 0 } });
}

/**
 * The state after a round.
 *
 * @param before - The state that the round went on from.
 * @param states - Those of the shards after it, in their order.
 * @throws MobileNetError `invalid-model` where one is damaged, or of another run or round.
 */
export function meanState(before: Uint8Array, states: readonly Uint8Array[]): Uint8Array {
  const start = openCheckpoint(before);
  const shards = states.map(openCheckpoint);
  const begun = numbersOf(start);
  const ends = shards.map(numbersOf);
  const [first] = ends;
  if (first === undefined) throw new MobileNetError("internal", "a round without shards");
  for (const [index, shard] of shards.entries()) {
    const node = `shard ${index}`;
    requireSame(node, "settings", start.metadata["settings"], shard.metadata["settings"]);
    for (const name of ["epoch", "step"] as const) {
      requireSame(node, name, first.progress[name], ends[index]!.progress[name]);
    }
    const names = [...shard.tensors.keys()].filter((name) => !isBest(name)).length;
    const wanted = [...start.tensors.keys()].filter((name) => !isBest(name)).length;
    requireSame(node, "values", wanted, names);
  }
  const tensors = new Map<string, Tensor<"float32">>(start.tensors);
  for (const [name, { shape, data }] of start.tensors) {
    if (isBest(name)) continue;
    const parts = shards.map(({ tensors: of }, index) => {
      const part = of.get(name)?.data;
      if (part instanceof Float32Array && part.length === data.length) return part;
      const received = part === undefined ? "nothing" : `${part.length} values`;
      throw damagedCheckpoint(`shard ${index}: ${name}`, `${data.length} numbers`, received);
    });
    tensors.set(name, { dtype: "float32", shape, data: meanOf(parts) });
  }
  const counted = sums.map((name) => {
    const added = ends.reduce(
      (sum, { progress }) => sum + progress[name] - begun.progress[name],
      0,
    );
    return [name, begun.progress[name] + added];
  });
  const { epoch, step } = first.progress;
  return seal(
    { ...start, tensors },
    {
      // A shard whose samples could not be read takes no step.
      optimizerSteps: Math.max(...ends.map(({ optimizerSteps }) => optimizerSteps)),
      progress: { ...begun.progress, ...Object.fromEntries(counted), epoch, step },
    },
  );
}

function meanOf(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(parts[0]?.length ?? 0);
  for (let i = 0; i < mean.length; i++) {
    let sum = 0;
    for (const part of parts) sum += part[i]!;
    mean[i] = sum / parts.length;
  }
  return mean;
}

function seal({ tensors, metadata }: Safetensors, numbers: RoundPosition): Uint8Array {
  const { settings = "" } = metadata;
  return sealCheckpoint({ tensors, metadata: { state: JSON.stringify(numbers), settings } });
}

function numbersOf({ metadata }: Safetensors): RoundPosition {
  const numbers = parsed(metadata["state"] ?? "");
  const progress = isRecord(numbers) ? numbers["progress"] : undefined;
  const names = ["epoch", "step", ...sums, "bestHeadline", "bestLoss", "bestEpoch"] as const;
  const isWhole =
    isRecord(numbers) &&
    Number.isFinite(numbers["optimizerSteps"]) &&
    isRecord(progress) &&
    names.every((name) => Number.isFinite(progress[name]));
  if (!isWhole) throw damagedCheckpoint("state", "the run's numbers as JSON", "something else");
  return numbers as unknown as RoundPosition;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requireSame(node: string, what: string, expected: unknown, received: unknown): void {
  if (expected === received) return;
  throw new MobileNetError("invalid-model", "a shard's state is of another run or round", {
    ...{ node, expected: `${what} ${quote(expected)}`, received: quote(received) },
  });
}
