/** How a JPEG is to be turned, as its EXIF segment says; read within the bytes that are given. */
import { frameOffset } from "./sniff.ts";
import { readOrientation } from "./tiff-header.ts";

/** Before the directory: marker, length, "Exif", two zeros. */
const head = [0x45, 0x78, 0x69, 0x66, 0, 0] as const;

/**
 * The orientation of a JPEG, 1 to 8; from 5 on width and height change places.
 *
 * @example
 * ```ts
 * jpegOrientation(await readFile("examples/images/rocket.jpg")); // 1
 * ```
 */
export function jpegOrientation(bytes: Uint8Array): number {
  const end = frameOffset(bytes) ?? bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= end; ) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) {
      at += 1; // stray or fill byte
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2; // no payload
      continue;
    }
    const length = Math.max(2, view.getUint16(at + 2));
    if (marker === 0xe1 && head.every((byte, i) => bytes[at + 4 + i] === byte)) {
      return readOrientation(bytes.subarray(at + 10, at + 2 + length));
    }
    at += 2 + length;
  }
  return 1;
}
