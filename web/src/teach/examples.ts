/** The classes that are taught, and their examples; they stay from view to view and from visit to visit. */
import { type Signal, signal } from "@preact/signals";
import { engine, sent } from "../engine/engine.ts";
import type { Picture } from "../engine/engine-api.ts";
import type { ClassPictures } from "../engine/teach-api.ts";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { keepClasses, keptClasses } from "./storage.ts";

/** A small picture. */
export interface Example {
  readonly id: string;
  readonly file: Blob;
}

/** A class with its examples, the oldest first. */
export interface TaughtClass {
  readonly id: string;
  readonly name: string;
  readonly examples: readonly Example[];
}

/** So many pictures a class has room for: more are of no use to so few layers, and take memory. */
export const mostExamples = 1000;

/** The classes; undefined until it is known what was kept. */
export const classes: Signal<readonly TaughtClass[] | undefined> = signal(undefined);

let restoring: Promise<void> | undefined;

/** Brings back what was kept, once a visit. */
export function restoreClasses(): Promise<void> {
  restoring ??= keptClasses().then((kept) => {
    classes.value = kept ?? firstClasses();
  });
  return restoring;
}

function change(changed: readonly TaughtClass[]): void {
  classes.value = changed;
  void keepClasses(changed);
}

function changeOne(id: string, how: (one: TaughtClass) => Partial<TaughtClass>): void {
  change((classes.value ?? []).map((one) => (one.id === id ? { ...one, ...how(one) } : one)));
}

/** Begins with two classes without examples. */
export function clearClasses(): void {
  change(firstClasses());
}

function firstClasses(): readonly TaughtClass[] {
  const { className } = read(teachText);
  return [1, 2].map((number) => ({ id: newId(), name: className(number), examples: [] }));
}

/** Adds a class, whose identity is returned. */
export function addClass(): string {
  const { className } = read(teachText);
  const old = classes.value ?? [];
  let number = old.length + 1;
  while (old.some(({ name }) => name === className(number))) number++;
  const id = newId();
  change([...old, { id, name: className(number), examples: [] }]);
  return id;
}

/**
 * Adds pictures of classes: to those that there are by their names, as new classes otherwise. Classes
 * without pictures make way.
 *
 * @returns How many were added, and how many a class had no room for.
 */
export function addPictures(given: readonly ClassPictures[]): {
  readonly added: number;
  readonly leftOut: number;
} {
  const list = (classes.value ?? []).filter(({ examples }) => examples.length > 0);
  let [added, leftOut] = [0, 0];
  for (const { name, examples } of given) {
    const place = list.findIndex((one) => one.name === name);
    const old = list[place] ?? { id: newId(), name, examples: [] };
    const room = examples.slice(0, mostExamples - old.examples.length);
    const more = room.map((file) => ({ id: newId(), file }));
    list[place < 0 ? list.length : place] = { ...old, examples: [...old.examples, ...more] };
    added += room.length;
    leftOut += examples.length - room.length;
  }
  change(list);
  return { added, leftOut };
}

/** Gives a class another name. */
export function renameClass(id: string, name: string): void {
  changeOne(id, () => ({ name }));
}

/** Forgets a class and its examples. */
export function removeClass(id: string): void {
  change((classes.value ?? []).filter((one) => one.id !== id));
}

/** How many more examples a class has room for. */
export function roomIn(id: string): number {
  const one = classes.value?.find((each) => each.id === id);
  return one === undefined ? 0 : mostExamples - one.examples.length;
}

/**
 * Adds a picture to a class.
 *
 * @throws Failure where it cannot be read.
 */
export async function addExample(id: string, picture: Picture): Promise<void> {
  const file = await engine().example(sent(picture));
  if (roomIn(id) <= 0) return;
  changeOne(id, ({ examples }) => ({ examples: [...examples, { id: newId(), file }] }));
}

/** Forgets an example. */
export function removeExample(id: string, example: string): void {
  changeOne(id, ({ examples }) => ({ examples: examples.filter((one) => one.id !== example) }));
}

/** What a model would be taught from; another text after any change. */
export function lessonMark(taught: readonly TaughtClass[]): string {
  return JSON.stringify(taught.map(({ name, examples }) => [name, examples.map(({ id }) => id)]));
}

let made = 0;

/** Unlike any other, on pages without a secure context too. */
function newId(): string {
  return `${Date.now().toString(36)}-${made++}-${Math.random().toString(36).slice(2, 8)}`;
}
