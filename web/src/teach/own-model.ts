/** The model of this browser: one that was taught here, or opened from files. */
import { type Signal, signal } from "@preact/signals";
import type { ModelFiles } from "mobilenetv2";
import { engine } from "../engine/engine.ts";
import type { LessonReport } from "../engine/teach-api.ts";
import { refreshModels } from "../parts/model-choice.tsx";
import { keepModel, keptModel } from "./storage.ts";

/** A model and how it came to be. */
export interface OwnModel {
  readonly name: string;
  readonly files: ModelFiles;
  readonly labels: readonly string[];
  /** Of one that was taught here. */
  readonly report?: LessonReport | undefined;
  /** The examples that it was taught from, as `lessonMark` has them. */
  readonly mark?: string | undefined;
}

/** A model that was taught here has this name. */
export const taughtName = "my-model";

/** The model, if there is one. */
export const ownModel: Signal<OwnModel | undefined> = signal(undefined);

/** Uses and keeps a model from now on, instead of the one before. */
export async function setModel(model: OwnModel): Promise<void> {
  const { name: before } = ownModel.value ?? {};
  await list(model);
  if (before !== undefined && before !== model.name) await unlist(before);
  await keepModel(model);
}

/** Forgets it. */
export async function forgetModel(): Promise<void> {
  const { name } = ownModel.value ?? {};
  ownModel.value = undefined;
  await keepModel(undefined);
  if (name !== undefined) await unlist(name);
}

let restoring: Promise<void> | undefined;

/** Brings back what was kept, once a visit. */
export function restoreModel(): Promise<void> {
  restoring ??= keptModel().then(async (kept) => {
    if (kept !== undefined && ownModel.value === undefined) await list(kept);
  });
  return restoring;
}

/** Opens a model in files by what it is called. */
export async function openFiles(files: readonly File[]): Promise<OwnModel> {
  const read = files.map(async (file): Promise<[string, Uint8Array]> => {
    return [file.name, new Uint8Array(await file.arrayBuffer())];
  });
  const bytes = new Map(await Promise.all(read));
  const labels = await engine().readModel(bytes);
  const [first] = files;
  const name = files.length === 1 && first !== undefined ? first.name : "model.json";
  const model = { name, files: bytes, labels };
  await setModel(model);
  return model;
}

async function list(model: OwnModel): Promise<void> {
  await engine().listModel(model.name, model.files);
  await refreshModels(model.name);
  ownModel.value = model;
}

async function unlist(name: string): Promise<void> {
  await engine().listModel(name, undefined);
  // A host without models has no list.
  await refreshModels(name).catch(() => undefined);
}
