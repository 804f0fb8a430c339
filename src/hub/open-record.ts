/** A hub record's files as a source of a model: the record says everything about its weights. */
import { decodeText, type ModelFiles, requireFile } from "../formats/files.ts";
import type { OpenRequest } from "../formats/open-model.ts";
import { bytesSource, type FileSource } from "../formats/sources.ts";
import type { HubRecord } from "./record.ts";

/** Where a model's files are, and what is known of it before they are read. */
export interface LocatedModel {
  readonly source: FileSource;
  readonly request: OpenRequest;
}

/**
 * A hub record's model among its files.
 *
 * @param files - By their paths in the record, as `pull` gives them.
 */
export function locateRecord(
  record: HubRecord,
  files: ModelFiles,
  signal?: AbortSignal | undefined,
): LocatedModel {
  const { name } = record;
  const labels =
    "file" in record.labels ? labelLines(requireFile(files, record.labels.file)) : record.labels;
  const request = { name, published: { ...record, labels }, signal };
  return { source: bytesSource(files), request };
}

/** The lines of a file of labels; a line break at its end begins no other. */
function labelLines(bytes: Uint8Array): readonly string[] {
  const lines = decodeText(bytes).split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
