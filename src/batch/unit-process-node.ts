/**
 * The process that looks at pictures, one unit at a time. It is a process and no thread, because a decoder's
 * crash or a machine that is out of memory ends all threads at once; the one that started it sees it die
 * and stays. It holds the model of the last job, and ends when nobody is left to tell.
 */
import { describeError, MobileNetError } from "../errors.ts";
import { type JobModel, loadJobModel, makeUnit } from "./compute-node.ts";
import { openStorage } from "./open-storage-node.ts";
import { parquetWriter } from "./parquet-node.ts";
import type { UnitMessage, UnitRequest } from "./unit-messages.ts";

let held: { readonly key: string; readonly model: Promise<JobModel> } | undefined;

function tell(message: UnitMessage): void {
  process.send?.(message);
}

async function modelOf({ job, modelPlace }: UnitRequest): Promise<JobModel> {
  if (held?.key === job.id) return await held.model;
  const before = held;
  held = { key: job.id, model: loadJobModel(job, modelPlace) };
  (await before?.model.catch(() => undefined))?.dispose();
  try {
    return await held.model;
  } catch (error) {
    held = undefined;
    throw error;
  }
}

async function answer(request: UnitRequest): Promise<void> {
  try {
    const { job, ticket } = request;
    const storage = await openStorage(ticket.out);
    const model = await modelOf(request);
    const writeParquet = job.outputs.parquet ? await parquetWriter() : undefined;
    await makeUnit(job, ticket, {
      ...{ storage, model, writeParquet },
      signal: new AbortController().signal,
      onPicture: () => tell({ kind: "picture" }),
    });
    tell({ kind: "done" });
  } catch (error) {
    const known =
      error instanceof MobileNetError
        ? error
        : new MobileNetError("internal", "a unit could not be made", {
            received: describeError(error),
          });
    tell({ kind: "failed", error: known.toJSON() });
  }
}

process.on("message", (request: UnitRequest) => void answer(request));
// Ctrl-C goes to all processes of a terminal; the one that started this one says when it ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
