/**
 * From arguments to an exit code: finds the command, parses its options, shows help, runs it, and
 * turns whatever was thrown into one line on standard error. 0 is done, 1 failed, 2 called wrongly,
 * 130 interrupted.
 */

import { explainFileLimit } from "../disk/file-error-node.ts";
import { didYouMean } from "../suggest.ts";
import { parseArguments } from "./arguments.ts";
import type { CommandRow, Context } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, programHelp, programName } from "./help.ts";
import type { Options } from "./options.ts";
import { reportError } from "./report.ts";
import type { Environment } from "./terminal.ts";
import { loadWidths } from "./text-width.ts";
import { UsageError } from "./usage-error.ts";

/** What a run of the program needs of its process. */
export interface Host extends Pick<Context<Options>, "terminal" | "signal" | "stdin"> {
  readonly environment: Environment;
  /** The package's version. */
  version(): string;
}

/**
 * Runs the program.
 *
 * @param args - Without the program's own name.
 * @returns the exit code; never throws
 */
export async function run(args: readonly string[], host: Host): Promise<number> {
  try {
    return await dispatch(args, host);
  } catch (error) {
    if (host.signal.aborted) {
      host.terminal.err.write(`${programName}: interrupted\n`);
      return 130;
    }
    reportError(host.terminal, explainFileLimit(error), { environment: host.environment });
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch(args: readonly string[], host: Host): Promise<number> {
  const { out, err } = host.terminal;
  const [first, ...rest] = args;
  switch (first) {
    case undefined:
      err.write(programHelp(commands, err));
      return 2;
    case "--version":
    case "-v":
      out.write(`${host.version()}\n`);
      return 0;
    case "--help":
    case "-h":
    case "help": {
      const [topic] = rest.filter((word) => !word.startsWith("-"));
      if (topic === undefined) out.write(programHelp(commands, out));
      else out.write(await helpOf(findCommand(topic), host));
      return 0;
    }
    default:
      return await runCommand(findCommand(first), rest, host);
  }
}

async function runCommand(row: CommandRow, args: readonly string[], host: Host): Promise<number> {
  // Help answers even beside options that are wrong.
  if (args.includes("--help") || args.includes("-h")) {
    host.terminal.out.write(await helpOf(row, host));
    return 0;
  }
  const [command] = await Promise.all([row.load(), loadWidths()]);
  const { terminal, signal, stdin } = host;
  return await command.run({
    ...parseArguments(args, command.options),
    terminal,
    signal,
    stdin,
  });
}

async function helpOf(row: CommandRow, { terminal }: Host): Promise<string> {
  return commandHelp(row, await row.load(), terminal.out);
}

function findCommand(name: string): CommandRow {
  const row = commands.find((candidate) => candidate.name === name);
  if (row !== undefined) return row;
  const known = ["help", ...commands.map((candidate) => candidate.name)];
  if (name.startsWith("-")) {
    throw new UsageError(`unknown option ${name}`, {
      remedy: didYouMean(name, ["--help", "--version"], "A command comes first: run with --help."),
    });
  }
  throw new UsageError(`unknown command ${name}`, {
    remedy: didYouMean(name, known, `Run ${programName} --help for all commands.`),
  });
}
