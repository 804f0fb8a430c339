/** What the page is made of: small, of this host alone, and all there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const web = join(dist, "web");
const names = readdirSync(web, { recursive: true, encoding: "utf8" });
const texts = new Map(
  names
    .filter((name) => /\.(?:js|css|html|svg|webmanifest)$/.test(name))
    .map((name) => [name, readFileSync(join(web, name), "utf8")]),
);
const html = texts.get("index.html") ?? "";

it("is at most 100 KB, compressed, beside the engine", () => {
  const bytes = [...texts.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(100_000);
});

it("names no other host", () => {
  // Names of formats are no addresses that anybody asks; comments are licences.
  const known = /^https?:\/\/www\.w3\.org\//;
  for (const [name, text] of texts) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
    const addresses = code.match(/https?:\/\/[^\s"'`)]+/g) ?? [];
    expect(
      addresses.filter((address) => !known.test(address)),
      name,
    ).toEqual([]);
  }
});

it("has scripts and styles in files alone, so that its policy need not allow others", () => {
  expect(html).toMatch(/<meta\s+http-equiv="Content-Security-Policy"/);
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  const policy = /content="(default-src[^"]*)"/.exec(html)?.[1] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval'(?:;|$)/);
  expect(policy).not.toContain("unsafe-inline");
});

it("is kept for later whole: all of its files, and the library's that it loads", () => {
  const worker = texts.get("sw.js") ?? "";
  const { folder, files } = JSON.parse(readFileSync(join(web, "engine.json"), "utf8"));
  expect(files).toContain("browser.js");
  for (const file of files as string[]) {
    expect(existsSync(join(dist, file)), file).toBe(true);
    expect(worker).toContain(`${folder}/${file}`);
  }
  const own = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !["sw.js", "engine.json"].includes(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(web.length + 1));
  for (const name of own) expect(worker).toContain(name.replaceAll("\\", "/"));
});
