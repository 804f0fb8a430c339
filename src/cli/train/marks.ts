/** Pictures told apart wherever their folder lies, so that a run's file can say which it was trained on. */
import { createHash } from "node:crypto";
import type { Pictures } from "../../data/pictures.ts";
import { realPathOf } from "../../disk/entries-node.ts";
import { readEnds } from "../../disk/read-node.ts";
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";

/** Of a picture's file at either end: nearly all pictures whole, and of the others what any change moves. */
const endBytes = 65_536;

/** The marks of pictures that are files, as they are written down. */
export async function marksOf(pictures: Pictures<unknown>): Promise<ReadonlySet<number>> {
  const marks = new Set<number>();
  for (let index = 0; index < pictures.count; index++) {
    for (const { own } of await namedMarks(pictures.path?.(index) ?? "")) marks.add(own);
  }
  return marks;
}

/** All that a picture's file may be known by, to runs of before marks told of contents too. */
export async function markedAs(path: string): Promise<readonly number[]> {
  const marks = await namedMarks(path);
  return [...new Set(marks.flatMap(({ own, earlier }) => [own, earlier]))];
}

/** Numbers that tell a picture from others, wherever their folder lies. */
interface Mark {
  /** Of its name, that of the folder it is in, its size in bytes, and its first and last bytes. */
  readonly own: number;
  /** The same without any bytes. */
  readonly earlier: number;
}

/**
 * The marks of a picture's file under its own name, and under that of the file that it is a link to; none
 * where there is no such file. Times say nothing: a copy of a folder has others.
 */
async function namedMarks(path: string): Promise<readonly Mark[]> {
  const file = path === "" ? undefined : await readEnds(path, endBytes);
  if (file === undefined) return [];
  const { size, ends } = file;
  const digest = createHash("sha256").update(ends).digest("hex");
  const real = await realPathOf(path);
  return [path, ...(real === undefined || real === path ? [] : [real])].map((one) => {
    const name = one.split(/[\\/]/).slice(-2).join("/");
    return { own: hashOf(`${name}:${size}:${digest}`), earlier: hashOf(`${name}:${size}`) };
  });
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
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
      for (const mark of own) if (marks.has(mark)) found.add(mark);
    }
  }
  // What was missing from the beginning has no mark.
  if (found.size < marks.size) changed.push(...missing);
  if (changed.length === 0) return;
  const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : "";
  throw new MobileNetError("invalid-data", "pictures have changed since the run began", {
    expected: "files of the names and contents that it began with",
    received: `others: ${changed.slice(0, mostNamed).map(quote).join(", ")}${more}`,
    remedy: "Put them back as they were, or begin anew: by --force, or in another folder.",
  });
}
