/**
 * Pictures and what is to be learnt of them, told apart wherever their folder lies, so that a run's file
 * can say which it was trained on and `--resume` notices that they are others by now. Of targets it is the
 * meaning that counts, not how a file spells it: classes and boxes, or a mask's file and colours.
 */
import { createHash } from "node:crypto";
import type { DataSet, Pictures } from "../../data/pictures.ts";
import type { TrueObject } from "../../data/samples.ts";
import { realPathOf } from "../../disk/entries-node.ts";
import { readEnds } from "../../disk/read-node.ts";
import { type ErrorCode, MobileNetError } from "../../errors.ts";
import { isRecord } from "../../formats/files.ts";
import { quote } from "../../untrusted.ts";

/** Of a picture's file at either end: nearly all pictures whole, and of the others what any change moves. */
const endBytes = 65_536;

/** So many pictures are looked at at once. */
const atOnce = 32;

/** Some pictures of a run, and the names of their classes. */
export interface MarkedPart {
  readonly pictures: Pictures<unknown>;
  readonly classes: readonly string[];
}

/** The marks of pictures that are files, and of what is to be learnt of each, as they are written down. */
export interface Marks {
  readonly pictures: ReadonlySet<number>;
  readonly targets: ReadonlySet<number>;
}

/** The marks of a part. */
export async function marksOf(part: MarkedPart): Promise<Marks> {
  const marks = { pictures: new Set<number>(), targets: new Set<number>() };
  for await (const { named, target } of looksAt(part)) {
    for (const { own } of named) marks.pictures.add(own);
    if (named.length > 0) marks.targets.add(target);
  }
  return marks;
}

/** The parts that `run.json` has marks of. */
export function markedParts({
  training,
  validation,
  classes,
}: Pick<DataSet<unknown>, "training" | "validation" | "classes">): readonly MarkedPart[] {
  return [training, validation].map((pictures) => ({ pictures, classes }));
}

/** What there is of a picture now. */
interface Look {
  readonly index: number;
  readonly named: readonly Mark[];
  readonly target: number;
}

/** Looks at all pictures in order, some at once. */
async function* looksAt({ pictures, classes }: MarkedPart): AsyncGenerator<Look> {
  for (let start = 0; start < pictures.count; start += atOnce) {
    const length = Math.min(atOnce, pictures.count - start);
    const looks = Array.from({ length }, async (_, i): Promise<Look> => {
      const index = start + i;
      const path = pictures.path?.(index) ?? "";
      const text = path === "" ? "" : await targetText({ pictures, classes }, index);
      const target = hashOf(`${shortName(path)}=${text}`);
      return { index, named: await namedMarks(path), target };
    });
    yield* await Promise.all(looks);
  }
}

/** What is to be learnt of a picture: equal texts mean equal targets. */
async function targetText({ pictures, classes }: MarkedPart, index: number): Promise<string> {
  const file = pictures.targetFile?.(index);
  if (file === undefined) return labelText(pictures.label(index), classes);
  const ends = await digestOf(file.path);
  return `${shortName(file.path)}:${ends?.size}:${ends?.digest}:${file.meaning}`;
}

/** A label by its classes' names: where only their order differs, that is what a message shall say. */
function labelText(label: unknown, classes: readonly string[]): string {
  const texts = (Array.isArray(label) ? label : [label]).map((one: unknown) => {
    if (!isRecord(one)) return classes[one as number] ?? one;
    const { classIndex, box, crowd = false, difficult = false } = one as unknown as TrueObject;
    const { x, y, width, height } = box;
    return [classes[classIndex] ?? classIndex, x, y, width, height, crowd, difficult];
  });
  return JSON.stringify(texts.map((text) => JSON.stringify(text)).sort());
}

/** The mark of a picture's file; nothing where there is no such file. */
export async function markOfFile(path: string): Promise<number | undefined> {
  return (await namedMarks(path))[0]?.own;
}

/** All that a picture's file may be known by, to runs of before marks told of contents too. */
export async function markedAs(path: string): Promise<readonly number[]> {
  return numbersOf(await namedMarks(path));
}

function numbersOf(marks: readonly Mark[]): readonly number[] {
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
  const file = path === "" ? undefined : await digestOf(path);
  if (file === undefined) return [];
  const { size, digest } = file;
  const real = await realPathOf(path);
  return [path, ...(real === undefined || real === path ? [] : [real])].map((one) => {
    const name = shortName(one);
    return { own: hashOf(`${name}:${size}:${digest}`), earlier: hashOf(`${name}:${size}`) };
  });
}

