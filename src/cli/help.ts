/**
 * Help texts, generated from the command table and from what each command declares, so that they
 * cannot fall behind the options themselves.
 */
import type { Command, CommandRow } from "./command.ts";
import type { Option } from "./options.ts";
import type { Writer } from "./terminal.ts";

/** The program's name as users type it. */
export const programName = "mobilenetv2";

type Page = Pick<Writer, "bold" | "width">;

/** The help of the whole program. */
export function programHelp(commands: readonly CommandRow[], page: Page): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  const [first] = commands;
  return [
    `${page.bold("Usage:")} ${programName} COMMAND [options]\n`,
    "MobileNetV2 on your own machine: classify, detect, segment and embed pictures.\n",
    `${page.bold("Commands:")}\n${definitions(rows, page.width)}`,
    `${page.bold("Options:")}\n${definitions(
      [
        ["-h, --help", "Show this help, or a command's"],
        ["-v, --version", "Show the version"],
      ],
      page.width,
    )}`,
    `${page.bold("Exit codes:")} 0 done, 1 failed, 2 called wrongly\n`,
    `Run ${programName} ${first?.name ?? "COMMAND"} --help for a command's options and examples.\n`,
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(row: CommandRow, command: Command, page: Page): string {
  const { positionals, options, examples } = command;
  const entries = Object.entries(options);
  const groupOf = ({ group = "Options" }: Option<unknown>): string => group;
  const groups = [...new Set(["Options", ...entries.map(([, option]) => groupOf(option))])];
  const names = positionals.map(({ name }) => name).join(" ");
  const section = (title: string, body: string): string[] =>
    body === "" ? [] : [`${page.bold(`${title}:`)}\n${body}`];
  return [
    `${page.bold("Usage:")} ${`${programName} ${row.name} [options] ${names}`.trim()}\n`,
    `${row.summary}.\n`,
    ...section(
      "Arguments",
      definitions(
        positionals.map(({ name, description }) => [name, description] as const),
        page.width,
      ),
    ),
    ...groups.flatMap((group) =>
      section(
        group,
        definitions(
          entries
            .filter(([, option]) => groupOf(option) === group)
            .map(([name, option]) => [optionTerm(name, option), optionText(option)] as const),
          page.width,
        ),
      ),
    ),
    ...section(
      "Examples",
      examples.map(({ call, effect }) => `  ${programName} ${call}\n      ${effect}\n`).join(""),
    ),
  ].join("\n");
}

function optionTerm(name: string, { short, placeholder }: Option<unknown>): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`;
}

function optionText({ description, shownDefault }: Option<unknown>): string {
  return shownDefault === undefined ? description : `${description} (default: ${shownDefault})`;
}

/** Terms at the left, their texts wrapped in a column beside them; a long term has its own line. */
export function definitions(rows: readonly (readonly [string, string])[], width: number): string {
  const longest = Math.max(0, ...rows.map(([term]) => term.length));
  const column = Math.min(longest, 30) + 4;
  return rows
    .map(([term, text]) => {
      const lines = wrap(text, Math.max(20, width - column));
      const head = `  ${term}`;
      const start =
        head.length + 2 > column ? `${head}\n${" ".repeat(column)}` : head.padEnd(column);
      return `${start}${lines.join(`\n${" ".repeat(column)}`)}\n`;
    })
    .join("");
}

/** Words into lines of at most `width` characters, where words allow. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
