/** What machines have to know of a command's labelled pictures, and of its model, to work on them. */
import { basename, resolve } from "node:path";
import type { DataJobBody } from "../batch/data-job.ts";
import type { BatchModel } from "../batch/job.ts";
import { describeModelFiles, readHashed } from "../batch/model-node.ts";
import { ownVersions } from "../batch/versions-node.ts";
import type { ModelOptions } from "../formats/model-options.ts";
import { isPublishedData } from "./train/load-data.ts";

/** Describes pictures: files lie under the same paths everywhere. */
export async function describeDataJob({
  backend,
  data,
  list,
  damaged = "skip",
}: {
  readonly backend: DataJobBody["backend"];
  readonly data: string;
  readonly list: string | undefined;
  readonly damaged: DataJobBody["damaged"] | undefined;
}): Promise<Omit<DataJobBody, "model">> {
  return {
    format: 1,
    versions: await ownVersions(["mobilenetv2", "sharp", "libvips", "node"]),
    backend,
    data: isPublishedData(data) ? data : resolve(data),
    ...(list !== undefined && { list: resolve(list) }),
    damaged,
  };
}

/** Describes a model, with the files of one that is not published. */
export async function describeDataModel(
  named: string,
  said: ModelOptions,
): Promise<{ readonly model: BatchModel; readonly files: ReadonlyMap<string, Uint8Array> }> {
  const read = await readHashed(named, said);
  const model = describeModelFiles(named, read, said);
  // Files that are laid beside the job need no more than a name for messages.
  const shown = model.files === undefined ? named : basename(named);
  return { model: { ...model, named: shown }, files: read.files };
}
