/** What tar archives hold: headers are read one after another, what lies between is passed over. */
import { Header } from "tar/header";
import { Pax } from "tar/pax";
import { type RangeReader, withRanges } from "../disk/range-node.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import type { FoundPicture } from "./listing.ts";

const blockBytes = 512;

/** Of a header that only holds names: longer than any. */
const mostExtended = 2 ** 20;

/** Read at a time, while the file is held open. */
const mostAtOnce = 1000;

/**
 * The files of an archive, in its order.
 *
 * @throws MobileNetError `invalid-data` where it is no archive, or a header is damaged.
 */
export async function* tarEntries(path: string): AsyncGenerator<FoundPicture> {
  for (let at: number | undefined = 0; at !== undefined; ) {
    const from: number = at;
    const read: Some = await withRanges(path, (file) => readSome(path, file, from));
    yield* read.found;
    at = read.next;
  }
}

interface Some {
  readonly found: readonly FoundPicture[];
  /** Where to go on; nothing at the end. */
  readonly next: number | undefined;
}

async function readSome(path: string, file: RangeReader, from: number): Promise<Some> {
  const found: FoundPicture[] = [];
  let at = from;
  let extended: Pax | undefined;
  let longName: string | undefined;
  let next = from;
  while (at + blockBytes <= file.size) {
    if (extended === undefined && longName === undefined) {
      next = at;
      if (found.length >= mostAtOnce) return { found, next };
    }
    const block = await file.read(at, blockBytes);
    if (block.every((byte) => byte === 0)) return { found, next: undefined };
    const header = new Header(Buffer.from(block), 0, extended);
    if (!header.cksumValid)
      throw damaged(path, "a header with its checksum", `other bytes at ${at}`);
    const size = header.size ?? 0;
    const start = at + blockBytes;
    if (!(size >= 0 && start + size <= file.size)) {
      throw damaged(path, `${quote(size)} bytes from ${start} on`, `${file.size} in all`);
    }
    at = start + Math.ceil(size / blockBytes) * blockBytes;
    if (header.type === "ExtendedHeader" || header.type === "NextFileHasLongPath") {
      if (size > mostExtended)
        throw damaged(path, `at most ${mostExtended} bytes of names`, quote(size));
      const text = new TextDecoder().decode(await file.read(start, size));
      if (header.type === "ExtendedHeader") extended = Pax.parse(text, extended);
      else longName = text.replace(/\0.*$/s, "");
      continue;
    }
    // The header by itself would put its own beginning before an extended path.
    const name = longName ?? extended?.path ?? header.path ?? "";
    [extended, longName] = [undefined, undefined];
    if (header.type !== "File" && header.type !== "OldFile") continue;
    const place = { offset: start, packedBytes: size, bytes: size, method: 0 } as const;
    found.push({ path: name.replace(/^(?:\.?\/)+/, ""), at: place });
  }
  return { found, next: undefined };
}

function damaged(node: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-data", "the archive cannot be read", {
    node,
    expected,
    received,
  });
}
