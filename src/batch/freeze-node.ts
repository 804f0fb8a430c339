/**
 * Freezes a listing: pictures come one after another and go out in files of some thousands, so that ten
 * million take no more memory than one such file.
 */
import { createHash } from "node:crypto";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { unitsPerChunk } from "./job.ts";
import { listedLine } from "./listing.ts";
import { listingPlace } from "./places.ts";
import type { BatchInput } from "./sources-node.ts";
import type { JobStorage } from "./storage.ts";

/** What a frozen listing comes to. */
export interface FrozenListing {
  readonly pictures: number;
  /** The SHA-256 of each of its files. */
  readonly chunks: readonly string[];
}

/**
 * Writes the listing's files.
 *
 * @param unit - Pictures in a unit.
 * @throws MobileNetError `not-found` where there are no pictures.
 */
export async function freezeListing(
  sources: readonly BatchInput[],
  storage: Pick<JobStorage, "put">,
  {
    unit,
    signal,
    onProgress,
  }: {
    readonly unit: number;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((pictures: number) => void) | undefined;
  },
): Promise<FrozenListing> {
  const chunks: string[] = [];
  let pictures = 0;
  let lines: string[] = [];
  const write = async (): Promise<void> => {
    const text = lines.join("");
    lines = [];
    await storage.put(listingPlace(chunks.length), text, true);
    chunks.push(createHash("sha256").update(text).digest("hex"));
  };
  for (const [source, { pictures: found }] of sources.entries()) {
    for await (const picture of found()) {
      lines.push(listedLine({ source, ...picture }));
      pictures++;
      if (lines.length < unit * unitsPerChunk) continue;
      throwIfAborted(signal);
      await write();
      onProgress?.(pictures);
    }
  }
  if (lines.length > 0) await write();
  if (pictures > 0) return { pictures, chunks };
  throw new MobileNetError("not-found", "there are no pictures", {
    node: sources.map(({ named }) => named).join(", "),
    expected: "at least one picture",
    received: "none",
  });
}
