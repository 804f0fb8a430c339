/** Which files are pictures by the ending of their name, and how what is left out is counted. */
import { printable } from "../untrusted.ts";

/** The endings that make a file a picture, in lower case. */
export const imageEndings: readonly string[] = [
  ...[".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp"],
  ...[".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".avif", ".tif", ".tiff"],
];

/** Pictures of formats that are not decoded here. */
const otherPictures: readonly string[] = [
  ...[".heic", ".heics", ".heif", ".heifs", ".hif", ".jxl", ".jp2", ".j2k", ".jpx", ".svg"],
  ...[".psd", ".tga", ".ico", ".pbm", ".pgm", ".ppm", ".pnm", ".exr", ".hdr", ".eps", ".pdf"],
  ...[".dng", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"],
];

/** The ending of a file's name in lower case, with its dot; nothing where it has none. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

/** Whether a file is a picture by its name. */
export function isPictureName(path: string): boolean {
  return imageEndings.includes(endingOf(path));
}

/** Kinds that a note names; the rest is counted together. */
const mostKinds = 6;

/** What a folder holds besides folders and files. */
interface Leftovers {
  readonly others: readonly string[];
  readonly repeated: readonly string[];
  readonly nameless: number;
}

/**
 * What a reader of a folder left out, and why.
 *
 * @example
 * ```ts
 * const passed = new PassedOver();
 * for (const name of ["1.heic", "notes.txt", "2.HEIC"]) passed.addFile(name);
 * passed.describe(); // "3 files: 2 .heic (not decoded here), 1 .txt"
 * ```
 */
export class PassedOver {
  readonly #files = new Map<string, number>();
  readonly #folders: string[] = [];
  #folderReason = "";
  #repeated = 0;
  #nameless = 0;

  /** What a folder holds that can be no picture, or comes again by a link. */
  addListing({ others, repeated, nameless }: Leftovers): void {
    for (const name of others) this.addFile(name, "no file");
    this.#repeated += repeated.length;
    this.#nameless += nameless;
  }

  /** A file of another kind, or of the right kind in the wrong place. */
  addFile(name: string, reason?: string): void {
    const ending = endingOf(name);
    const kind = ending === "" ? "without an ending" : printable(ending).slice(0, 24);
    const why = reason ?? (otherPictures.includes(ending) ? "not decoded here" : undefined);
    const key = why === undefined ? kind : `${kind} (${why})`;
    this.#files.set(key, (this.#files.get(key) ?? 0) + 1);
  }

  /** A folder that was not looked into. */
  addFolder(name: string, reason: string): void {
    this.#folders.push(name);
    this.#folderReason = reason;
  }

  /** What was left out, the most frequent first; nothing where nothing was. */
  describe(): string | undefined {
    const parts: string[] = [];
    const kinds = [...this.#files].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const count = kinds.reduce((sum, [, files]) => sum + files, 0);
    if (count > 0) {
      const named = kinds.slice(0, mostKinds).map(([kind, files]) => `${files} ${kind}`);
      const others = kinds.slice(mostKinds).reduce((sum, [, files]) => sum + files, 0);
      if (others > 0) named.push(`${others} others`);
      parts.push(`${count} file${count === 1 ? "" : "s"}: ${named.join(", ")}`);
    }
    const [first, ...more] = this.#folders;
    if (first !== undefined) {
      const which = more.length === 0 ? "the folder" : `${more.length + 1} folders:`;
      const names = this.#folders.slice(0, 3).map((name) => printable(name).slice(0, 60));
      const rest = more.length > 2 ? " …" : "";
      parts.push(`${which} ${names.join(", ")}${rest} (${this.#folderReason})`);
    }
    const entries = (n: number): string => (n === 1 ? "1 entry" : `${n} entries`);
    if (this.#repeated > 0) parts.push(`${entries(this.#repeated)} that links lead to again`);
    if (this.#nameless > 0) parts.push(`${entries(this.#nameless)} whose names are no UTF-8`);
    return parts.length === 0 ? undefined : parts.join("; ");
  }

  /** Tells it, once for a whole folder. */
  tell(folder: string, onWarning: ((message: string) => void) | undefined): void {
    const what = this.describe();
    if (what !== undefined)
      (onWarning ?? console.warn)(`${printable(folder)}: passed over ${what}`);
  }
}
