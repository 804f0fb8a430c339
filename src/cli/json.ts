/**
 * One JSON document on standard output. Items of a list are written as they come, one a line, so
 * that thousands of embeddings need no memory and a stopped run still leaves a closed list.
 */
import { escapeControls, formatJson } from "../format-json.ts";
import type { JsonOutput } from "../json/outputs.ts";
import type { Writer } from "./terminal.ts";

export { formatJson };

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
