/**
 * Takes the wanted files out of a gzipped tarball whose integrity is known. Nothing is written anywhere:
 * an entry counts only where its path, kind and size are those that are wanted. What unpacking may come
 * to is bounded all the same, and the event loop has its turn between any two pieces.
 */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Parser } from "tar/parse";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { HubFile } from "./record.ts";

/** How a tarball is unpacked. */
interface Unpacking {
  readonly signal?: AbortSignal | undefined;
  /** What it may come to. Default: several times the largest package that has weights, 1 GiB. */
  readonly mostBytes?: number;
  /** Default: 20,000. */
  readonly mostEntries?: number;
}

/** Given to the inflater, and taken from it, at a time. */
const pieceBytes = 2 ** 18;

/**
 * The wanted files of a package's tarball, those that are there, by their paths in the package.
 *
 * @throws MobileNetError `integrity` where it comes to more than any package of weights, `aborted`;
 *   other errors where it is no gzipped tarball.
 */
export async function unpackTarball(
  tarball: Uint8Array,
  wanted: readonly HubFile[],
  { signal, mostBytes = 2 ** 30, mostEntries = 20_000 }: Unpacking = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const files = new Map<string, Uint8Array>();
  let count = 0;
  let failed: { readonly error: unknown } | undefined;
  const parser = new Parser({
    strict: true,
    // Counts those too that are passed over.
    filter: (path, entry) => {
      if (++count > mostEntries) failed ??= { error: tooMuch(`${mostEntries} entries`) };
      const file = missing.get(inPackage(path));
      const isFile = "type" in entry && entry.type === "File";
      return file !== undefined && isFile && entry.size === file.bytes;
    },
    onReadEntry: (entry) => {
      const path = inPackage(entry.path);
      const bytes = new Uint8Array(entry.size);
      let filled = 0;
      entry.on("data", (chunk: Uint8Array) => {
        bytes.set(chunk, filled);
        filled += chunk.length;
      });
      entry.on("end", () => {
        if (filled !== bytes.length) return;
        files.set(path, bytes);
        missing.delete(path);
      });
    },
  });
  parser.on("error", (error: unknown) => {
    failed ??= { error };
  });
  for await (const chunk of inflate(tarball, mostBytes, signal)) {
    parser.write(chunk);
    if (failed !== undefined) throw failed.error;
    if (missing.size === 0) break;
  }
  return files;
}

/** npm ignores the first folder's name, which is mostly "package". */
function inPackage(path: string): string {
  return path.slice(path.indexOf("/") + 1);
}

/** The tarball's contents, up to the bound. */
async function* inflate(
  tarball: Uint8Array,
  mostBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  const pieces = Readable.from(piecesOf(tarball), { objectMode: false });
  let bytes = 0;
  try {
    for await (const chunk of pieces.pipe(gunzip) as AsyncIterable<Buffer>) {
      throwIfAborted(signal);
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooMuch(`${mostBytes} bytes`);
      yield chunk;
    }
  } finally {
    pieces.destroy();
    gunzip.destroy();
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
  }
}

function tooMuch(limit: string): MobileNetError {
  return new MobileNetError("integrity", "the package unpacks to more than any with weights", {
    expected: `at most ${limit}`,
    received: "more",
  });
}
