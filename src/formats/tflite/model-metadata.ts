/** What this library says of a model in a TensorFlow Lite file: an entry of the file's metadata. */
import { MobileNetError } from "../../errors.ts";
import { type ModelMetadata, metadataName, readModelDescription } from "../model-description.ts";
import { FlatTable } from "./flatbuffer.ts";

const most = { entries: 256, buffers: 100_000 };

/**
 * A file's entry; undefined where it has none.
 *
 * @throws MobileNetError `invalid-model` where an entry is there and malformed.
 */
export function readModelMetadata(file: Uint8Array): ModelMetadata | undefined {
  const root = FlatTable.root(file, "TFL3");
  const entry = root.tables(6, most.entries).find((table) => table.text(0, 64) === metadataName);
  if (entry === undefined) return undefined;
  const bytes = root.tables(4, most.buffers)[entry.uint32(1)]?.bytes(0);
  if (bytes !== undefined) return readModelDescription(bytes);
  throw new MobileNetError("invalid-model", "the file's own description is malformed", {
    node: metadataName,
    expected: "an entry with bytes",
    received: "none",
  });
}
