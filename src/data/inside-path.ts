/** Paths in files of annotations, which tools write from wherever they ran. */

/**
 * A path from a folder of the data set on, with `.` and `..` followed; nothing where it leads out of the
 * data set, or is no path.
 *
 * @example
 * ```ts
 * insidePath("labels", "../images/a.jpg"); // "images/a.jpg"
 * insidePath("", "../secret"); // undefined
 * ```
 */
export function insidePath(folder: string, path: string): string | undefined {
  if (path.length > 1024 || /^(?:[/\\]|[a-z]:)|\0/i.test(path)) return undefined;
  const segments = folder === "" ? [] : folder.split("/");
  for (const segment of path.replaceAll("\\", "/").split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.length === 0 ? undefined : segments.join("/");
}
