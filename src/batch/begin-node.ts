/**
 * Begins a job, or finds the one that was begun: the listing is frozen and the model laid beside it before
 * `job.json` says that there is a job.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { freezeListing } from "./freeze-node.ts";
import { type BatchJob, type BatchJobBody, readJob } from "./job.ts";
import { storeModel } from "./model-node.ts";
import { namedText, nameOf } from "./named-file.ts";
import { jobPlace } from "./places.ts";
import type { BatchInput } from "./sources-node.ts";
import type { JobStorage } from "./storage.ts";

/** What a job is, but for its listing. */
export type BatchRequest = Omit<BatchJobBody, "format" | "sources" | "pictures" | "chunks">;

/** How a job is begun. */
export interface Beginning {
  readonly storage: JobStorage;
  readonly request: BatchRequest;
  readonly sources: readonly BatchInput[];
  /** Of the model. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly signal: AbortSignal;
  readonly onProgress?: ((pictures: number) => void) | undefined;
}

/**
 * A job that was begun before.
 *
 * @throws MobileNetError `not-found` where there is none, `invalid-data` where it is damaged.
 */
export async function findJob(storage: JobStorage): Promise<BatchJob> {
  const bytes = await storage.get(jobPlace);
  if (bytes !== undefined) return readJob(bytes, `${storage.address}/${jobPlace}`);
  throw new MobileNetError("not-found", "there is no batch job", {
    node: storage.address,
    expected: `the --out of mobilenetv2 batch, with ${jobPlace}`,
    remedy: "Begin one with mobilenetv2 batch classify INPUT --out OUT.",
  });
}

/**
 * Begins a job where there is none, else goes on with the one that is there.
 *
 * @throws MobileNetError `invalid-argument` where another job is there.
 */
export async function beginJob(
  given: Beginning,
): Promise<{ readonly job: BatchJob; readonly resumed: boolean }> {
  const { storage, request, files, signal, onProgress } = given;
  const sources = given.sources.map(({ kind, named, place }) => ({ kind, named, place }));
  const bytes = await storage.get(jobPlace);
  if (bytes !== undefined) {
    const job = readJob(bytes, `${storage.address}/${jobPlace}`);
    requireSame(job, { ...request, sources }, storage.address);
    return { job, resumed: true };
  }
  const { unit } = request;
  const listing = await freezeListing(given.sources, storage, { unit, signal, onProgress });
  await storeModel(storage, request.model, files);
  const body: BatchJobBody = { format: 1, ...request, sources, ...listing };
  const job = { id: nameOf(body), ...body };
  await storage.put(jobPlace, namedText(job), true);
  return { job, resumed: false };
}

/** Refuses to go on with a job that was begun otherwise. */
function requireSame(
  job: BatchJob,
  wanted: Pick<BatchJobBody, keyof BatchRequest | "sources">,
  place: string,
): void {
  // As a file has it: what is undefined is absent.
  const text = (value: unknown): string => JSON.stringify(value) ?? "nothing";
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  const other = names.find((name) => text(wanted[name]) !== text(job[name]));
  if (other === undefined) return;
  throw new MobileNetError(
    "invalid-argument",
    `another job was begun there: its ${other} differs`,
    {
      node: place,
      expected: quote(text(job[other])),
      received: quote(text(wanted[other])),
      remedy: "Name another --out, or go on with it by mobilenetv2 batch resume OUT.",
    },
  );
}
