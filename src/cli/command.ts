/**
 * What a command is: its arguments and options as data, from which parsing and help follow, and a
 * function that does the work. A command is one file under commands/ and one row in commands.ts.
 */
import type { Option, Options, OptionValues } from "./options.ts";
import { flag } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Done, or failed in part or whole. A misused command throws UsageError, which exits with 2. */
export type ExitCode = 0 | 1;

/** What a command gets to work with. */
export interface Context<O extends Options> {
  readonly values: OptionValues<O>;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
  /** Fires on Ctrl-C, and where nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** Standard input, for commands that read an image from it. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/** A positional argument as the help shows it. */
export interface Positional {
  /** `IMAGE…` */
  readonly name: string;
  readonly description: string;
}

/** A call that the help shows. */
interface Example {
  /** Without the program's name. */
  readonly call: string;
  readonly effect: string;
}

/** A command of the command line. */
export interface Command<O extends Options = Options> {
  readonly positionals: readonly Positional[];
  readonly options: O;
  readonly examples: readonly Example[];
  run(context: Context<O>): Promise<ExitCode>;
}

/** A command's row in the table: enough for `--help`, the rest is loaded when it runs. */
export interface CommandRow {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** Fixes a command's option types where it is declared. */
export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command;
}

/** What every command may be told about its output. */
export interface OutputOptions extends Options {
  readonly json: Option<boolean>;
  readonly quiet: Option<boolean>;
  readonly help: Option<boolean>;
}

/** Options of every command. */
export const outputOptions: OutputOptions = {
  json: flag({ description: "Print one JSON document on standard output" }),
  quiet: flag({ description: "Print results and errors only", short: "q" }),
  help: flag({ description: "Show this help", short: "h" }),
};
