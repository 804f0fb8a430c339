/**
 * Downloads a record's files from their addresses on the web. Each is as long as the record says and
 * no byte longer, and is taken only if its SHA-256 fits; the first that fails stops the others.
 */

import { MobileNetError, throwIfAborted } from "../errors.ts";
import { fileNameOf, type ModelFiles } from "../formats/files.ts";
import { ByteBudget, readAll } from "../formats/reading.ts";
import { isPublished } from "./cache-node.ts";
import { carriedRemedy } from "./carried-model.ts";
import { type ConnectionOptions, connect } from "./connection-node.ts";
import type { FetchOptions } from "./fetch-url.ts";
import { addressOfFile, type HubFile, type Published, type UrlPublished } from "./record.ts";
import { shownAddress } from "./web-address.ts";

/**
 * The record's files by their paths, downloaded except for those that are at hand.
 *
 * @throws MobileNetError `network`, `not-found` or `integrity`, each naming the address and what to
 *   do without a connection; `aborted`.
 */
export async function downloadFiles(
  record: UrlPublished,
  atHand: ModelFiles,
  options: FetchOptions & ConnectionOptions = {},
): Promise<ModelFiles> {
  throwIfAborted(options.signal);
  const { get } = await connect(options);
  const missing = record.source.files.filter(({ path }) => !atHand.has(path));
  const totalBytes = missing.reduce((total, { bytes }) => total + bytes, 0);
  let loadedBytes = 0;
  const onBytes = (bytes: number): void => {
    loadedBytes += bytes;
    options.onProgress?.({ name: record.name, loadedBytes, totalBytes });
  };
  try {
    const downloaded = await readAll(missing, options.signal, async (file, signal) => {
      const budget = new ByteBudget(file.bytes);
      const bytes = await get(addressOfFile(record, file), budget, { signal, onBytes });
      if (!isPublished(bytes, file)) throw damaged(record, file);
      return [file.path, bytes] as const;
    });
    return new Map([...atHand, ...downloaded]);
  } catch (error) {
    throwIfAborted(options.signal);
    throw explained(record, missing, error);
  }
}

/** What to do where a record's files cannot be downloaded. */
export function placingRemedy({ source }: Published): string {
  const names = source.files.map(({ path }) => fileNameOf(path)).join(", ");
  return `Put ${names} into a folder and name that folder in MOBILENETV2_MODELS.`;
}

function damaged(record: UrlPublished, file: HubFile): MobileNetError {
  return new MobileNetError("integrity", "the file is not the published one", {
    node: shownAddress(addressOfFile(record, file)),
    expected: `${file.bytes} bytes with SHA-256 ${file.sha256}`,
    received: "other bytes",
    remedy: `Nothing of it was kept. Try again, or place the files yourself. ${placingRemedy(record)}`,
  });
}

/** The failure of a download with the address and the way around it. */
function explained(record: UrlPublished, missing: readonly HubFile[], error: unknown): unknown {
  if (!(error instanceof MobileNetError) || error.code === "integrity") return error;
  const addresses = missing.map((file) => shownAddress(addressOfFile(record, file))).join(", ");
  // More bytes than published are other bytes.
  const code = error.code === "invalid-model" ? "integrity" : error.code;
  return new MobileNetError(code, "the model cannot be downloaded", {
    node: record.name,
    expected: addresses,
    received: error.received ?? error.message,
    remedy: `Check the connection, or download them where there is one. ${placingRemedy(record)} ${carriedRemedy(record)}`,
    cause: error,
  });
}
