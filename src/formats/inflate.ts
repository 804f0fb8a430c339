/** Compressed bytes, unpacked by what browsers and Node have for it, and never to more than was agreed. */
import { describeError, MobileNetError } from "../errors.ts";

/**
 * Unpacks a stream.
 *
 * @param most - More bytes than these are an error, and are not kept.
 * @throws MobileNetError `invalid-model` where it is damaged or longer.
 */
export async function inflate(
  bytes: Uint8Array,
  {
    format,
    most,
    place,
  }: { readonly format: "deflate" | "deflate-raw"; readonly most: number; readonly place: string },
): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(format));
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > most) {
        await reader.cancel();
        throw damaged(place, "more", `at most ${most} bytes`);
      }
      parts.push(value);
    }
  } catch (error) {
    throw error instanceof MobileNetError ? error : damaged(place, describeError(error));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function damaged(place: string, received: string, expected?: string): MobileNetError {
  return new MobileNetError("invalid-model", "what is compressed in the file is damaged", {
    node: place,
    expected,
    received,
    remedy: "Copy or download the file again.",
  });
}
