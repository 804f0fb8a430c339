/** Lines of CSV (RFC 4180) that spreadsheets show and do not compute. */
import { printable } from "../untrusted.ts";

/** A line's cells. */
export type CsvRow = readonly (string | number)[];

/** How a text begins that spreadsheets take for a formula and compute. */
const formula = /^[=+\-@＝＋－＠]./u;

/** Whether a spreadsheet would take a text for a formula. */
export function looksComputed(text: string): boolean {
  return formula.test(text);
}

/** A line with its end; texts, which come from others, never begin a formula, and numbers stay numbers. */
export function csvLine(row: CsvRow): string {
  return `${row.map(csvCell).join(",")}\n`;
}

function csvCell(value: string | number): string {
  const text = printable(`${value}`);
  const cell = typeof value === "string" && looksComputed(text) ? `'${text}` : text;
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
