/**
 * Images in their order, a few under way at once: a bad one is reported and does not stop the rest.
 * Results go out as they come, as items of one JSON list or as text for people.
 */

import { throwIfAborted } from "../errors.ts";
import { type FailedItem, failedItem } from "../json/items.ts";
import type { PictureItems } from "../json/pictures.ts";
import { workInOrder } from "../tasks/in-order.ts";
import type { Verb } from "../tasks/task-names.ts";
import { printable } from "../untrusted.ts";
import type { Context, ExitCode } from "./command.ts";
import { formatCount } from "./format.ts";
import { type ImageSource, readImage } from "./images.ts";
import { createJsonList } from "./json.ts";
import type { Options } from "./options.ts";
import { createProgress, silentProgress } from "./progress.ts";
import { errorLine, noteCount, reportError, reportNote } from "./report.ts";
import type { ResultSink } from "./result-formats.ts";
import type { Writer } from "./terminal.ts";
import { fitColumns, padText, textWidth } from "./text-width.ts";

/** An image's result: an item of JSON, text for people. */
interface ImageReport {
  readonly item: PictureItems[Verb];
  /** Stands beside the image's name. */
  readonly remark?: string;
  /** The files that were written for it. */
  readonly written?: readonly string[];
  /** What a person at a terminal may want to do about the result; goes to standard error. */
  readonly hint?: string | undefined;
  /** Lines below the image's name. */
  readonly body: string;
  /** The result in a few words, where one line for each of many images says enough. */
  readonly line?: ImageLine | undefined;
  /** The result itself, for a sink. */
  readonly result?: unknown;
}

/** A result in a line: a figure, whose width is the same for all, and words. */
export interface ImageLine {
  readonly figure: string;
  readonly words: string;
}

/** The work on one image. */
export type ImageWork = (bytes: Uint8Array, index: number) => Promise<ImageReport>;

/** What is done with the images. */
interface ImageTask {
  /** Whose JSON tells of images that fail. */
  readonly verb: Verb;
  readonly work: ImageWork;
  /** Takes the results in place of text or JSON. */
  readonly sink?: ResultSink | undefined;
}

/** Whether somebody reads hints: at a terminal, and wanting neither JSON nor quiet. */
export function givesHints({
  values,
  terminal,
}: Pick<Context<Options>, "values" | "terminal">): boolean {
  return terminal.err.interactive && values["json"] !== true && values["quiet"] !== true;
}

/** Columns of a figure with the space around it, and one at the end. */
const scoreColumns = 12;

/** Columns for the names: those of the longest, at most half of what a terminal has for words. */
function nameColumns(images: readonly ImageSource[], { interactive, width }: Writer): number {
  // A folder may have more names than a call takes arguments.
  const longest = images.reduce((most, { name }) => Math.max(most, textWidth(printable(name))), 0);
  return interactive
    ? Math.min(longest, Math.floor((width - scoreColumns) / 2))
    : Math.min(longest, 60);
}

/** One line for an image; on a terminal it is no longer than that. */
function lineOf(name: string, line: ImageLine, columns: number, out: Writer): string {
  const shown = padText(out.interactive ? fitColumns(name, columns) : name, columns);
  const start = `${shown}  ${line.figure}  `;
  const left = Math.max(1, out.width - 1 - textWidth(start));
  const words = out.interactive ? fitColumns(line.words, left) : line.words;
  return `${start}${words}`.trimEnd().concat("\n");
}

/**
 * Does the work for each image and writes its report.
 *
 * @returns 1 where any image failed
 * @throws MobileNetError `aborted` on Ctrl-C; a JSON list is closed even then.
 */
export async function eachImage(
  images: readonly ImageSource[],
  context: Pick<Context<Options>, "values" | "terminal" | "signal" | "stdin">,
  { verb, work, sink }: ImageTask,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { json = false, quiet = false } = context.values as { json?: boolean; quiet?: boolean };
  const { out } = terminal;
  const list = json ? createJsonList<PictureItems[Verb] | FailedItem>(out) : undefined;
  // Results on a screen are progress enough.
  const showsResults = out.interactive && !json;
  const progress =
    quiet || showsResults || images.length < 2
      ? silentProgress
      : createProgress(terminal.err, { format: formatCount, patient: true });
  const columns = nameColumns(images, out);
  const tellWritten = (paths: readonly string[]): void => {
    if (!quiet) for (const path of paths) terminal.err.write(`→ ${printable(path)}\n`);
  };
  let failures = 0;
  let written = false;
  try {
    const reports = workInOrder(images, { signal }, async (image, index) =>
      work(await readImage(image, context), index),
    );
    progress.update(0, images.length, "images");
    for await (const outcome of reports) {
      const { index } = outcome;
      const image = images[index]!;
      try {
        if (outcome.failed) throw outcome.reason;
        const report = outcome.value;
        list?.push(report.item);
        if (sink !== undefined) {
          tellWritten(await sink.push(image, report.result));
        } else if (list === undefined && report.line !== undefined && images.length > 1) {
          out.write(lineOf(printable(image.name), report.line, columns, out));
        } else if (list === undefined) {
          const files = (report.written ?? []).map((path) => `→ ${printable(path)}`);
          const notes = [report.remark ?? "", ...files].filter((note) => note !== "");
          const remark = notes.length === 0 ? "" : `  ${out.dim(notes.join("  "))}`;
          const gap = written ? "\n" : "";
          written = true;
          out.write(`${gap}${out.bold(printable(image.name))}${remark}\n${report.body}`);
        }
        if (report.hint !== undefined && givesHints(context)) reportNote(terminal, report.hint);
      } catch (error) {
        throwIfAborted(signal);
        failures++;
        progress.clear();
        list?.push(failedItem(verb, image.name, errorLine(error)));
        reportError(terminal, error, { about: image.name });
      }
      progress.update(index + 1, images.length, "images");
    }
    tellWritten((await sink?.end()) ?? []);
  } finally {
    progress.clear();
    list?.end();
  }
  // Those that were named one by one are before the user's eyes.
  const isFolder = images.some(({ found }) => found === true);
  if (failures > 0 && isFolder && !quiet) noteCount(terminal, failures, images.length);
  return failures === 0 ? 0 : 1;
}
