/** A job over pictures that are listed and lie nowhere: for those who make its shards without looking. */
import { beginJob } from "../../src/batch/begin-node.ts";
import type { BatchJob } from "../../src/batch/job.ts";
import type { JobStorage } from "../../src/batch/storage.ts";

/** The path of a picture, counted from 0. */
export const listedPath = (i: number): string => `${Math.floor(i / 1000)}/picture-${i}.jpg`;

/** Begins it. */
export async function beginListedJob(
  storage: JobStorage,
  {
    pictures,
    unit,
    signal,
    pathOf = listedPath,
  }: { pictures: number; unit: number; signal: AbortSignal; pathOf?: (i: number) => string },
): Promise<BatchJob> {
  const { job } = await beginJob({
    storage,
    request: {
      ...{ verb: "classify", versions: {}, backend: "wasm", call: {}, unit },
      model: { named: "cifar10", hash: "0".repeat(64), said: {} },
      outputs: { parquet: false, vectors: "npy" },
    },
    sources: [
      {
        ...{ kind: "folder", named: "photos", place: "/photos" },
        *pictures() {
          for (let i = 0; i < pictures; i++) yield { path: pathOf(i) };
        },
      },
    ],
    files: new Map(),
    signal,
  });
  return job;
}
