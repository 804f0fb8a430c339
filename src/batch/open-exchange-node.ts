/** The place of a job of training or evaluation, below the one that its machines share. */
import { resolve } from "node:path";
import type { Named } from "./named-file.ts";
import { openStorage } from "./open-storage-node.ts";
import { isBucketAddress } from "./s3-node.ts";
import type { JobStorage } from "./storage.ts";

/**
 * Opens it.
 *
 * @param exchange - The folder or bucket that machines share.
 * @param kind - How its name begins.
 * @throws MobileNetError as `openStorage`.
 */
export async function openExchange(
  exchange: string,
  kind: "rounds" | "evaluation",
  { id }: Named<object>,
): Promise<JobStorage> {
  const place = isBucketAddress(exchange) ? exchange : resolve(exchange);
  return await openStorage(`${place.replace(/\/+$/, "")}/${kind}-${id}`);
}
