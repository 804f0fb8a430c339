/** What the file system's errors mean for the one who named the file. */
import { describeError, MobileNetError } from "../errors.ts";

/** Node's code of a system error, also of one behind an error of this library. */
export function codeOf(error: unknown): string | undefined {
  const system = error instanceof MobileNetError ? error.cause : error;
  const code = (system as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What a failure of the file system means for the user. */
export function fileError(path: string | undefined, error: unknown): MobileNetError {
  const code = codeOf(error) ?? "";
  const known: Record<string, readonly [summary: string, remedy: string]> = {
    ENOENT: ["no such file or folder", "Check the path."],
    EACCES: ["permission denied", "Check who may read or write it."],
    EPERM: ["permission denied", "Check who may read or write it."],
    EROFS: ["the disk is read-only", "Choose another place."],
    EISDIR: ["this is a folder", "Name a file."],
    ENOTDIR: ["a part of the path is no folder", "Check the path."],
    EEXIST: ["a file stands where a folder should be", "Choose another place."],
    ENOSPC: ["no space left on the disk", "Free some space or choose another place."],
    EDQUOT: ["the disk quota is used up", "Free some space or choose another place."],
    EFBIG: ["the file would be too large", "Choose another place."],
    ENAMETOOLONG: ["the name is too long", "Choose a shorter one."],
    ELOOP: ["the path leads round in links", "Remove the link that leads back."],
    ENXIO: ["this is a socket, or a device that nobody serves", "Name a file."],
    EMFILE: ["too many open files", "Raise the limit (ulimit -n 1024) and try again."],
    ENFILE: ["too many open files", "Close some programs and try again."],
  };
  const [summary, remedy] = known[code] ?? [describeError(error), undefined];
  const errorCode = code === "ENOENT" ? "not-found" : "io";
  return new MobileNetError(errorCode, summary, { node: path, remedy, cause: error });
}

/**
 * The error of too few files that this process may open, where that is what stopped the work, be it a
 * module of this program's or of another's; else the error as it is.
 */
export function explainFileLimit(error: unknown): unknown {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 10; depth++) {
    const { message } = cause;
    const system = codeOf(cause);
    const code = ["EMFILE", "ENFILE"].find(
      (name) => system === name || message.includes(`${name}:`),
    );
    if (code !== undefined) {
      return new MobileNetError("io", "too many open files", {
        expected: "a process that may open 100 files at once",
        received: code,
        remedy: "Raise the limit (ulimit -n 1024) and try again.",
        cause: error,
      });
    }
    cause = cause.cause;
  }
  return error;
}
