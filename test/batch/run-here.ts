/** A whole job within the test's own process: everything but the processes. */
import { beginJob } from "../../src/batch/begin-node.ts";
import { loadJobModel, makeUnit } from "../../src/batch/compute-node.ts";
import { coordinate } from "../../src/batch/coordinate-node.ts";
import type { BatchJob, BatchOutputs } from "../../src/batch/job.ts";
import { localQueue } from "../../src/batch/local-queue.ts";
import {
  describeModelFiles,
  placeJobModel,
  readHashed,
  storeModel,
} from "../../src/batch/model-node.ts";
import { openStorage } from "../../src/batch/open-storage-node.ts";
import { parquetWriter } from "../../src/batch/parquet-node.ts";
import { findSources } from "../../src/batch/sources-node.ts";
import type { Verb } from "../../src/tasks/task-names.ts";
import { onUnits } from "./unit-tickets.ts";

/** What is asked. */
export interface HereRequest {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly verb?: Verb;
  readonly model?: string;
  readonly call?: object;
  readonly outputs?: Partial<BatchOutputs>;
  readonly unit?: number;
}

/** Runs a job to its end. */
export async function runHere({ inputs, out, ...given }: HereRequest): Promise<BatchJob> {
  const { verb = "classify", model = "cifar10", call = {}, outputs, unit = 4 } = given;
  const storage = await openStorage(out);
  const read = await readHashed(model, {});
  const described = describeModelFiles(model, read, {});
  const stop = new AbortController();
  const { job } = await beginJob({
    storage,
    request: {
      ...{ verb, versions: {}, backend: "wasm", model: described, call, unit },
      outputs: { parquet: false, vectors: "safetensors", ...outputs },
    },
    sources: await findSources(inputs, storage.address),
    files: read.files,
    signal: stop.signal,
  });
  await storeModel(storage, job.model, read.files);
  const loaded = await loadJobModel(job, await placeJobModel(storage, job.model));
  const writeParquet = job.outputs.parquet ? await parquetWriter() : undefined;
  const queue = localQueue();
  const tools = {
    storage,
    model: loaded,
    writeParquet,
    signal: stop.signal,
    onPicture: () => undefined,
  };
  const ended = queue.work(
    onUnits(async (ticket, attempt) => {
      try {
        await makeUnit(job, ticket, tools);
        return { kind: "done" };
      } catch (error) {
        const reason = error instanceof Error ? error.message : "?";
        return attempt < 3 ? { kind: "retry", reason } : { kind: "failed", lost: false, reason };
      }
    }),
    { concurrency: 2, signal: stop.signal },
  );
  try {
    await coordinate({ storage, job, queue, ahead: 16, signal: stop.signal });
    return job;
  } finally {
    stop.abort();
    await ended;
    loaded.dispose();
  }
}
