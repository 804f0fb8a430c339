/** Faults of a dataset's files, and the check that a path in one of them stays in the dataset. */
import { MobileNetError } from "../errors.ts";
import { checkJsonSize } from "../formats/files.ts";
import { quote } from "../untrusted.ts";
import { wrongArgument } from "../wrong-argument.ts";

/** The error for a part of a dataset that is not as it must be. */
export function invalidData(
  node: string,
  summary: string,
  details: {
    readonly expected?: string | undefined;
    readonly received?: string | undefined;
    readonly remedy?: string | undefined;
  } = {},
): MobileNetError {
  return new MobileNetError("invalid-data", summary, { node, ...details });
}

/**
 * Refuses what is no path to a dataset.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkPath(path: unknown, call: string): void {
  if (typeof path !== "string") throw wrongArgument(call, "a path as text", path);
}

/**
 * A path that a dataset's file names, with forward slashes and without `.` segments.
 *
 * @throws MobileNetError `invalid-data` where it leads out of the dataset's folder.
 *
 * @example
 * ```ts
 * pathInside("./val/cat.jpg", "list.txt"); // "val/cat.jpg"
 * ```
 */
export function pathInside(path: string, node: string): string {
  const segments = path
    .replaceAll("\\", "/")
    .split("/")
    .filter((segment) => segment !== ".");
  const outside = segments.some((segment) => segment === "" || segment === "..");
  const strange = path.length > 1024 || path.includes("\0") || /^[a-z]:/i.test(path);
  if (!outside && !strange && segments.length > 0) return segments.join("/");
  throw invalidData(node, "a path leads out of the folder of pictures", {
    expected: "a path below it, such as val/cat.jpg",
    received: quote(path),
  });
}

/** What JSON of labelled pictures may hold: several times what COCO's largest file does. */
const dataJson = { bytes: 500_000_000, depth: 100, values: 100_000_000 } as const;

/**
 * Refuses JSON of which more would be made than there is memory for, before anything is.
 *
 * @throws MobileNetError `invalid-data`.
 */
export function checkDataJson(bytes: Uint8Array, file: string): void {
  try {
    checkJsonSize(bytes, file, dataJson);
  } catch (error) {
    const { expected, received } = error as MobileNetError;
    throw invalidData(file, "the JSON is out of all proportion", { expected, received });
  }
}
