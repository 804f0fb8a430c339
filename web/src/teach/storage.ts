/**
 * What is kept in this browser from visit to visit: examples and the model. Where it keeps nothing, as in
 * some private windows, all works for this visit, and the page says so.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createStore, del, get, getMany, promisifyRequest, set, type UseStore } from "idb-keyval";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import type { TaughtClass } from "./examples.ts";
import { type KeptClass, mergeClasses } from "./kept-classes.ts";
import type { OwnModel } from "./restore-model.ts";

type Kind = "classes" | "model";

const failures: Signal<{ readonly [K in Kind]?: Failure | undefined }> = signal({});

/** Why something is not kept, where that is so. */
export const notKept: ReadonlySignal<Failure | undefined> = computed(
  () => failures.value.classes ?? failures.value.model,
);

let opened: UseStore | undefined;

function store(): UseStore {
  opened ??= createStore("mobilenetv2-teach", "kept");
  return opened;
}

/** The classes as this tab read or wrote them last. */
let before: readonly KeptClass[] = [];

/** The classes of an earlier visit; undefined where there are none. */
export async function keptClasses(): Promise<readonly TaughtClass[] | undefined> {
  return attempt("classes", async () => {
    const list = await get<readonly KeptClass[]>("classes", store());
    if (list === undefined) return undefined;
    const ids = list.flatMap(({ examples }) => examples);
    const files = await getMany<Blob>([...ids], store());
    const found = new Map(ids.map((id, i) => [id, files[i]]));
    before = list;
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
  const now = classes.map(
    ({ id, name, examples }): KeptClass => ({ id, name, examples: examples.map((one) => one.id) }),
  );
  // Read and written in one go, between which no other tab writes.
  await store()("readwrite", async (kept) => {
    const old: readonly KeptClass[] = (await promisifyRequest(kept.get("classes"))) ?? [];
    const merged = mergeClasses(old, { before, now });
    const [oldIds, ids] = [idsOf(old), idsOf(merged)];
    for (const id of ids) if (!oldIds.has(id)) kept.put(files.get(id), id);
    for (const id of oldIds) if (!ids.has(id)) kept.delete(id);
    kept.put(merged, "classes");
    await promisifyRequest(kept.transaction);
  });
  before = now;
}

function idsOf(classes: readonly KeptClass[]): ReadonlySet<string> {
  return new Set(classes.flatMap(({ examples }) => examples));
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
