/**
 * What a user names as INPUT, each a source that gives its pictures one after another, in an order that
 * follows from names alone. Nothing but the names of one folder is held at a time.
 */
import { join, resolve } from "node:path";
import { isPictureName } from "../data/picture-names.ts";
import { statusIfThere } from "../disk/entries-node.ts";
import { fileLines } from "../disk/lines-node.ts";
import { listFolder, Walk } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { isGlob, parseGlob } from "./glob.ts";
import type { BatchSource } from "./job.ts";
import type { ArchivePlace } from "./listing.ts";

/** A picture in its source. */
export interface FoundPicture {
  readonly path: string;
  readonly at?: ArchivePlace;
}

/** A source and its pictures. */
export interface PictureSource extends BatchSource {
  pictures(): AsyncIterable<FoundPicture> | Iterable<FoundPicture>;
}

/** Deeper than folders go; links that lead down without end are left there. */
const deepest = 64;

/**
 * The sources that inputs name: folders, files of pictures, patterns of paths, and lists (`.txt`, a path a
 * line).
 *
 * @param out - A folder that is not looked into, because results are written there.
 * @throws MobileNetError `not-found` for what is not there, `invalid-argument` for another kind of file.
 */
export async function findSources(
  inputs: readonly string[],
  out: string,
): Promise<readonly PictureSource[]> {
  const sources: PictureSource[] = [];
  const single: string[] = [];
  for (const input of inputs) {
    const status = await statusIfThere(input);
    if (status?.isDirectory()) sources.push(folderSource(input, out));
    else if (status !== undefined && isPictureName(input)) single.push(input);
    else if (status !== undefined) sources.push(fileSource(input));
    else if (isGlob(input)) sources.push(globSource(input, out));
    else throw nothingThere(input);
  }
  if (single.length > 0) sources.push(singleFiles(single));
  return sources;
}

function nothingThere(input: string): MobileNetError {
  return new MobileNetError("not-found", "there is no such input", {
    node: input,
    expected: "folders, pictures, patterns of paths or lists (.txt)",
    received: "nothing of that name",
  });
}

function folderSource(named: string, out: string): PictureSource {
  const place = resolve(named);
  return { kind: "folder", named, place, pictures: () => walkFolder(place, out) };
}

function globSource(pattern: string, out: string): PictureSource {
  const { folder, matches } = parseGlob(pattern);
  const place = resolve(folder);
  return {
    ...{ kind: "folder", named: folder === "." ? "" : folder, place },
    async *pictures() {
      for await (const picture of walkFolder(place, out)) {
        if (matches.test(picture.path)) yield picture;
      }
    },
  };
}

function singleFiles(paths: readonly string[]): PictureSource {
  return {
    kind: "list",
    named: "",
    place: resolve("."),
    pictures: () => paths.map((path) => ({ path })),
  };
}

function fileSource(input: string): PictureSource {
  if (/\.(?:txt|lst)$/i.test(input)) return listSource(input);
  throw new MobileNetError("invalid-argument", "this input is no picture and no list of them", {
    node: input,
    expected: "folders, pictures, patterns of paths or lists (.txt)",
    received: input,
  });
}

/** Paths in a list count from its folder. */
function listSource(input: string): PictureSource {
  return {
    ...{ kind: "list", named: input, place: resolve(input, "..") },
    async *pictures() {
      for await (const path of fileLines(input)) yield { path };
    },
  };
}

/** The pictures below a folder: its own by name, then those of each folder in it. */
async function* walkFolder(place: string, out: string): AsyncGenerator<FoundPicture> {
  const walk = new Walk();
  await walk.enters(place);
  yield* below("", 0);

  async function* below(inner: string, depth: number): AsyncGenerator<FoundPicture> {
    const { files, folders } = await listFolder(join(place, inner));
    for (const name of files) if (isPictureName(name)) yield { path: `${inner}${name}` };
    if (depth === deepest) return;
    for (const name of folders) {
      const folder = join(place, inner, name);
      if (folder === out || !(await walk.enters(folder))) continue;
      yield* below(`${inner}${name}/`, depth + 1);
    }
  }
}
