/**
 * Where a command writes: results to standard output, everything else to standard error, with
 * colours only where a person looks. Whatever a command writes is made printable here, so that no name
 * of a file, layer or class steers the terminal; its own styles go by marks that nobody else can make.
 * Commands never touch `process` themselves, so that they can be tested without one.
 */
import { printable } from "../untrusted.ts";

/** What a terminal needs of `process.stdout` and `process.stderr`. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The environment variables that matter here. */
export interface Environment {
  readonly TERM?: string | undefined;
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly MOBILENETV2_DEBUG?: string | undefined;
}

/** Wraps text in a style where colours are on. */
interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** One of the two streams with its styles. */
export interface Writer extends Styles {
  write(text: string): void;
  /** Whether a person looks at it. */
  readonly interactive: boolean;
  /** Columns for running text: at most 100. */
  readonly width: number;
}

/** Both streams of a process. */
export interface Terminal {
  readonly out: Writer;
  readonly err: Writer;
}

/** The codes that start and end a style (ECMA-48, "select graphic rendition"). */
const codes: Record<keyof Styles, readonly [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** Drawn anew for every process, so that no file can hold it. */
const secret = Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join("");
const marks = new RegExp(`\u0001${secret}:([^\u0002]*)\u0002`);

/** Stands for a code that steers the terminal until it is written. */
function mark(code: string): string {
  return `\u0001${secret}:${code}\u0002`;
}

/** Goes to the line's beginning and empties it. */
export const eraseLine: string = mark("\r[K");

/** A text as it goes to the terminal: marks become codes, all else printable, line by line. */
export function dress(text: string): string {
  return text
    .split(marks)
    .map((part, i) =>
      i % 2 === 1
        ? part.replace("[", "\x1b[")
        : part
            .split("\n")
            .map((line) => printable(line))
            .join("\n"),
    )
    .join("");
}

/** Joins two streams and the environment into a terminal. */
export function createTerminal(
  stdout: OutputStream,
  stderr: OutputStream,
  environment: Environment,
): Terminal {
  return { out: createWriter(stdout, environment), err: createWriter(stderr, environment) };
}

function createWriter(stream: OutputStream, environment: Environment): Writer {
  const interactive = stream.isTTY === true && environment.TERM !== "dumb";
  const colours = wantsColours(interactive, environment);
  const style =
    (name: keyof Styles): ((text: string) => string) =>
    (text) =>
      colours && text !== ""
        ? mark(`[${codes[name][0]}m`) + text + mark(`[${codes[name][1]}m`)
        : text;
  return {
    write: (text) => {
      stream.write(dress(text));
    },
    interactive,
    width: Math.min(100, Math.max(20, stream.columns || 80)),
    bold: style("bold"),
    dim: style("dim"),
    red: style("red"),
    green: style("green"),
    yellow: style("yellow"),
  };
}

/** NO_COLOR (no-color.org) switches colours off, FORCE_COLOR on; else a terminal decides. */
function wantsColours(interactive: boolean, environment: Environment): boolean {
  if ((environment.NO_COLOR ?? "") !== "") return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return interactive;
}
