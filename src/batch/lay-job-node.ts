/** A job's own files, laid where all machines see them, and taken away when nobody needs them. */
import type { BatchModel } from "./job.ts";
import { storeModel } from "./model-node.ts";
import { type Named, namedText } from "./named-file.ts";
import { jobPlace, modelPlace } from "./places.ts";
import type { JobStorage } from "./storage.ts";

/** A job that may have a model. */
type ModelJob = Named<{ readonly model?: BatchModel | undefined }>;

/** Lays a job out where it is not there; the file that says so comes last. */
export async function layJob(
  storage: JobStorage,
  job: ModelJob,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const text = namedText(job);
  const found = await storage.get(jobPlace);
  if (found !== undefined && new TextDecoder().decode(found) === text) return;
  if (job.model !== undefined) await storeModel(storage, job.model, files);
  await storage.put(jobPlace, text, true);
}

/** Takes it away; what lies beside it has to be gone by then. */
export async function removeJob(storage: JobStorage, { model }: ModelJob): Promise<void> {
  for (const { path } of model?.files ?? []) await storage.remove(modelPlace(path));
  await storage.remove(jobPlace);
  // Of a folder, which buckets do not have.
  await storage.remove("");
}
