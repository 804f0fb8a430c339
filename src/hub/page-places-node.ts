/**
 * The web app's files as they are handed out: those of its build, and those of the library that it loads,
 * which lie in the package once (`engine.json` beside the page lists them).
 */
import { dirname, join } from "node:path";
import { pathsBelow, statusIfThere } from "../disk/entries-node.ts";
import { readBytesIfThere } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { isRecord, isSafePath, parseJson } from "../formats/files.ts";
import { packageFolder } from "./cache-node.ts";

/** The list of the library's files. */
const engineList = "engine.json";

/** Where the build puts the page. */
export function webFolder(): string {
  return join(packageFolder(), "dist", "web");
}

/**
 * Where each file of the page is, by its path relative to the page; empty where there is no page.
 *
 * @param folder - With the page's build; the library's files are below the folder around it.
 * @throws MobileNetError `io` for a list of the library's files that is none.
 */
export async function pagePlaces(folder: string): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  if (!(await isFile(join(folder, "index.html")))) return places;
  for (const name of await pathsBelow(folder)) {
    const path = name.replaceAll("\\", "/");
    const hidden = /(?:^|\/)\./.test(path) || path === engineList;
    if (!hidden && (await isFile(join(folder, name)))) places.set(path, join(folder, name));
  }
  const listed = await readBytesIfThere(join(folder, engineList), { most: 2 ** 20, code: "io" });
  if (listed === undefined) return places;
  const list: unknown = parseJson(listed, engineList);
  const { folder: engine, files } = isRecord(list) ? list : {};
  const fits = (path: unknown): path is string => typeof path === "string" && isSafePath(path);
  if (!fits(engine) || !Array.isArray(files) || !files.every(fits)) {
    throw new MobileNetError("io", "this is no list of the library's files", {
      node: join(folder, engineList),
      remedy: "Install the package again; in its repository run npm run build.",
    });
  }
  for (const file of files) places.set(`${engine}/${file}`, join(dirname(folder), file));
  return places;
}

async function isFile(path: string): Promise<boolean> {
  return (await statusIfThere(path))?.isFile() === true;
}
