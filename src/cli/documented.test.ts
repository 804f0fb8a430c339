/** Every command that the documents show has the options that they show it with. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commands } from "./commands.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guides = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const report = "docs/experiments/REPORT.md";
const documents = ["README.md", report, ...guides.map((name) => `docs/${name}`)].map((name) => ({
  name,
  text: readFileSync(join(root, name), "utf8"),
}));

/** Calls in code blocks and in code spans, up to the line's comment. */
const calls = documents.flatMap(({ name, text }) =>
  [...text.matchAll(/mobilenetv2 (\w+)((?: [^\s`#]+)*)/g)].map(([call, command, rest = ""]) => ({
    name,
    call,
    command,
    options: rest.match(/(?<= )--?[a-z][a-z-]*/g) ?? [],
  })),
);

const known = new Map(
  await Promise.all(
    commands.map(async ({ name, load }) => {
      const { options } = await load();
      const names = Object.entries(options).flatMap(([long, { short }]) => [
        `--${long}`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]);
      return [name, new Set(names)] as const;
    }),
  ),
);

describe("the documents", () => {
  it("show calls", () => {
    expect(calls.filter(({ options }) => options.length > 0).length).toBeGreaterThan(20);
  });

  it("show only options that the command has", () => {
    const wrong = calls.flatMap(({ name, call, command = "", options }) => {
      const own = known.get(command);
      if (own === undefined) return [];
      return options
        .filter((option) => !own.has(option) && option !== "--help")
        .map((option) => `${name}: ${option} in ${call}`);
    });
    expect(wrong).toEqual([]);
  });

  it("speak only of options of train in the guide to training", () => {
    const { text = "" } = documents.find(({ name }) => name === "docs/training.md") ?? {};
    const spans = [...text.matchAll(/`(--[a-z-]+)[^`]*`/g)].map(([, option = ""]) => option);
    expect(spans.length).toBeGreaterThan(10);
    expect(spans.filter((option) => !known.get("train")?.has(option))).toEqual([]);
  });
});
