/** The tasks that the command trains, by name. */
import type { TrainingTask } from "../../train/session-tasks.ts";

export type CommandTask = TrainingTask;

/** Their names, complete by the type. */
const names: { readonly [T in CommandTask]: true } = {
  classify: true,
  "multi-label": true,
  detect: true,
  segment: true,
};

export const commandTasks: readonly CommandTask[] = Object.keys(names) as CommandTask[];
