/** Opens what a job needs on this machine: data and a model that another machine has named. */
import { describeError, MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** Failures that may be over soon, and refusals that say themselves what is different here. */
const told: readonly string[] = [
  ...["network", "io", "aborted", "worker-lost", "internal"],
  ...["integrity", "unsupported"],
];

/**
 * Opens it.
 *
 * @param alive - Called meanwhile.
 * @throws MobileNetError `unsupported` where it cannot be opened here, though another machine could.
 */
export async function openHere<Opened>(
  alive: () => void,
  open: () => Promise<Opened>,
): Promise<Opened> {
  const beat = setInterval(alive, 1000);
  try {
    return await open();
  } catch (error) {
    if (error instanceof MobileNetError && told.includes(error.code)) throw error;
    throw new MobileNetError("unsupported", "the job cannot be opened on this machine", {
      received: error instanceof Error ? describeError(error) : quote(error),
      remedy: "Every machine needs the same files under the same paths.",
    });
  } finally {
    clearInterval(beat);
  }
}
