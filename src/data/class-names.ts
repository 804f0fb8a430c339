/**
 * From what a dataset calls its classes to the classes of a model: by label, by one of the synonyms in
 * a label, by the WordNet id that a label starts with, or by index. A wrong guess would give plausible
 * but wrong scores, so what is not found or not unique is an error that lists close labels.
 */
import { MobileNetError } from "../errors.ts";
import { unusedLabel } from "../models/labels.ts";
import { closest } from "../suggest.ts";
import { quote } from "../untrusted.ts";

/** How many names an error lists. */
const mostListed = 10;

/**
 * The class of each name, by the name as given.
 *
 * Case, surrounding space and the difference between space, `_` and `-` do not matter. `tabby` finds
 * `tabby, tabby cat`; `n02123045` finds `n02123045 tabby`; `282` is an index unless it is a label.
 *
 * @param node - The file or folder that the names are from, for the message.
 * @throws MobileNetError `invalid-argument` that lists the names without a class, or with several.
 *
 * @example
 * ```ts
 * const classes = matchClasses(["Tabby", "1"], ["n02123045 tabby, tabby cat", "tench"], "photos");
 * [...classes.values()]; // [0, 1]
 * ```
 */
export function matchClasses(
  names: Iterable<string>,
  labels: readonly string[],
  node: string,
): ReadonlyMap<string, number> {
  const known = knownNames(labels);
  const found = new Map<string, number>();
  const faults: string[] = [];
  let unmatched = 0;
  for (const name of new Set(names)) {
    const classes = findClasses(name, labels, known);
    if (classes.length === 1) found.set(name, classes[0]!);
    else if (++unmatched <= mostListed) faults.push(describeFault(name, classes, labels, known));
  }
  if (unmatched === 0) return found;
  const more = unmatched > mostListed ? ` and ${unmatched - mostListed} more` : "";
  const used = labels.filter((label) => label !== unusedLabel);
  throw new MobileNetError("invalid-argument", "classes of the data do not fit the model's", {
    node,
    expected: `labels of the model (${used
      .slice(0, 3)
      .map((label) => quote(label))
      .join(", ")} …) or indices from 0 to ${labels.length - 1}`,
    received: `${faults.join(", ")}${more}`,
    remedy:
      "Name the classes as the model's labels, or by their indices; labels.txt beside a model names its classes.",
  });
}

/** By level of strictness, the classes that a normalised name stands for. */
type KnownNames = readonly ReadonlyMap<string, readonly number[]>[];

function knownNames(labels: readonly string[]): KnownNames {
  const levels = [new Map<string, number[]>(), new Map<string, number[]>()] as const;
  const add = (level: Map<string, number[]>, name: string, index: number): void => {
    const classes = level.get(name);
    if (classes === undefined) level.set(name, [index]);
    else if (!classes.includes(index)) classes.push(index);
  };
  labels.forEach((label, index) => {
    if (label === unusedLabel) return;
    const [whole, parts] = levels;
    add(whole, normalise(label), index);
    const { id, words } = splitSynset(label);
    if (id !== undefined) add(parts, id, index);
    add(parts, normalise(words), index);
    for (const synonym of words.split(",")) add(parts, normalise(synonym), index);
  });
  return levels;
}

function findClasses(
  name: string,
  labels: readonly string[],
  known: KnownNames,
): readonly number[] {
  // Classes that differ in case alone are told apart by it.
  const at = name === unusedLabel ? -1 : labels.indexOf(name);
  if (at >= 0 && at === labels.lastIndexOf(name)) return [at];
  for (const level of known) {
    const classes = level.get(normalise(name));
    if (classes !== undefined) return classes;
  }
  const index = /^\d{1,9}$/.test(name.trim()) ? Number(name) : Number.NaN;
  if (index < labels.length) return [index];
  const { id } = splitSynset(name);
  return (id === undefined ? undefined : known[1]?.get(id)) ?? [];
}

/** A WordNet id such as `n02123045` at the start, and what follows it. */
function splitSynset(label: string): { readonly id?: string; readonly words: string } {
  const match = /^\s*(n\d{8})(?:[\s:,_-]+(.*))?$/is.exec(label);
  if (match === null) return { words: label };
  return { id: match[1]!.toLowerCase(), words: match[2] ?? "" };
}

function normalise(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();
}

function describeFault(
  name: string,
  classes: readonly number[],
  labels: readonly string[],
  known: KnownNames,
): string {
  if (classes.length > 1) {
    const choices = classes.slice(0, 4).map((index) => `${index} ${quote(labels[index]!)}`);
    return `${quote(name)} (several classes: ${choices.join(", ")}; give the index)`;
  }
  const close = closest(
    normalise(name),
    known.flatMap((level) => [...level.keys()]),
  );
  const index = known.flatMap((level) => level.get(close ?? "") ?? [])[0];
  return index === undefined ? quote(name) : `${quote(name)} (close: ${quote(labels[index]!)})`;
}

/**
 * For every class of one model the class of the same name in another; undefined where it has none.
 * Where labels repeat, their order tells them apart.
 */
export function translateClasses(
  from: readonly string[],
  to: readonly string[],
): readonly (number | undefined)[] {
  const places = new Map<string, number[]>();
  to.forEach((label, index) => {
    const name = normalise(label);
    const indices = places.get(name);
    if (indices === undefined) places.set(name, [index]);
    else indices.push(index);
  });
  return from.map((label) => places.get(normalise(label))?.shift());
}

/** The place of a class in a second model, which must know it; `place` is by `translateClasses`. */
export function requireTranslated(
  place: number | undefined,
  { label, second }: { readonly label: string | undefined; readonly second: string },
): number {
  if (place !== undefined) return place;
  throw new MobileNetError("invalid-argument", "the second model lacks a class of the data", {
    node: second,
    expected: quote(label),
  });
}

/** Refuses an index that is none of the model's classes; `node` names the sample. */
export function checkClass(index: number, labels: readonly string[], node: string): void {
  if (Number.isInteger(index) && index >= 0 && index < labels.length) return;
  throw new MobileNetError("invalid-argument", "the model knows no such class", {
    node,
    expected: `an index from 0 to ${labels.length - 1}`,
    received: quote(index),
  });
}
