/**
 * From files, wherever they lie, to a model: which file is the main one, which format it has, and what
 * may be said about it. The rest is the format's reader's.
 */
import { MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { fileNameOf, findByName, folderOf } from "./files.ts";
import type { Format, MainFile } from "./format.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import { isZip } from "./pytorch/begins.ts";
import { ByteBudget } from "./reading.ts";
import {
  endsLike,
  formats,
  isArchive,
  isMainFile,
  mainFileKinds,
  sourceKinds,
} from "./registry.ts";
import type { ReadRequest } from "./request.ts";
import type { FileSource } from "./sources.ts";

/** Several times any main file of this family: the widest network's checkpoint with Adam's moments. */
const mainFileLimit = 256 * 2 ** 20;

/** Labels of any data set fit many times. */
const labelLimit = 4 * 2 ** 20;

/** As much of a main file as tells its format, a long list of labels before it included. */
const headBytes = 65_536;

/** What is known of a model before its files are found. */
export interface OpenRequest extends Omit<ReadRequest, "options"> {
  readonly options?: ModelOptions | undefined;
}

/** A model's main file, whose format is known, and what was said about it. */
export interface OpenedFile {
  readonly format: Format;
  readonly main: MainFile;
  readonly request: ReadRequest;
  /** What is unusual about the files. */
  readonly notes?: readonly string[];
}

/**
 * The model in a source.
 *
 * @throws MobileNetError `not-found` where no file is a model's main one, `unsupported` where its format
 *   is none of the registry's or its network is none that is read, `invalid-model` where files are
 *   damaged, `invalid-argument` for an option that the files settle themselves; what reading throws.
 */
export async function openModel(source: FileSource, request: OpenRequest): Promise<Model> {
  return await readOpened(await openFile(source, request));
}

/**
 * Finds the main file and its format, and reads no more than that and labels beside it.
 *
 * @throws MobileNetError as `openModel`, where files are missing, unknown or settle an option.
 */
export async function openFile(
  source: FileSource,
  request: OpenRequest,
  inArchive = false,
): Promise<OpenedFile> {
  const { name, options = {}, published, signal } = request;
  throwIfAborted(signal);
  const [path, ...others] = findMain(source, name);
  // Of published models all is known; what reads labels comes while the main file does.
  const [bytes, labelReader] = await Promise.all([
    source.read(path, new ByteBudget(mainFileLimit), signal),
    published === undefined ? import("./labels.ts") : undefined,
  ]);
  const place = source.place(path);
  // Archives are known by their names, or by what is in them where nothing has a name.
  const unnamed = !inArchive && isZip(bytes) && !isMainFile(path);
  if (isArchive(path) || unnamed) {
    const { archiveSource, isFolder } = await import("./archive-source.ts");
    if (!unnamed || isFolder(bytes))
      return await openFile(archiveSource(bytes, place), request, true);
  }
  const format = formatOf(fileNameOf(path), { bytes, place });
  requireRead(options, format.options, `${name}, ${format.name}`);
  const labels = await labelReader?.labelsBeside(source, new ByteBudget(labelLimit), signal);
  const folder = folderOf(path);
  return {
    format,
    main: {
      ...{ name: fileNameOf(path), place, bytes, labels },
      read: (relative, budget, stop) => source.read(folder + relative, budget, stop),
      readIfThere: (relative, budget, stop) => source.readIfThere(folder + relative, budget, stop),
      beside: (names, budget, stop) => source.readFirst(names, budget, stop),
    },
    request: { name, options, published, signal },
    notes: others
      .filter((other) => format.companions?.includes(fileNameOf(other)) !== true)
      .map((other) => `${other} beside ${path} was not read`),
  };
}

/** The model of a main file: all else that belongs to it is read now. */
export async function readOpened({
  format,
  main,
  request,
  notes = [],
}: OpenedFile): Promise<Model> {
  // Published models are known to be small, and pages that load them need no more than they do.
  const [model, budget] = await Promise.all([
    format
      .load()
      .then((read) => read(main, request))
      .catch((error: unknown) => {
        throw error instanceof MobileNetError && error.node === undefined
          ? placeError(error, main.place)
          : error;
      }),
    request.published === undefined ? import("./budget.ts") : undefined,
  ]);
  budget?.checkBudget(model.graph, request.options);
  const { origin: own } = model;
  const told = { notes: [...(own?.notes ?? []), ...notes], format: format.name };
  const origin = { operations: {}, ...own, ...told };
  return { ...model, origin };
}

/**
 * Begins to load what reads these files, while a page still waits for them. They are published: where
 * only the bytes would tell, no model of this library's own.
 */
export function preloadReader(paths: readonly string[]): void {
  const format = formats.findLast((candidate) => mainFiles(candidate, paths).length > 0);
  format?.load().catch(() => undefined);
}

/**
 * The one file that is a model's main one: the one that was named, or the first that a format knows.
 * Behind it those that other formats know.
 */
function findMain({ paths }: FileSource, name: string): readonly [string, ...string[]] {
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return [only];
  for (const [i, format] of formats.entries()) {
    const [main, ...others] = mainFiles(format, paths);
    if (others.length > 0) {
      throw new MobileNetError("invalid-argument", "there are several models", {
        node: name,
        expected: "the files of one model",
        received: [main, ...others.slice(0, 4)].join(", "),
        remedy: "Name one of these files.",
      });
    }
    if (main !== undefined) {
      const known = formats.slice(i + 1).flatMap((other) => mainFiles(other, paths));
      return [main, ...new Set(known.filter((path) => path !== main))];
    }
  }
  throw new MobileNetError("not-found", "there is no model among the files", {
    node: name,
    expected: sourceKinds().join(" or "),
    received: paths.slice(0, 5).join(", ") || "no files",
  });
}

/** The files among others that may be a format's main one, of those that lie least deep. */
function mainFiles(format: Format, paths: readonly string[]): readonly string[] {
  if (format.nameInFolder !== undefined) {
    const found = findByName(paths, format.nameInFolder);
    if (found === undefined) return [];
    const [name, depth] = [fileNameOf(found), depthOf(found)];
    return paths.filter((path) => fileNameOf(path) === name && depthOf(path) === depth);
  }
  const fitting = paths.filter((path) => endsLike(format, path));
  const least = Math.min(...fitting.map(depthOf));
  return fitting.filter((path) => depthOf(path) === least);
}

function depthOf(path: string): number {
  return path.split("/").length;
}

/** A file's format: among those that its name fits by how it begins, else by that alone. */
function formatOf(
  name: string,
  { bytes, place }: { readonly bytes: Uint8Array; readonly place: string },
): Format {
  const head = bytes.subarray(0, headBytes);
  const named = formats.filter((format) => endsLike(format, name));
  const candidates = named.length === 0 ? formats : named;
  // One whose name fits is damaged rather than something else: its reader says how.
  const found = candidates.find((format) => format.matches(head)) ?? named.at(-1);
  if (found !== undefined) return found;
  throw new MobileNetError("unsupported", "this kind of file is not read", {
    node: place,
    expected: mainFileKinds().join(" or "),
  });
}
