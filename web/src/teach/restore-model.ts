/** The model that this browser kept, which is listed before anybody asks which models there are. */
import { type Signal, signal } from "@preact/signals";
import type { ModelFiles } from "mobilenetv2";
import { engine } from "../engine/engine.ts";
import type { ModelChoice } from "../engine/engine-api.ts";
import type { LessonReport } from "../engine/teach-api.ts";
import { keptModel } from "./storage.ts";

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

/** The model, if there is one. */
export const ownModel: Signal<OwnModel | undefined> = signal(undefined);

let restoring: Promise<void> | undefined;

/** Brings back what was kept, once a visit. */
export function restoreModel(): Promise<void> {
  restoring ??= restore();
  return restoring;
}

async function restore(): Promise<void> {
  const kept = await keptModel();
  if (kept === undefined) return;
  await engine().listModel(kept.name, kept.files);
  ownModel.value = kept;
}

/** All models that there are, the one that was kept among them. */
export async function listedModels(): Promise<readonly ModelChoice[]> {
  await restoreModel();
  return await engine().models();
}
