/** The font of labels. It comes from an npm package, since a server may have none. */
import { inflateSync } from "node:zlib";
import { packageFile } from "../disk/packages-node.ts";
import { readBytes } from "../disk/read-node.ts";
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

/** The tables of a font in the Web Open Font Format 1.0, each packed by zlib. */
function unpackWoff(bytes: Uint8Array): FontTables {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables = new Map<string, Uint8Array>();
  for (let i = 0; i < file.readUInt16BE(12); i++) {
    const entry = 44 + 20 * i;
    const start = file.readUInt32BE(entry + 4);
    const [packed, length] = [file.readUInt32BE(entry + 8), file.readUInt32BE(entry + 12)];
    const content = file.subarray(start, start + packed);
    const whole = packed < length ? inflateSync(content, { maxOutputLength: length }) : content;
    tables.set(file.toString("latin1", entry, entry + 4), whole);
  }
  return tables;
}

/** Its tables. */
export async function labelTables(): Promise<FontTables> {
  return unpackWoff(await readBytes(packageFile(fontFile), fontLimit));
}
