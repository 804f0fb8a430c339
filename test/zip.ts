/** Zip archives, as tools write them. */
import { crc32, deflateRawSync } from "node:zlib";

/** A file with an archive at its end. */
export function withArchive(
  file: Uint8Array,
  files: Readonly<Record<string, string | Uint8Array>>,
  {
    deflated = false,
    relative = false,
    wide = false,
  }: {
    readonly deflated?: boolean;
    /** Places count from the archive's begin, not from the file's. */
    readonly relative?: boolean;
    /** Sizes and places in eight bytes, as for archives above 4 GiB. */
    readonly wide?: boolean;
  } = {},
): Uint8Array {
  const parts: Uint8Array[] = [file];
  const directory: Uint8Array[] = [];
  let position = file.length;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    position += bytes.length;
  };
  const base = relative ? file.length : 0;
  for (const [name, content] of Object.entries(files)) {
    const path = new TextEncoder().encode(name);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const packed = deflated ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const method = deflated ? 8 : 0;
    const sizes = [crc32(bytes), packed.length, bytes.length];
    const start = position - base;
    push(record([0x04034b50], [20, 0, method, 0, 0], sizes, [path.length, 0]));
    push(path);
    push(packed);
    const extra = wide
      ? record([], [1, 24], [bytes.length, 0, packed.length, 0, start, 0])
      : new Uint8Array();
    const lengths = [path.length, extra.length, 0, 0, 0];
    const [crc, ...lengthsHere] = sizes;
    const shown = wide ? [crc!, -1, -1] : [crc!, ...lengthsHere];
    directory.push(
      record([0x02014b50], [20, 20, 0, method, 0, 0], shown, lengths, [0, wide ? -1 : start]),
      path,
      extra,
    );
  }
  const start = position - base;
  for (const bytes of directory) push(bytes);
  const size = position - base - start;
  const count = Object.keys(files).length;
  if (wide) {
    const end = position - base;
    push(record([0x06064b50, 44, 0], [45, 45], [0, 0, count, 0, count, 0, size, 0, start, 0]));
    push(record([0x07064b50, 0, end, 0, 1]));
  }
  const [shown, place] = wide ? [0xffff, -1] : [count, size];
  push(record([0x06054b50], [0, 0, shown, shown], [place, wide ? -1 : start], [0]));
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers of four and two bytes in turn. */
function record(...groups: readonly (readonly number[])[]): Uint8Array {
  const bytes = groups.flatMap((numbers, i) =>
    numbers.flatMap((number) =>
      Array.from({ length: i % 2 === 0 ? 4 : 2 }, (_, byte) => (number >>> (8 * byte)) & 255),
    ),
  );
  return Uint8Array.from(bytes);
}
