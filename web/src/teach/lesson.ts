/** The lesson that goes on, whichever view is looked at. */
import { type Signal, signal } from "@preact/signals";
import { engine, listener } from "../engine/engine.ts";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import type { LessonProgress, Way } from "../engine/teach-api.ts";
import { lessonMark, type TaughtClass } from "./examples.ts";
import { setModel, taughtName } from "./own-model.ts";

/** Whether one goes on, and how the last one ended. */
export interface LessonState {
  readonly progress?: LessonProgress;
  readonly ended?: "done" | "stopped";
  readonly failure?: Failure;
}

/** What there is to say of lessons. */
export const lesson: Signal<LessonState> = signal({});

/** How it is taught. */
export interface LessonChoice {
  readonly base: string | undefined;
  readonly way: Way;
  readonly mirrored: boolean;
}

/** What is missing, as a failure's code and the class that it is about; nothing where a lesson can begin. */
function missing(classes: readonly TaughtClass[]): Failure | undefined {
  if (classes.length < 2) return { code: "few-classes", message: "" };
  const names = classes.map(({ name }) => name.trim());
  if (names.includes("")) return { code: "no-name", message: "" };
  if (new Set(names).size < names.length) return { code: "same-name", message: "" };
  if (classes.some(({ examples }) => examples.length === 0)) {
    return { code: "few-examples", message: "" };
  }
  return undefined;
}

/** Teaches; what comes of it stands in the signals. */
export async function startLesson(
  classes: readonly TaughtClass[],
  { base, way, mirrored }: LessonChoice,
): Promise<void> {
  const failure =
    missing(classes) ?? (base === undefined ? { code: "no-base", message: "" } : undefined);
  if (failure !== undefined || base === undefined) {
    lesson.value = failure === undefined ? {} : { failure };
    return;
  }
  lesson.value = { progress: { stage: "loading", epochs: [], of: 0 } };
  const taught = classes.map(({ name, examples }) => ({
    name: name.trim(),
    examples: examples.map(({ file }) => file),
  }));
  let going = true;
  const onProgress = listener((progress: LessonProgress) => {
    if (going) lesson.value = { progress };
  });
  try {
    const request = { base, way, mirrored, classes: taught };
    const { files, report } = await engine().teach(request, onProgress);
    going = false;
    const labels = taught.map(({ name }) => name);
    await setModel({ name: taughtName, files, labels, report, mark: lessonMark(classes) });
    lesson.value = { ended: "done" };
  } catch (error) {
    going = false;
    const reason = failureOf(error);
    lesson.value = reason.code === "aborted" ? { ended: "stopped" } : { failure: reason };
  }
}

/** Stops the lesson; the model from before stays. */
export async function stopLesson(): Promise<void> {
  await engine().stopTeaching();
}
