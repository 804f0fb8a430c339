/** The font of labels. It comes from an npm package, since a server may have none. */
import { inflateSync } from "node:zlib";
import { packageFile } from "../disk/packages-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { type FontTables, type OutlineFont, readFont } from "./drawing/glyphs.ts";

const fontFile = "@fontsource/b612/files/b612-latin-700-normal.woff";
/** What is read of a font: a hundred times as much as this one has. */
const fontLimit = { most: 10_000_000, code: "io" } as const;

let loaded: Promise<OutlineFont> | undefined;

/** The font, read once; throws where the package is not there. */
export function labelFont(): Promise<OutlineFont> {
  loaded ??= loadFont().catch((error) => {
    // It may be installed by the next time.
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function loadFont(): Promise<OutlineFont> {
  return readFont(await labelTables());
}

/** Of a table once it is unpacked: its size is the file's word until then. */
const mostUnpacked = 10_000_000;

/**
 * The tables of a font in the Web Open Font Format 1.0, each packed by zlib.
 *
 * @throws RangeError where the file ends too soon; MobileNetError `io` where it is none, or an entry's place or size is not that of anything in the file.
 */
export function unpackWoff(bytes: Uint8Array): FontTables {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.toString("latin1", 0, 4) !== "wOFF") throw damaged("is no WOFF file");
  const tables = new Map<string, Uint8Array>();
  for (let i = 0; i < file.readUInt16BE(12); i++) {
    const entry = 44 + 20 * i;
    const start = file.readUInt32BE(entry + 4);
    const [packed, length] = [file.readUInt32BE(entry + 8), file.readUInt32BE(entry + 12)];
    const name = file.toString("latin1", entry, entry + 4);
    const isInside = start + packed <= file.length && packed <= length && length <= mostUnpacked;
    if (!isInside) throw damaged(`has a table ${quote(name)} that is not in the file`);
    const content = file.subarray(start, start + packed);
    const whole = packed < length ? unpack(content, length) : content;
    if (whole.length !== length) throw damaged(`has a table ${quote(name)} that is short`);
    tables.set(name, whole);
  }
  return tables;
}

function unpack(content: Uint8Array, length: number): Uint8Array {
  try {
    return inflateSync(content, { maxOutputLength: length });
  } catch (cause) {
    throw damaged("has a table that cannot be unpacked", cause);
  }
}

function damaged(what: string, cause?: unknown): MobileNetError {
  return new MobileNetError("io", `the font of labels ${what}`, { cause });
}

/** Where its file is; throws where the package is not there. */
export function labelFontPath(): string {
  return packageFile(fontFile);
}

/** Its tables. */
export async function labelTables(): Promise<FontTables> {
  return unpackWoff(await readBytes(labelFontPath(), fontLimit));
}
