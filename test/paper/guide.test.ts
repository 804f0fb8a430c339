/** docs/paper.md leads somewhere: each file, each name in a file, each heading and picture that it names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { experiments } from "../../src/experiments/experiments.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const place = "docs/paper.md";
const page = readFileSync(join(root, place), "utf8");

const links = [...page.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)]
  .map(([, words = "", target = ""]) => ({ words, target }))
  .filter(({ target }) => !target.startsWith("https://"));

const pathOf = (target: string): string => join(root, dirname(place), target.replace(/#.*/, ""));

it("names files that are there", () => {
  expect(links.filter(({ target }) => !existsSync(pathOf(target)))).toEqual([]);
  expect(links.length).toBeGreaterThan(30);
});

it("names functions, types and tables that their files export", () => {
  const named = links
    .filter(({ target }) => target.endsWith(".ts"))
    .flatMap(({ words, target }) =>
      [...words.matchAll(/`(\w+)`/g)].map(([, name = ""]) => ({ name, target })),
    );
  const missing = named.filter(({ name, target }) => {
    const declared = `export (?:async )?(?:function\\*?|const|class|interface|type) ${name}\\b`;
    return !new RegExp(declared, "m").test(readFileSync(pathOf(target), "utf8"));
  });
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(20);
});

it("leads to headings that are there", () => {
  const dead = links.filter(({ target }) => {
    const [, heading] = target.split("#");
    if (heading === undefined) return false;
    const text = target.startsWith("#") ? page : readFileSync(pathOf(target), "utf8");
    const headings = text.match(/^#+ .*$/gm) ?? [];
    return !headings.map(anchorOf).includes(heading) && !text.includes(`<a id="${heading}">`);
  });
  expect(dead).toEqual([]);
  expect(links.some(({ target }) => target.includes("#"))).toBe(true);
});

/** As GitHub makes anchors of headings. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

/** The report's sections: one for each experiment that has been run. */
const reported = new Set(
  [
    ...readFileSync(join(root, "docs/experiments/REPORT.md"), "utf8").matchAll(
      /<a id="([\w-]+)">/g,
    ),
  ].map(([, name]) => name),
);

it("says of each experiment whether it has been run", () => {
  const rows = [...page.matchAll(/\| \[`([\w-]+)`\]\(([^)]+)\) \| (.*) \|/g)].map(
    ([, name, code, state]) => ({ name, code, state }),
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(experiments.map(({ name }) => name).sort());
  for (const { name, code, state } of rows) {
    expect(code).toBe(`../src/experiments/${name}/${name}.ts`);
    const told = reported.has(name)
      ? `[in the report](experiments/REPORT.md#${name})`
      : "not run in full yet";
    expect([name, state]).toEqual([name, told]);
  }
});

/** Headings with what stands below each; those that only gather others have nothing. */
const sections = page
  .split(/^(?=##+ )/m)
  .slice(1)
  .map((text) => ({ heading: text.slice(0, text.indexOf("\n")), text }))
  .filter(({ text, heading }) => text.trim() !== heading);

it.each(sections)("$heading leads to code, an experiment and what it has to show", ({ text }) => {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const ours = targets.filter((target) => target.startsWith("../src/experiments/"));
  const code = targets.filter((target) => target.endsWith(".ts") && !ours.includes(target));
  expect(code).not.toEqual([]);
  const named = [...text.matchAll(/\[`[\w-]+`\]\(\.\.\/src\/experiments\/([\w-]+)\/\1\.ts\)/g)].map(
    ([, name = ""]) => name,
  );
  expect(named).not.toEqual([]);
  if (!named.some((name) => reported.has(name))) return;
  const shown = targets.filter((target) => /^experiments\/(?:.*\.svg|REPORT\.md#.*)$/.test(target));
  expect(shown).not.toEqual([]);
});

it("has the paper's sections", () => {
  expect(sections.map(({ heading }) => heading.replace(/^#+ |:.*/g, ""))).toEqual([
    ...["1 and 2", "3.1", "3.2", "3.3", "3.4", "4", "5", "6.1", "6.2", "6.3", "6.4", "Appendix A"],
  ]);
});

it("shows every picture that there is", () => {
  const pictures = readdirSync(join(root, "docs/experiments")).filter((name) =>
    name.endsWith(".svg"),
  );
  expect(pictures.length).toBeGreaterThan(10);
  expect(pictures.filter((name) => !page.includes(`](experiments/${name})`))).toEqual([]);
});
