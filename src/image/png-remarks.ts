/**
 * PNG files without the texts and the colour profile that stand before their pixels. These may be compressed
 * a thousandfold, and decoders unpack all of them with the header: some kilobytes become gigabytes beside a
 * picture of any size.
 */
import { joinBytes } from "../join-bytes.ts";

/** Texts, texts that are compressed, texts in a language, and the profile, which no pixel is changed by. */
const remarks: readonly number[] = ["tEXt", "zTXt", "iTXt", "iCCP"].map(kindOf);
const pixels = kindOf("IDAT");

/**
 * The file without texts and profile up to the pixels; the very bytes that came where there are none. Nothing is
 * checked: what is no chunk ends the search.
 */
export function withoutRemarks(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let kept = 0;
  // Behind the signature: length and kind, the contents, and a checksum.
  for (let at = 8; at + 12 <= bytes.length; ) {
    const kind = view.getUint32(at + 4);
    const end = at + 12 + view.getUint32(at);
    if (kind === pixels || end > bytes.length) break;
    if (remarks.includes(kind)) {
      if (at > kept) parts.push(bytes.subarray(kept, at));
      kept = end;
    }
    at = end;
  }
  if (kept === 0) return bytes;
  parts.push(bytes.subarray(kept));
  return joinBytes(parts);
}

function kindOf(name: string): number {
  return Array.from(name).reduce((kind, letter) => kind * 256 + letter.charCodeAt(0), 0);
}
