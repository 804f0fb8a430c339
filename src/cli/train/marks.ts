/** Pictures told apart wherever their folder lies, so that a run's file can say which it was trained on. */
import type { Pictures } from "../../data/pictures.ts";
import { realPathOf, statusIfThere } from "../../disk/entries-node.ts";
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";

/** The marks of pictures that are files. */
export async function marksOf(pictures: Pictures<unknown>): Promise<ReadonlySet<number>> {
  const marks = new Set<number>();
  for (let index = 0; index < pictures.count; index++) {
    for (const mark of await markedAs(pictures.path?.(index) ?? "")) marks.add(mark);
  }
  return marks;
}

/** The marks of a picture's file under its own name, and under that of the file that it is a link to. */
export async function markedAs(path: string): Promise<readonly number[]> {
  const real = path === "" ? undefined : await realPathOf(path);
  const marks = await Promise.all([path, ...(real === undefined ? [] : [real])].map(markOf));
  return [...new Set(marks.filter((mark) => mark !== undefined))];
}

/**
 * A number that tells a picture from others wherever their folder lies: of its name, that of the folder
 * it is in, and its size in bytes. Undefined where there is no such file.
 */
export async function markOf(path: string): Promise<number | undefined> {
  const status = path === "" ? undefined : await statusIfThere(path);
  if (status === undefined) return undefined;
  const name = path.split(/[\\/]/).slice(-2).join("/");
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${name}:${status.size}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** How many pictures a message names. */
const mostNamed = 4;

/**
 * Refuses pictures that are not as they were when a run began.
 *
 * @param marks - Of its pictures then, whatever they were for.
 * @throws MobileNetError `invalid-data`, which names the first.
 */
export async function requireUnchanged(
  parts: readonly Pictures<unknown>[],
  marks: ReadonlySet<number>,
): Promise<void> {
  const changed: string[] = [];
  const missing: string[] = [];
  const found = new Set<number>();
  for (const pictures of parts) {
    for (let index = 0; index < pictures.count; index++) {
      const own = await markedAs(pictures.path?.(index) ?? "");
      const known = own.some((mark) => marks.has(mark));
      if (own.length === 0) missing.push(pictures.name(index));
      else if (!known) changed.push(pictures.name(index));
      for (const mark of own) found.add(mark);
    }
  }
  // What was missing from the beginning has no mark.
  if (found.size < marks.size) changed.push(...missing);
  if (changed.length === 0) return;
  const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : "";
  throw new MobileNetError("invalid-data", "pictures have changed since the run began", {
    expected: "files of the names and sizes that it began with",
    received: `others: ${changed.slice(0, mostNamed).map(quote).join(", ")}${more}`,
    remedy: "Put them back as they were, or begin anew: by --force, or in another folder.",
  });
}
