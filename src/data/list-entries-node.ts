/**
 * A list of labelled pictures and the folder that its paths start in: what the list leaves open (is the
 * first line one of column names? which ending has a picture that is named by its id?) the folder tells.
 */
import { basename, join } from "node:path";
import { kindOf, readBytes, textLimit } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { decodeLabelText } from "../formats/labels/label-text.ts";
import { checkDataJson, invalidData } from "./data-error.ts";
import { type ListEntry, parseImageList } from "./image-list.ts";
import { unreadColumns } from "./list-columns.ts";
import { imageEndings, isPictureName } from "./picture-names.ts";

/** So many pictures are looked for before a first line's kind stays open. */
const mostLooks = 50;

/**
 * The entries of a list, their paths with the endings that the files have.
 *
 * @throws MobileNetError `not-found` or `io`; `invalid-data` where the list is no text, or no list.
 */
export async function readListEntries(
  list: string,
  folder: string,
  options: { readonly several?: boolean } = {},
): Promise<ListEntry[]> {
  const node = basename(list);
  const parsed = parseImageList(await readListText(list), node, options);
  const isJson = /\.json$/i.test(node);
  const find = pictureFinder(folder);
  const isHeader = !isJson && (await isColumnNames(parsed, find));
  const entries = isHeader ? withoutHeader(parsed, node) : parsed;
  if (entries.every(({ path }) => isPictureName(path))) return entries;
  const found: ListEntry[] = [];
  // Where nothing is there, that is noticed when the pictures are read.
  let misses = 0;
  for (const entry of entries) {
    const path = misses < mostLooks ? await find(entry.path) : undefined;
    misses = path === undefined ? misses + 1 : 0;
    found.push({ ...entry, path: path ?? entry.path });
  }
  return found;
}

/**
 * Refuses a picture that comes twice: it may come once for training and once for the test, or with
 * only some of its labels each time.
 */
export function refuseTwice(list: string, entries: readonly { readonly path: string }[]): void {
  const seen = new Set<string>();
  for (const { path } of entries) {
    if (seen.has(path)) {
      throw invalidData(list, "a picture comes twice in the list", {
        expected: "each picture once, with its label",
        received: path,
      });
    }
    seen.add(path);
  }
}

async function readListText(list: string): Promise<string> {
  try {
    const bytes = await readBytes(list, textLimit);
    if (/\.json$/i.test(list)) checkDataJson(bytes, list);
    return decodeLabelText(bytes, list);
  } catch (error) {
    const isText = !(error instanceof MobileNetError && error.code === "invalid-model");
    if (isText) throw error;
    const { expected, received, remedy } = error;
    throw invalidData(list, "the list is no text that can be read", {
      ...(expected === undefined ? {} : { expected }),
      ...(received === undefined ? {} : { received }),
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}

/** The path of a picture as it is in the folder, perhaps with an ending; nothing where there is none. */
type Find = (path: string) => Promise<string | undefined>;

function pictureFinder(folder: string): Find {
  // Mostly that of the last one.
  let endings = imageEndings.flatMap((ending) => [ending, ending.toUpperCase()]);
  const isFile = async (path: string): Promise<boolean> =>
    (await kindOf(join(folder, path))) === "file";
  return async (path) => {
    if (await isFile(path)) return path;
    if (isPictureName(path)) return undefined;
    for (const ending of endings) {
      if (!(await isFile(path + ending))) continue;
      endings = [ending, ...endings.filter((other) => other !== ending)];
      return path + ending;
    }
    return undefined;
  };
}

/** Whether the first line names columns: it names no file, while others do. */
async function isColumnNames(entries: readonly ListEntry[], find: Find): Promise<boolean> {
  const [first, ...others] = entries;
  if (first === undefined || isPictureName(first.path)) return false;
  if ((await find(first.path)) !== undefined) return false;
  for (const { path } of others.slice(0, mostLooks)) {
    if ((await find(path)) !== undefined) return true;
  }
  return beginsWithHeader(entries);
}

/**
 * Whether a list's first entry is a line of column names in words that nobody foresaw, as far as the
 * list itself tells: its path is no picture's name, and all others' are.
 */
function beginsWithHeader(entries: readonly ListEntry[]): boolean {
  const [first, ...others] = entries;
  if (first === undefined || others.length === 0) return false;
  return !isPictureName(first.path) && others.every(({ path }) => isPictureName(path));
}

/**
 * Entries without the first, which is a line of column names.
 *
 * @throws MobileNetError `invalid-data` where it names more than two columns, which all lines have.
 */
function withoutHeader(entries: readonly ListEntry[], node: string): ListEntry[] {
  const [first, ...others] = entries;
  const mark = [",", ";", "\t"].find((separator) => first?.label.includes(separator));
  if (first !== undefined && mark && others.every(({ label }) => label.includes(mark))) {
    throw unreadColumns(`${node}, first line`, `${first.path}, ${first.label}`);
  }
  return others;
}
