/** The process that looks at pictures, one unit at a time. It holds the model of the last job. */
import { type JobModel, loadJobModel, makeUnit } from "./compute-node.ts";
import { openStorage } from "./open-storage-node.ts";
import { parquetWriter } from "./parquet-node.ts";
import { LastOpened, serveRequests } from "./serve-requests-node.ts";
import type { UnitRequest } from "./unit-messages.ts";

const models = new LastOpened<JobModel>();

serveRequests<UnitRequest>(async ({ job, ticket, modelPlace, opensOnly }, alive) => {
  const storage = await openStorage(ticket.out);
  const model = await models.get(job.id, () => loadJobModel(job, modelPlace));
  if (opensOnly) return;
  const writeParquet = job.outputs.parquet ? await parquetWriter() : undefined;
  await makeUnit(job, ticket, {
    ...{ storage, model, writeParquet },
    signal: new AbortController().signal,
    onPicture: alive,
  });
});
