/** A data set's folder while one looks for what it holds: each folder inside is listed once. */
import { join } from "node:path";
import { kindOf, type Listing, listFolder, Walk } from "../disk/read-node.ts";
import { throwIfAborted } from "../errors.ts";
import type { DataPart } from "./annotated.ts";
import { isPictureName } from "./picture-names.ts";

const nothing: Listing = { folders: [], files: [], others: [], repeated: [], nameless: 0 };

/** What the folders of parts are called; the first that is there counts. */
const partNames: readonly (readonly [part: DataPart, names: readonly string[]])[] = [
  ["training", ["train", "training"]],
  ["validation", ["val", "valid", "validation"]],
  ["test", ["test", "testing"]],
];

/** How deep folders inside a folder are looked into, and into how many. */
const [deepest, mostFolders] = [8, 10_000];

/** A folder and its entries. */
export class FolderView {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  readonly #listings = new Map<string, Listing>();
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(path: string, signal?: AbortSignal | undefined) {
    this.path = path;
    this.signal = signal;
  }

  /** What is in a folder below; nothing where there is no such folder. */
  async list(inner: string): Promise<Listing> {
    throwIfAborted(this.signal);
    const known = this.#listings.get(inner);
    if (known !== undefined) return known;
    const path = this.at(inner);
    // The data set's own folder has to be there.
    const isThere = inner === "" || (await kindOf(path)) === "folder";
    const listing = isThere ? await listFolder(path) : nothing;
    this.#listings.set(inner, listing);
    return listing;
  }

  /** A path below the folder, as the file system wants it. */
  at(inner: string): string {
    return inner === "" ? this.path : join(this.path, inner);
  }

  /** The first folder below with one of these names, in any case; its own path below. */
  async find(inner: string, names: readonly string[]): Promise<string | undefined> {
    const { folders } = await this.list(inner);
    for (const wanted of names) {
      const found = folders.find((name) => name.toLowerCase() === wanted);
      if (found !== undefined) return below(inner, found);
    }
    return undefined;
  }

  /** The files of one ending in a folder below, in order of name. */
  async withEnding(inner: string, ending: string): Promise<readonly string[]> {
    return (await this.list(inner)).files.filter((name) => name.toLowerCase().endsWith(ending));
  }

  /** Whether a file is there, by its path below. */
  async has(path: string): Promise<boolean> {
    const at = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, at));
    const { files } = await this.list(folder);
    const names = this.#names.get(folder) ?? new Set(files);
    this.#names.set(folder, names);
    return names.has(path.slice(at + 1));
  }

  /**
   * The folders inside a folder below, each after the one that it is in and once however links lead round,
   * as paths below the data set's; the folder itself is the first. Those too deep are left out.
   */
  async *foldersIn(inner: string): AsyncGenerator<string> {
    const walk = new Walk();
    const open: (readonly [folder: string, depth: number])[] = [[inner, 0]];
    let count = 0;
    for (let at = 0; at < open.length; at++) {
      const [folder, depth] = open[at]!;
      const { folders, files } = await this.list(folder);
      const isThere = folders.length + files.length > 0;
      if (!isThere || ++count > mostFolders || !(await walk.enters(this.at(folder)))) continue;
      yield folder;
      if (depth === deepest) continue;
      for (const name of folders) open.push([below(folder, name), depth + 1]);
    }
  }

  async pictures(inner: string): Promise<readonly string[]> {
    return (await this.list(inner)).files.filter(isPictureName);
  }

  /** The folders of parts in a folder below; the folder itself as the whole where there are none. */
  async parts(inner = ""): Promise<readonly (readonly [part: DataPart, folder: string])[]> {
    const found: [DataPart, string][] = [];
    for (const [part, names] of partNames) {
      const folder = await this.find(inner, names);
      if (folder !== undefined) found.push([part, folder]);
    }
    return found.length === 0 ? [["whole", inner]] : found;
  }
}

/** A path below another. */
export function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** A path without the ending of its name. */
export function pathStem(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return path.slice(0, at) + stemOf(path);
}

/** A file's name without its ending. */
export function stemOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

/** Files by the names that are left of them without ending; several may have one. */
export function byStem(
  files: readonly string[],
  of: (file: string) => string = stemOf,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const stem = of(file);
    const group = groups.get(stem);
    if (group === undefined) groups.set(stem, [file]);
    else group.push(file);
  }
  return groups;
}
