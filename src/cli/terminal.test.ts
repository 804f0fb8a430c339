import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson } from "./json.ts";
import { createProgress } from "./progress.ts";
import { formatTable } from "./table.ts";
import { createTerminal } from "./terminal.ts";

/** What steers a terminal or reorders a line, and plain letters between. */
const hostile = fc.string({
  unit: fc.constantFrom(
    ...["\x1b[31m", "\x1b]0;title\x07", "\r", "\b", "\x7f", "\u009b31m", "\u0085", "\u0001"],
    ...["\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "a", "é", "漢", "\u0002", "[", "m"],
  ),
});

/** Any of them, unescaped. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function terminalOf(environment: Record<string, string>, isTTY = false) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), isTTY };
  return { terminal: createTerminal(stream, stream, environment), text: () => written.join("") };
}

describe("a terminal", () => {
  it("gets nothing of a file's that steers it, whatever writes", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const { terminal, text } = terminalOf({ NO_COLOR: "1" });
        terminal.out.write(`${name}\n`);
        terminal.err.write(formatTable([{ heading: "name" }], [[name]]));
        createProgress(terminal.err, { format: String }).update(1, 2, name);
        expect(text().replaceAll("\n", "")).not.toMatch(steering);
      }),
    );
  });

  it("gets the program's own styles, and no other", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const { terminal, text } = terminalOf({ FORCE_COLOR: "1" });
        const { out } = terminal;
        out.write(`${out.bold(name)}, ${out.red("x")}\n`);
        const shown = text().replaceAll("\n", "");
        const styles = [1, 22, 31, 39].map((code) => `\x1b[${code}m`);
        const own = styles.reduce((left, style) => left.replaceAll(style, ""), shown);
        expect(own).not.toMatch(steering);
        // As many as the two styles have: what the name holds adds none.
        expect(shown.length - own.length).toBe((name === "" ? 0 : 9) + 10);
      }),
    );
  });

  it("redraws a line by codes of the program's", () => {
    const { terminal, text } = terminalOf({ NO_COLOR: "1" }, true);
    const progress = createProgress(terminal.err, { format: String });
    progress.update(1, 2, "a\x1b[2J\nb");
    progress.clear();
    const [before, drawn, after] = text().split("\r\x1b[K");
    expect([before, after]).toEqual(["", ""]);
    expect(drawn).toMatch(/a\\u001b\[2J\\u000ab$/);
    expect(drawn).not.toMatch(steering);
  });

  it("gets JSON that says the same and steers nothing", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const { terminal, text } = terminalOf({});
        terminal.out.write(formatJson({ name, [name]: [1, 2] }));
        expect(JSON.parse(text())).toEqual({ name, [name]: [1, 2] });
        expect(text().replaceAll("\n", "")).not.toMatch(steering);
      }),
    );
  });
});
