/**
 * One JSON document on standard output. Items of a list are written as they come, one a line, so
 * that thousands of embeddings need no memory and a stopped run still leaves a closed list.
 */
import type { JsonOutput } from "../json/outputs.ts";
import type { Writer } from "./terminal.ts";

/** A list that is written item by item. */
export interface JsonList<Item> {
  push(item: Item): void;
  /** Closes the list; nothing may follow. */
  end(): void;
}

/** Starts a list; nothing is written before the first item or the end. */
export function createJsonList<Item>(out: Pick<Writer, "write">): JsonList<Item> {
  let count = 0;
  return {
    push: (item) => {
      out.write(`${count === 0 ? "[\n" : ",\n"}${escapeControls(JSON.stringify(item))}`);
      count++;
    },
    end: () => out.write(count === 0 ? "[]\n" : "\n]\n"),
  };
}

/** Writes what a command answers as a whole document with indentation; its type is the command's own. */
export function writeJson<Output extends JsonOutput>(
  out: Pick<Writer, "write">,
  value: Output,
): void {
  out.write(formatJson(value));
}

/** A whole document with indentation and its end of line; a list of numbers stays on one line. */
export function formatJson(value: unknown): string {
  // Line breaks inside texts are escaped, so that only lists can match.
  const text = escapeControls(JSON.stringify(value, undefined, 2)).replace(
    /\[\n[-+.\de,\s]+\]/g,
    (numbers) => `[${numbers.slice(1, -1).trim().replace(/\s+/g, " ")}]`,
  );
  return `${text}\n`;
}

/** The same JSON, with what steers a terminal or reorders text escaped too: it stands in texts only. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A float32's value with no more digits than tell it from its neighbours. */
export function shortFloat(value: number): number {
  return Number(value.toPrecision(9));
}
