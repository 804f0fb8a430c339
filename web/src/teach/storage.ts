/**
 * What is kept in this browser from visit to visit: examples and the model. Where it keeps nothing, as in
 * some private windows, all works for this visit, and the page says so.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createStore, del, delMany, get, getMany, set, setMany, type UseStore } from "idb-keyval";
import { failureOf } from "../engine/engine.ts";
import type { Failure } from "../engine/engine-api.ts";
import type { TaughtClass } from "./examples.ts";
import type { OwnModel } from "./own-model.ts";

type Kind = "classes" | "model";

const failures: Signal<{ readonly [K in Kind]?: Failure | undefined }> = signal({});

/** Why something is not kept, where that is so. */
export const notKept: ReadonlySignal<Failure | undefined> = computed(
  () => failures.value.classes ?? failures.value.model,
);

/** A class as it is kept: its pictures stand by themselves, so that one more writes one more. */
interface KeptClass {
  readonly id: string;
  readonly name: string;
  readonly examples: readonly string[];
}

let opened: UseStore | undefined;

function store(): UseStore {
  opened ??= createStore("mobilenetv2-teach", "kept");
  return opened;
}

/** The pictures that are kept. */
let keptIds: ReadonlySet<string> = new Set();

/** The classes of an earlier visit; undefined where there are none. */
export async function keptClasses(): Promise<readonly TaughtClass[] | undefined> {
  return attempt("classes", async () => {
    const list = await get<readonly KeptClass[]>("classes", store());
    if (list === undefined) return undefined;
    const ids = list.flatMap(({ examples }) => examples);
    const files = await getMany<Blob>([...ids], store());
    const found = new Map(ids.map((id, i) => [id, files[i]]));
    keptIds = new Set(ids);
    return list.map(({ id, name, examples }) => ({
      id,
      name,
      examples: examples.flatMap((example) => {
        const file = found.get(example);
        return file === undefined ? [] : [{ id: example, file }];
      }),
    }));
  });
}

let wanted: readonly TaughtClass[] | undefined;
let writing = false;

/** Keeps the classes as they are now; of changes that come meanwhile, the last counts. */
export async function keepClasses(classes: readonly TaughtClass[]): Promise<void> {
  wanted = classes;
  if (writing) return;
  writing = true;
  while (wanted !== undefined) {
    const now: readonly TaughtClass[] = wanted;
    wanted = undefined;
    await attempt("classes", () => write(now));
  }
  writing = false;
}

async function write(classes: readonly TaughtClass[]): Promise<void> {
  const files = new Map(
    classes.flatMap(({ examples }) => examples.map(({ id, file }) => [id, file])),
  );
  const list = classes.map(
    ({ id, name, examples }): KeptClass => ({ id, name, examples: examples.map((one) => one.id) }),
  );
  const added = [...files].filter(([id]) => !keptIds.has(id));
  await setMany([...added, ["classes", list]], store());
  const gone = [...keptIds].filter((id) => !files.has(id));
  keptIds = new Set(files.keys());
  if (gone.length > 0) await delMany(gone, store());
}

/** The model of an earlier visit. */
export function keptModel(): Promise<OwnModel | undefined> {
  return attempt("model", () => get<OwnModel>("model", store()));
}

/** Keeps a model, or forgets it. */
export async function keepModel(model: OwnModel | undefined): Promise<void> {
  await attempt("model", () =>
    model === undefined ? del("model", store()) : set("model", model, store()),
  );
}

/** Goes on without, where it does not work. */
async function attempt<T>(kind: Kind, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await work();
    failures.value = { ...failures.value, [kind]: undefined };
    return result;
  } catch (error) {
    const { message } = failureOf(error);
    failures.value = { ...failures.value, [kind]: { code: "storage", message } };
    return undefined;
  }
}
