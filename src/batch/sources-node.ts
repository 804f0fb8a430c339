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
import type { FoundPicture } from "./listing.ts";
import { isBucketAddress, openBucket, parseBucketAddress } from "./s3-node.ts";
import { tarEntries } from "./tar-node.ts";
import { zipEntries } from "./zip-node.ts";

/** A source and its pictures. */
export interface BatchInput extends BatchSource {
  pictures(): AsyncIterable<FoundPicture> | Iterable<FoundPicture>;
}

/** What is taken, for messages. */
const inputKinds =
  "folders, pictures, patterns of paths, lists (.txt), archives (.zip, .tar) or s3://BUCKET/PREFIX";

/** Deeper than folders go; links that lead down without end are left there. */
const deepest = 64;

/**
 * The sources that inputs name: folders, files of pictures, patterns of paths, lists (`.txt`, a path a
 * line), archives and buckets.
 *
 * @param out - A folder that is not looked into, because results are written there.
 * @throws MobileNetError `not-found` for what is not there, `invalid-argument` for another kind of file.
 */
export async function findSources(
  inputs: readonly string[],
  out: string,
): Promise<readonly BatchInput[]> {
  const sources: BatchInput[] = [];
  const single: string[] = [];
  for (const input of inputs) {
    if (isBucketAddress(input)) {
      sources.push(await bucketSource(input));
      continue;
    }
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
    expected: inputKinds,
    received: "nothing of that name",
  });
}

function folderSource(named: string, out: string): BatchInput {
  const place = resolve(named);
  return { kind: "folder", named, place, pictures: () => walkFolder(place, out) };
}

function globSource(pattern: string, out: string): BatchInput {
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

function singleFiles(paths: readonly string[]): BatchInput {
  return {
    kind: "list",
    named: "",
    place: resolve("."),
    pictures: () => paths.map((path) => ({ path })),
  };
}

function fileSource(input: string): BatchInput {
  if (/\.txt$/i.test(input)) return listSource(input);
  const archive = /\.(zip|tar)$/i.exec(input)?.[1]?.toLowerCase();
  if (archive === "zip" || archive === "tar") return archiveSource(input, archive);
  throw new MobileNetError("invalid-argument", "this input is no picture and no list of them", {
    node: input,
    expected: inputKinds,
    received: input,
    remedy: /\.t?gz$/i.test(input)
      ? "Unpack it to .tar first: of a compressed one no part can be read by itself."
      : undefined,
  });
}

function archiveSource(named: string, kind: "zip" | "tar"): BatchInput {
  const place = resolve(named);
  const entries = kind === "zip" ? zipEntries : tarEntries;
  return {
    ...{ kind, named, place },
    async *pictures() {
      for await (const found of entries(place)) if (isPictureName(found.path)) yield found;
    },
  };
}

async function bucketSource(address: string): Promise<BatchInput> {
  const { bucket: name, prefix } = parseBucketAddress(address);
  const bucket = await openBucket(name);
  return {
    ...{ kind: "s3", named: `s3://${name}/`, place: `s3://${name}` },
    async *pictures() {
      for (let after: string | undefined; ; ) {
        const { keys, next } = await bucket.page(prefix, "", after);
        for (const path of keys) if (isPictureName(path)) yield { path };
        if (next === undefined) return;
        after = next;
      }
    },
  };
}

/** Paths in a list count from its folder. */
function listSource(input: string): BatchInput {
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
