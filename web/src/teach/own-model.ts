/** The model of this browser: one that was taught here, or opened from files. */
import { engine } from "../engine/engine.ts";
import { refreshModels } from "../parts/model-choice.tsx";
import { type OwnModel, ownModel, restoreModel } from "./restore-model.ts";
import { keepModel } from "./storage.ts";

/** A model that was taught here has this name. */
export const taughtName = "my-model";

/** Uses and keeps a model from now on, instead of the one before. */
export async function setModel(model: OwnModel): Promise<void> {
  await restoreModel();
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
