/**
 * How errors look: one line each on standard error, with control characters made visible; the stack
 * as well under MOBILENETV2_DEBUG=1.
 */
import { describeError, MobileNetError } from "../errors.ts";
import { elide, printable } from "../untrusted.ts";
import { formatCount, plural } from "./format.ts";
import { programName } from "./help.ts";
import type { Environment, Terminal } from "./terminal.ts";

/**
 * Writes an error.
 *
 * @param about - The image it belongs to, where it is one of several.
 */
export function reportError(
  { err }: Terminal,
  error: unknown,
  options: { readonly about?: string; readonly environment?: Environment } = {},
): void {
  const { about, environment = process.env } = options;
  const unexpected = !(error instanceof MobileNetError);
  const note = unexpected ? " (unexpected; MOBILENETV2_DEBUG=1 shows where)" : "";
  const line = errorLine(error);
  // Many messages begin with the name of what they are about.
  const place = about === undefined ? "" : `${printable(about)}: `;
  const text = line.startsWith(place) ? line : `${place}${line}`;
  err.write(`${programName}: ${err.red("error:")} ${text}${note}\n`);
  if (environment.MOBILENETV2_DEBUG === "1") err.write(`${printableLines(stackOf(error))}\n`);
}

/** Writes a note for people: nothing failed, but they may want to know. */
export function reportNote({ err }: Terminal, message: string): void {
  err.write(`${programName}: ${err.yellow("note:")} ${printable(message)}\n`);
}

/** A picture that was left out, and why. */
interface Skipped {
  readonly name: string;
  readonly error: string;
}

/** How many are named. */
const mostNamed = 10;

/** Names the pictures that could not be read, the first few, and says how many there were. */
export function noteSkipped(
  terminal: Terminal,
  skipped: readonly Skipped[] | undefined,
  all: number,
): void {
  if (skipped === undefined || skipped.length === 0) return;
  for (const { name, error } of skipped.slice(0, mostNamed)) {
    reportNote(terminal, `${name} left out: ${error}`);
  }
  noteCount(terminal, skipped.length, all);
}

/** Says how many pictures could not be read. */
export function noteCount(terminal: Terminal, count: number, all: number): void {
  const were = count === 1 ? "was" : "were";
  const pictures = plural(all, "picture");
  reportNote(
    terminal,
    `${formatCount(count)} of ${pictures} could not be read and ${were} left out`,
  );
}

/** An error's message as one printable line. */
export function errorLine(error: unknown): string {
  return printable(elide(describeError(error), 2000).replace(/\s+/g, " ").trim());
}

/** The stack of an error and of those that caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return describeError(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
