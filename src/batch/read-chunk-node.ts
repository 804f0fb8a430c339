/** The pictures of a unit, from the frozen listing, whose files the job's name vouches for. */
import { createHash } from "node:crypto";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { type BatchJob, chunkOf, picturesIn, unitsPerChunk } from "./job.ts";
import { type ListedPicture, readListing } from "./listing.ts";
import { listingPlace } from "./places.ts";
import type { JobStorage } from "./storage.ts";

/** Of a file of the listing. */
const mostBytes = 2 ** 30;

/**
 * The pictures of a file of the listing.
 *
 * @throws MobileNetError `integrity` where it is not the one that was frozen.
 */
export async function readChunk(
  storage: JobStorage,
  job: BatchJob,
  chunk: number,
): Promise<readonly ListedPicture[]> {
  const place = listingPlace(chunk);
  const bytes = await storage.get(place, mostBytes);
  const found = bytes && createHash("sha256").update(bytes).digest("hex");
  if (bytes === undefined || found !== job.chunks[chunk]) {
    throw new MobileNetError("integrity", "the listing is not the one that was frozen", {
      node: `${storage.address}/${place}`,
      expected: `SHA-256 ${job.chunks[chunk] ?? "of a smaller listing"}`,
      received: found ?? "no file",
      remedy: "Begin anew with another --out.",
    });
  }
  return readListing(new TextDecoder().decode(bytes), job.sources.length);
}

/** The pictures of a unit among those of its file. */
export function unitOf(
  job: BatchJob,
  unit: number,
  chunk: readonly ListedPicture[],
): readonly ListedPicture[] {
  const from = (unit % unitsPerChunk) * job.unit;
  const pictures = chunk.slice(from, from + picturesIn(job, unit));
  if (pictures.length === picturesIn(job, unit)) return pictures;
  throw new MobileNetError("integrity", "the listing has too few pictures", {
    node: listingPlace(chunkOf(unit)),
    expected: `${picturesIn(job, unit)} in unit ${unit}`,
    received: quote(pictures.length),
  });
}
