/** A model whose files are packed as one archive, as Teachable Machine and others hand them out. */
import { MobileNetError } from "../errors.ts";
import { findByName, requireFile } from "./files.ts";
import type { ByteBudget } from "./reading.ts";
import { isArchive } from "./registry.ts";
import type { FileSource } from "./sources.ts";
import { mostUnpacked, ZipArchive } from "./zip.ts";

/** What macOS adds to archives, and an archive within: one that holds itself would have no end. */
const isPassedOver = (name: string): boolean =>
  name.endsWith("/") || /(^|\/)(__MACOSX\/|\.)/.test(name) || isArchive(name);

/** Whether an archive holds a model's files, rather than being the one file of a model itself. */
export function isFolder(archive: Uint8Array): boolean {
  const { names } = new ZipArchive(archive);
  return !names.some((name) => name === "model.weights.h5" || /(^|\/)data\.pkl$/.test(name));
}

/**
 * The files of an archive, each unpacked when it is read.
 *
 * @param place - Where the archive lies, for messages.
 * @throws MobileNetError `invalid-model` where it is damaged or no archive.
 */
export function archiveSource(archive: Uint8Array, place: string): FileSource {
  const zip = new ZipArchive(archive, mostUnpacked(archive.length));
  if (zip.names.length === 0) {
    throw new MobileNetError("invalid-model", "the archive has no files", {
      node: place,
      expected: "a zip archive of a model's files",
      received: `${archive.length} bytes without a directory`,
      remedy: "Copy or download the archive again.",
    });
  }
  // Some tools on Windows separate folders in their own way.
  const names = new Map(zip.names.map((name) => [name.replaceAll("\\", "/"), name] as const));
  const paths = [...names.keys()].filter((path) => !isPassedOver(path));
  const read = async (path: string, budget: ByteBudget): Promise<Uint8Array> => {
    const name = names.get(path);
    const bytes = name === undefined ? undefined : await zip.read(name, budget);
    return bytes ?? requireFile(new Map(), path);
  };
  return {
    paths,
    place: (path) => `${place}, ${path}`,
    read,
    readIfThere: async (path, budget) => (names.has(path) ? await read(path, budget) : undefined),
    readFirst: async (wanted, budget) => {
      const path = findByName(paths, wanted);
      return path === undefined ? undefined : { path, bytes: await read(path, budget) };
    },
  };
}
