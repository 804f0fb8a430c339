/**
 * Paths as a run's files show them: whoever gets a card or a model need not know the folders of the
 * machine that made it, and could not use them.
 */
import { basename, isAbsolute, relative } from "node:path";

/**
 * A path as it was given, but without the folders of this machine, which are nobody's business where the
 * run is published: what lies below the working directory from there, anything else by its own name.
 */
export function shownPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") || isAbsolute(below) ? basename(path) : below;
}