/** A file's size, and a hash of its bytes at either end; nothing where it cannot be read. */
async function digestOf(
  path: string,
): Promise<{ readonly size: number; readonly digest: string } | undefined> {
  const file = await readEnds(path, endBytes);
  if (file === undefined) return undefined;
  return { size: file.size, digest: createHash("sha256").update(file.ends).digest("hex") };
}

/** A file's name, and that of the folder it is in. */
function shortName(path: string): string {
  return path.split(/[\\/]/).slice(-2).join("/");
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The marks of all that a run is about, as `run.json` has them. */
export interface RunMarks {
  readonly trained: ReadonlySet<number>;
  readonly tested: ReadonlySet<number>;
  readonly targets: ReadonlySet<number>;
}

/** The marks of a run's pictures. */
export async function marksOfRun(set: Parameters<typeof markedParts>[0]): Promise<RunMarks> {
  const [trained, tested] = await Promise.all(markedParts(set).map(marksOf));
  return {
    trained: trained!.pictures,
    tested: tested!.pictures,
    targets: new Set([...trained!.targets, ...tested!.targets]),
  };
}

/** How many pictures a message names. */
const mostNamed = 4;

/** How other pictures are told of. */
interface ChangeWords {
  readonly code: ErrorCode;
  readonly pictures: string;
  readonly targets: string;
  readonly remedy: string;
}

const sinceThen: ChangeWords = {
  code: "invalid-data",
  pictures: "pictures have changed since the run began",
  targets: "what is to be learnt of pictures has changed since the run began",
  remedy: "Put them back as they were, or begin anew: by --force, or in another folder.",
};

/** Of another machine than the one that began the run. */
export const onThisMachine: ChangeWords = {
  code: "integrity",
  pictures: "this machine has other pictures than the run was begun with",
  targets: "on this machine something else is to be learnt of pictures than the run was begun with",
  remedy: "Give every machine the same files under the same paths.",
};

/**
 * Refuses pictures and targets that are others than a run's.
 *
 * @param run - What its file says; of a run of before perhaps less.
 * @throws MobileNetError which names the first.
 */
export async function requireRunPictures(
  set: Parameters<typeof markedParts>[0],
  {
    trained,
    tested,
    targets,
  }: Pick<RunMarks, "trained"> & Partial<{ [N in keyof RunMarks]: RunMarks[N] | undefined }>,
  words: ChangeWords = sinceThen,
): Promise<void> {
  const parts = markedParts(set).slice(0, tested === undefined ? 1 : 2);
  const pictures = new Set([...trained, ...(tested ?? [])]);
  await requireUnchanged(parts, { pictures, targets }, words);
}

/**
 * Refuses pictures that are not as they were when a run began, and those of which something else is to be
 * learnt.
 *
 * @param marks - Of its pictures then, whatever they were for; runs of before have none of targets.
 * @throws MobileNetError `invalid-data`, which names the first.
 */
export async function requireUnchanged(
  parts: readonly MarkedPart[],
  marks: Pick<Marks, "pictures"> & { readonly targets?: Marks["targets"] | undefined },
  words: ChangeWords = sinceThen,
): Promise<void> {
  const changed: string[] = [];
  const missing: string[] = [];
  const others: string[] = [];
  const found = new Set<number>();
  for (const part of parts) {
    for await (const { index, named, target } of looksAt(part)) {
      const own = numbersOf(named);
      const name = part.pictures.name(index);
      const known = own.some((mark) => marks.pictures.has(mark));
      if (own.length === 0) missing.push(name);
      else if (!known) changed.push(name);
      else if (marks.targets?.has(target) === false) others.push(name);
      for (const mark of own) if (marks.pictures.has(mark)) found.add(mark);
    }
  }
  // What was missing from the beginning has no mark.
  if (found.size < marks.pictures.size) changed.push(...missing);
  if (changed.length > 0) {
    const expected = "files of the names and contents that it began with";
    throw otherThan(changed, "pictures", { expected, words });
  }
  if (others.length > 0) {
    const expected = "the classes, boxes or masks that it began with";
    throw otherThan(others, "targets", { expected, words });
  }
}

function otherThan(
  names: readonly string[],
  of: "pictures" | "targets",
  { expected, words }: { readonly expected: string; readonly words: ChangeWords },
): MobileNetError {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  const received = `others: ${names.slice(0, mostNamed).map(quote).join(", ")}${more}`;
  const { code, remedy } = words;
  return new MobileNetError(code, words[of], { expected, received, remedy });
}
