/**
 * `models export`: weights, and the library's own files if they are wanted, in a folder that any file
 * server or function can have. Each file appears whole, the manifest with their hashes last, so that a
 * folder with a manifest has what it says.
 */
import { join } from "node:path";
import { namesIn } from "../disk/entries-node.ts";
import { readBytes, readBytesIfThere } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { isRecord, isSafePath, type ModelFiles, parseJson } from "../formats/files.ts";
import { packageFolder } from "../hub/cache-node.ts";
import { folderOfName } from "../hub/hosted.ts";
import { pagePlaces, webFolder } from "../hub/page-places-node.ts";
import type { ExportedFile } from "../json/hub.ts";
import {
  type ExportedModel,
  type ExportedRuntime,
  exportedFile,
  manifestName,
  manifestText,
} from "../json/manifest-node.ts";

/** Of the manifest and of a file of the library. */
const fileLimit = { most: 64 * 2 ** 20, code: "io" } as const;

/** Writes a model's files to `FOLDER/NAME/`. */
export async function exportModel(
  folder: string,
  about: Omit<ExportedModel, "files">,
  files: ModelFiles,
  signal: AbortSignal,
): Promise<ExportedModel> {
  const exported: ExportedFile[] = [];
  for (const [path, bytes] of files) {
    exported.push(await write(folder, `${folderOfName(about.name)}/${path}`, bytes, signal));
  }
  return { ...about, files: exported };
}

/** Where the build puts what pages load without a bundler. */
const pageFolder = "dist/page";
const pageEntry = "mobilenetv2.min.js";
const pageWorker = "mobilenetv2-worker.min.js";

/** Writes what a page imports, its parts and the worker's script to `FOLDER/runtime/`. */
export async function exportRuntime(folder: string, signal: AbortSignal): Promise<ExportedRuntime> {
  const root = packageFolder();
  const about = parseJson(await readBytes(join(root, "package.json"), fileLimit), "package.json");
  const { version } = isRecord(about) ? about : {};
  const names = await namesIn(join(root, pageFolder)).catch((): string[] => []);
  if (![pageEntry, pageWorker].every((name) => names.includes(name))) {
    throw notBuilt(pageFolder);
  }
  const exported: ExportedFile[] = [];
  for (const name of names.filter((each) => each.endsWith(".js"))) {
    const bytes = await readBytes(join(root, pageFolder, name), fileLimit);
    exported.push(await write(folder, inRuntime(name), bytes, signal));
  }
  const told = typeof version === "string" ? version : "";
  const [entry, worker] = [inRuntime(pageEntry), inRuntime(pageWorker)];
  return { version: told, entry, worker, files: exported };
}

/** Where weights are, beside the web app. */
export function modelsBesideApp(folder: string): string {
  return join(folder, "models");
}

/**
 * Writes the web app to a folder that any file server can have.
 *
 * @returns How many files.
 * @throws MobileNetError `not-found` where the package has none.
 */
export async function exportApp(folder: string, signal: AbortSignal): Promise<number> {
  const places = await pagePlaces(webFolder());
  if (places.size === 0) throw notBuilt("dist/web");
  for (const [path, place] of places) {
    await write(folder, path, await readBytes(place, fileLimit), signal);
  }
  return places.size;
}

function notBuilt(node: string): MobileNetError {
  return new MobileNetError("not-found", "the library's own files are not there", {
    node,
    remedy: "Install the package again; in its repository run npm run build first.",
  });
}

/** Where a file for pages is below the folder. */
function inRuntime(name: string): string {
  return `runtime/${name}`;
}

/** Writes the folder's list of contents; models of earlier exports stay in it. */
export async function writeManifest(
  folder: string,
  models: readonly ExportedModel[],
  runtime: ExportedRuntime | undefined,
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, manifestName);
  const earlier = await readEarlier(path);
  const names = new Set(models.map(({ name }) => name));
  const kept = earlier.models.filter(
    (model) => !isRecord(model) || typeof model["name"] !== "string" || !names.has(model["name"]),
  );
  const text = manifestText([...kept, ...models], runtime ?? earlier.runtime);
  await writeWhole(path, text, { signal });
}

/**
 * What an earlier export left.
 *
 * @throws MobileNetError `io` where another file has the manifest's name.
 */
async function readEarlier(
  path: string,
): Promise<{ models: readonly unknown[]; runtime: unknown }> {
  const bytes = await readBytesIfThere(path, fileLimit);
  if (bytes === undefined) return { models: [], runtime: undefined };
  let told: unknown;
  try {
    told = parseJson(bytes, path);
  } catch {
    // Refused below.
  }
  if (isRecord(told) && told["format"] === 1 && Array.isArray(told["models"])) {
    return { models: told["models"], runtime: told["runtime"] };
  }
  throw new MobileNetError("io", "another file has the name of the manifest", {
    node: path,
    expected: "none, or that of an earlier export",
    remedy: "Choose another folder.",
  });
}

/**
 * Refuses a folder whose manifest is somebody else's; checked before anything is downloaded.
 *
 * @throws MobileNetError `io`.
 */
export async function checkExportFolder(folder: string): Promise<void> {
  await readEarlier(join(folder, manifestName));
}

async function write(
  folder: string,
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<ExportedFile> {
  throwIfAborted(signal);
  if (!isSafePath(path)) {
    throw new MobileNetError("invalid-model", "a file's path leads out of the folder", {
      node: path,
    });
  }
  const there = await readBytesIfThere(join(folder, path), {
    most: bytes.length,
    code: "io",
  }).catch(() => undefined);
  const same = there !== undefined && Buffer.compare(there, bytes) === 0;
  if (!same) await writeWhole(join(folder, path), bytes, { signal });
  return exportedFile(path, bytes);
}
