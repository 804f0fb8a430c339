/** From a hub record and its files to a model: the record says everything about its weights. */
import { type ModelFiles, requireFile } from "../formats/files.ts";
import { labelLines } from "../formats/labels.ts";
import { openModel } from "../formats/open-model.ts";
import { bytesSource } from "../formats/sources.ts";
import type { Model } from "../models/model.ts";
import type { HubRecord } from "./record.ts";

/**
 * The model of a hub record.
 *
 * @param files - By their paths in the record, as `pull` gives them.
 * @throws MobileNetError `invalid-model` where the files do not hold the record's weights.
 */
export async function openRecord(
  record: HubRecord,
  files: ModelFiles,
  signal?: AbortSignal | undefined,
): Promise<Model> {
  const { name } = record;
  const labels =
    "file" in record.labels ? labelLines(requireFile(files, record.labels.file)) : record.labels;
  return await openModel(bytesSource(files), { name, published: { ...record, labels }, signal });
}
