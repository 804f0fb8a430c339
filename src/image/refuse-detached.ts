/** Pictures whose memory was moved to another thread: refused by name, wherever they are handed in. */
import { MobileNetError } from "../errors.ts";
import { detachedWords, fieldsOf, isDetached } from "../wrong-argument.ts";

/**
 * Refuses encoded bytes and pixels that were moved to another thread; anything else passes.
 *
 * @throws MobileNetError `invalid-image`.
 */
export function refuseDetached(input: unknown): void {
  for (const bytes of [input, fieldsOf(input)["data"]]) {
    const isMemory = ArrayBuffer.isView(bytes) || bytes instanceof ArrayBuffer;
    if (!isMemory || !isDetached(bytes)) continue;
    throw new MobileNetError("invalid-image", "the picture's bytes are gone", {
      received: detachedWords,
      remedy: "Read it again, or call without transfer.",
    });
  }
}
