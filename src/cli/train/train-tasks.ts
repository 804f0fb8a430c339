/** What `train` does for each task; a row is loaded when it is wanted. */
import type { CommandTask } from "./task-names.ts";
import type { TrainTask } from "./train-task.ts";

export const trainTasks: { readonly [T in CommandTask]: () => Promise<TrainTask<T>> } = {
  classify: async () => (await import("./classify-task.ts")).classifyTask,
  "multi-label": async () => (await import("./multi-label-task.ts")).multiLabelTask,
  detect: async () => (await import("./detect-task.ts")).detectTask,
  segment: async () => (await import("./segment-task.ts")).segmentTask,
};
