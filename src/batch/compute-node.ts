/**
 * From a unit to its shard: a pure function of the job, the pictures and what was set aside. Whoever runs
 * it, and how often, the bytes are the same.
 */
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ItemFacts } from "../json/items.ts";
import { workInOrder } from "../tasks/in-order.ts";
import { load } from "../tasks/node.ts";
import { elide, printable } from "../untrusted.ts";
import { readAside, setAsideWords } from "./aside.ts";
import { type BatchJob, chunkOf } from "./job.ts";
import { type ListedPicture, pictureName } from "./listing.ts";
import { openJobModel } from "./model-node.ts";
import { shardPlace } from "./places.ts";
import { readChunk, unitOf } from "./read-chunk-node.ts";
import { readListed } from "./read-picture-node.ts";
import { ShardBuilder, type WriteParquet } from "./shard.ts";
import type { JobStorage } from "./storage.ts";
import type { TicketOf } from "./ticket.ts";

/** Failures that are a picture's own; others are the machine's, and the unit is tried again. */
const machineCodes: readonly string[] = [
  ...["network", "memory", "integrity", "aborted", "disposed", "worker-lost"],
  ...["missing-dependency", "internal"],
];

/** What a job's model answers. */
export interface JobModel {
  readonly facts: ItemFacts["model"];
  answer(bytes: Uint8Array, signal: AbortSignal): Promise<unknown>;
  dispose(): void;
}

/** Loads the model of a job from where `placeJobModel` put it. */
export async function loadJobModel(job: BatchJob, place: string): Promise<JobModel> {
  const { verb, backend, call } = job;
  const model = await openJobModel(place, job.model);
  const loaded = await load(verb, model, { backend, threads: 1 });
  const answer = (loaded as unknown as Readonly<Record<string, JobAnswer>>)[verb]!;
  return {
    facts: loaded,
    answer: (bytes, signal) => answer(bytes, { ...call, signal }),
    dispose: () => loaded.dispose(),
  };
}

type JobAnswer = (bytes: Uint8Array, options: object) => Promise<unknown>;

/** What a unit is made with. */
export interface UnitTools {
  readonly storage: JobStorage;
  readonly model: JobModel;
  readonly writeParquet: WriteParquet | undefined;
  readonly signal: AbortSignal;
  /** Told of each picture that is done, so that a unit that stands still is noticed. */
  readonly onPicture: () => void;
}

/** Makes a unit's shard and writes it; of a part of a unit, nothing is written. */
export async function makeUnit(
  job: BatchJob,
  ticket: TicketOf<"unit">,
  tools: UnitTools,
): Promise<void> {
  const { storage, signal, writeParquet } = tools;
  const { unit, part } = ticket;
  const pictures = unitOf(job, unit, await readChunk(storage, job, chunkOf(unit)));
  const [from, to] = part ?? [0, pictures.length];
  const aside = (await readAside(storage, unit)).pictures;
  const shard = await lookAt(
    job,
    pictures.slice(from, to).map((picture, i) => ({ picture, isAside: aside.has(from + i) })),
    tools,
  );
  throwIfAborted(signal);
  if (part !== undefined) return;
  for (const [ending, bytes] of shard.files(writeParquet)) {
    await storage.put(shardPlace(unit, ending), bytes);
  }
}

interface Looked {
  readonly picture: ListedPicture;
  readonly isAside: boolean;
}

async function lookAt(
  job: BatchJob,
  pictures: readonly Looked[],
  { model, signal, onPicture }: UnitTools,
): Promise<ShardBuilder> {
  const shard = new ShardBuilder(job);
  const answer = async ({ picture, isAside }: Looked, _: number, stopped: AbortSignal) => {
    if (isAside) throw new MobileNetError("invalid-image", setAsideWords);
    const bytes = await readListed(picture, job.sources[picture.source]!, stopped);
    return await model.answer(bytes, stopped);
  };
  for await (const outcome of workInOrder(pictures, { signal }, answer)) {
    const { source, path } = pictures[outcome.index]!.picture;
    const image = pictureName(job.sources[source]!, path);
    if (!outcome.failed) shard.add(outcome.value, { image, model: model.facts });
    else {
      throwIfAborted(signal);
      const { reason } = outcome;
      if (reason instanceof MobileNetError && machineCodes.includes(reason.code)) throw reason;
      shard.addFailed(image, errorWords(reason));
    }
    onPicture();
  }
  return shard;
}

/** An error as one printable line. */
function errorWords(error: unknown): string {
  return printable(elide(describeError(error), 2000).replace(/\s+/g, " ").trim());
}
