import { describe, expect, it } from "vitest";
import { commands } from "./commands.ts";
import { run } from "./run.ts";
import { createTerminal, type Environment } from "./terminal.ts";

/** Runs the program in this process and collects what it writes. */
async function call(args: readonly string[], environment: Environment = {}, isTTY = false) {
  const written = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    isTTY,
    columns: 80,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await run(args, {
    terminal: createTerminal(stream("out"), stream("err"), environment),
    environment,
    signal: new AbortController().signal,
    stdin: (async function* () {})(),
    version: () => "1.2.3",
  });
  return { code, ...written };
}

describe("the program", () => {
  it("tells its version and its commands", async () => {
    expect(await call(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
    const help = await call(["--help"]);
    for (const { name, summary } of commands) {
      expect(help.out).toContain(`${name} `);
      expect(help.out).toContain(summary);
    }
  });

  it("without a command shows the help as an error", async () => {
    expect(await call([])).toMatchObject({ code: 2, out: "", err: (await call(["help"])).out });
  });

  it.each([
    [["detcet"], "Did you mean detect?"],
    [["--versoin"], "Did you mean --version?"],
    [["help", "profil"], "Did you mean profile?"],
    [["quit"], "Run mobilenetv2 --help"],
  ])("answers %j with one line and exit code 2", async (args, remedy) => {
    const { code, out, err } = await call(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(remedy);
    expect(err.trimEnd()).not.toContain("\n");
  });
});

describe.each(commands)("the help of $name", ({ name, load }) => {
  it("names every option, fits the terminal and answers beside other arguments", async () => {
    const { code, out } = await call([name, "--nonsense", "--help"]);
    expect(code).toBe(0);
    const { options, examples } = await load();
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
    for (const { call: example } of examples) expect(out).toContain(`mobilenetv2 ${example}\n`);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect((await call(["help", name])).out).toBe(out);
  });

  it("declares short forms that differ, and examples that start with it", async () => {
    const { options, examples } = await load();
    const shorts = Object.values(options).flatMap(({ short }) => short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(example.call.split(" ")[0]).toBe(name);
  });
});

describe("colours", () => {
  const coloured = "\x1b[";

  it("are for terminals only, and NO_COLOR switches them off", async () => {
    expect((await call(["--help"], {}, true)).out).toContain(coloured);
    expect((await call(["--help"], {}, false)).out).not.toContain(coloured);
    expect((await call(["--help"], { NO_COLOR: "1" }, true)).out).not.toContain(coloured);
    expect((await call(["--help"], { FORCE_COLOR: "1" }, false)).out).toContain(coloured);
  });
});
