/** Marks of the pictures that a model was trained on, kept beside files that are made of it. */
import { removeEntry } from "../../disk/entries-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { reportNote } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { type RunFile, writeRunFile } from "./run-file.ts";

/**
 * Leaves beside a file what its model was trained on, for `evaluate`, or takes away what is old.
 *
 * @param path - Of the file that says so.
 */
export async function keepRun(
  run: RunFile | undefined,
  path: string,
  terminal: Terminal | undefined,
): Promise<void> {
  if (run === undefined || run.trained.size === 0) return await removeEntry(path);
  await writeWhole(path, writeRunFile(run));
  if (terminal !== undefined)
    reportNote(terminal, `${path} tells evaluate which pictures the model was trained on`);
}
