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
    const headings = readFileSync(pathOf(target), "utf8").match(/^#+ .*$/gm) ?? [];
    return !headings.map(anchorOf).includes(heading);
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

it("says of each experiment whether it is there", () => {
  const rows = [...page.matchAll(/\| `([\w-]+)` \| (there|to come) \|/g)];
  const there = rows.filter(([, , state]) => state === "there").map(([, name]) => name);
  expect(there.sort()).toEqual(experiments.map(({ name }) => name).sort());
  expect(rows.length).toBeGreaterThanOrEqual(there.length);
});

it("shows every picture of the experiment blocks", () => {
  const pictures = readdirSync(join(root, "docs/experiments")).filter((name) =>
    /^blocks-.*\.svg$/.test(name),
  );
  expect(pictures.length).toBe(5);
  expect(pictures.filter((name) => !page.includes(`](experiments/${name})`))).toEqual([]);
});
