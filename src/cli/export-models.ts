/**
 * `models export`: weights, and the library's own files if they are wanted, in a folder that any file
 * server or function can have. Each file appears whole, the manifest with their hashes last, so that a
 * folder with a manifest has what it says.
 */
import { join } from "node:path";
import { readBytes, readBytesIfThere } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { decodeText, isRecord, isSafePath, type ModelFiles, parseJson } from "../formats/files.ts";
import { packageFolder } from "../hub/cache-node.ts";
import { folderOfName } from "../hub/hosted.ts";
import { formatJson } from "./json.ts";

/** A file of the folder and what tells that it is whole. */
interface ExportedFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** For `integrity` in a page. */
  readonly integrity: string;
}

/** A model of the folder. */
export interface ExportedModel {
  readonly name: string;
  readonly licence?: string | undefined;
  readonly files: readonly ExportedFile[];
}

/** The library's own files in the folder. */
interface ExportedRuntime {
  readonly version: string;
  /** What a page imports. */
  readonly entry: string;
  /** The script of a model's own worker. */
  readonly worker: string;
  readonly files: readonly ExportedFile[];
}

/** How the folder's list of contents is named. */
const manifestName = "manifest.json";

/** Of the manifest and of a file of the library. */
const fileLimit = { most: 64 * 2 ** 20, code: "io" } as const;

/** Writes a model's files to `FOLDER/NAME/`. */
export async function exportModel(
  folder: string,
  { name, licence }: { readonly name: string; readonly licence?: string | undefined },
  files: ModelFiles,
  signal: AbortSignal,
): Promise<ExportedModel> {
  const exported: ExportedFile[] = [];
  for (const [path, bytes] of files) {
    exported.push(await write(folder, `${folderOfName(name)}/${path}`, bytes, signal));
  }
  return { name, licence, files: exported };
}

/** Writes what a page imports, its parts and the worker's script to `FOLDER/runtime/`. */
export async function exportRuntime(folder: string, signal: AbortSignal): Promise<ExportedRuntime> {
  const root = packageFolder();
  const read = (path: string): Promise<Uint8Array> => readBytes(join(root, path), fileLimit);
  const about = parseJson(await read("package.json"), "package.json");
  const entry = pagesFile(about, ".");
  const worker = pagesFile(about, "./worker");
  const named = isRecord(about) ? about["version"] : "";
  const version = typeof named === "string" ? named : "";
  const exported: ExportedFile[] = [];
  const paths = new Set([entry, worker]);
  // A set is walked to what is added on the way.
  for (const path of paths) {
    const bytes = await read(path).catch((cause: unknown) => {
      throw new MobileNetError("not-found", "the library's own files are not there", {
        node: path,
        remedy: "Install the package again; in its repository run npm run build first.",
        cause,
      });
    });
    const text = decodeText(bytes);
    const loads = /(?:\bfrom|\bimport|\bimport\(|\bnew URL\()\s*["'](\.{1,2}\/[^"']+\.js)["']/g;
    for (const [, target = ""] of text.matchAll(loads)) paths.add(join(path, "..", target));
    exported.push(await write(folder, inRuntime(path), bytes, signal));
  }
  return { version, entry: inRuntime(entry), worker: inRuntime(worker), files: exported };
}

/** Where a file of the package is below the folder. */
function inRuntime(path: string): string {
  return `runtime/${path.replaceAll("\\", "/").replace(/^dist\//, "")}`;
}

/** The file that pages load for one of the package's entries. */
function pagesFile(about: unknown, entry: string): string {
  let target: unknown = isRecord(about) ? about["exports"] : undefined;
  for (const key of [entry, "browser", "default"]) {
    if (isRecord(target) && Object.hasOwn(target, key)) target = target[key];
  }
  if (typeof target === "string") return join(target);
  throw new MobileNetError("internal", "the package does not name its files", { node: entry });
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
  const isAnew = ({ name }: Readonly<Record<string, unknown>>): boolean =>
    typeof name === "string" && names.has(name);
  const kept = earlier.models.filter((model) => !isRecord(model) || !isAnew(model));
  const text = formatJson({
    format: 1,
    models: [...kept, ...models],
    runtime: runtime ?? earlier.runtime,
  });
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
  const { createHash } = process.getBuiltinModule("node:crypto");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  const there = await readBytesIfThere(join(folder, path), {
    most: bytes.length,
    code: "io",
  }).catch(() => undefined);
  const same = there !== undefined && Buffer.compare(there, bytes) === 0;
  if (!same) await writeWhole(join(folder, path), bytes, { signal });
  return { path, bytes: bytes.length, sha256, integrity };
}
