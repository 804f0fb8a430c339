/** Whether a machine has the pictures of a job at all, before it says of each that it is not there. */
import { namesIn, statusIfThere } from "../disk/entries-node.ts";
import { MobileNetError } from "../errors.ts";
import type { BatchSource } from "./job.ts";

/**
 * Refuses a source of which nothing is here: an archive that is missing, a folder that is missing or, where
 * no disk is mounted, empty.
 *
 * @throws MobileNetError `not-found`.
 */
export async function requireSource({ kind, place }: BatchSource): Promise<void> {
  if (kind === "s3") return;
  const isThere = (await statusIfThere(place)) !== undefined;
  if (isThere && (kind !== "folder" || (await namesIn(place)).length > 0)) return;
  throw new MobileNetError("not-found", "the pictures of the job are not on this machine", {
    node: place,
    expected: kind === "folder" ? "a folder with pictures" : `the archive, a ${kind} file`,
    received: isThere ? "an empty folder" : "nothing of that name",
    remedy:
      "Every machine needs them at the same path: mount them there, or leave the job to others.",
  });
}
