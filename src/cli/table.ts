/**
 * Plain tables for a terminal: columns as wide as their widest cell, numbers to the right, two
 * spaces between columns and none at a line's end.
 */
import { printable } from "../untrusted.ts";
import { textWidth } from "./text-width.ts";

/** A column: its heading and the side its cells stand on. */
export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/** How a table looks. */
export interface TableStyle {
  /** Put before every line. */
  readonly indent?: string;
  /** Applied to the line of headings. */
  readonly heading?: (text: string) => string;
}

/**
 * The lines of a table, each with its end of line.
 *
 * @example
 * ```ts
 * const columns = [{ heading: "label" }, { heading: "share", align: "right" }] as const;
 * formatTable(columns, [["cat", "9 %"]]); // "label  share\ncat      9 %\n"
 * ```
 */
export function formatTable(
  columns: readonly Column[],
  texts: readonly (readonly string[])[],
  { indent = "", heading = (text) => text }: TableStyle = {},
): string {
  // Names of layers and classes come from files.
  const rows = texts.map((row) => row.map(printable));
  const widths = columns.map((column, i) =>
    Math.max(textWidth(column.heading), ...rows.map((row) => textWidth(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align = "left" }, i) => {
        const cell = cells[i] ?? "";
        const space = " ".repeat(widths[i]! - textWidth(cell));
        return align === "left" ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  const head = heading(line(columns.map((column) => column.heading)));
  return [head, ...rows.map(line)].map((text) => `${indent}${text}\n`).join("");
}
