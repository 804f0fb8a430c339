/**
 * Pages without a bundler: the package's folder `dist/page` on a file server, the page's own or one of
 * another origin as a CDN is. A page waits for few files, and its worker works too.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "@jridgewell/sourcemap-codec";
import type { Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { smallModelFiles, smallResolution } from "../browser/models.ts";
import { type Site, startSite } from "../browser/site.ts";
import { useSite } from "../browser/use-site.ts";
import { publishedFiles, root } from "./project.ts";

const read = (path: string): Uint8Array => readFileSync(join(root, path));
const files = new Map<string, Uint8Array | string>();
let elsewhere: Site;

const pages = useSite(async () => {
  for (const { path } of await publishedFiles()) {
    const [, name] = /^dist\/page\/(.+)$/.exec(path) ?? [];
    if (name !== undefined) files.set(`/mobilenetv2/${name}`, read(path));
  }
  // Another origin, that lets anyone read.
  elsewhere = await startSite((path) => files.get(path), {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
  const example = readFileSync(join(root, "examples/no-bundler/index.html"), "utf8");
  files.set("/index.html", example);
  for (const name of ["index.html", "main.js", "worker.js"]) {
    files.set(`/worker/${name}`, readFileSync(join(root, "examples/worker", name), "utf8"));
  }
  files.set("/empty.html", "<!doctype html><title>Empty</title>");
  files.set("/cifar10.tflite", read("models/cifar10.tflite"));
  // A server says what a file is by its bytes where it does not know its name.
  files.set("/photo.jpg", read("examples/images/chelsea.png"));
  for (const [path, bytes] of smallModelFiles()) files.set(`/${path}`, bytes);
  // The example in a folder has the package beside it.
  return (path) => files.get(path) ?? files.get(path.replace(/^\/worker\//, "/"));
});

afterAll(() => elsewhere?.close());

/** A page and what it has asked for. */
async function open(path: string): Promise<{ page: Page; requests: string[] }> {
  const page = await (await pages.browser.newContext()).newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pages.site.origin + path);
  return { page, requests };
}

it("the example names what its picture shows", async () => {
  const { page, requests } = await open("/index.html");
  await expect
    .poll(() => page.getByRole("status").textContent(), { timeout: 20_000 })
    .toMatch(/^cat, \d+ %$/);
  const scripts = requests.filter((url) => url.endsWith(".js"));
  expect(scripts[0]).toMatch(/mobilenetv2\.min\.js$/);
  // The reader of such files and the 8-bit kernels.
  expect(scripts.length, scripts.join(" ")).toBeLessThanOrEqual(5);
});

it("the example with a worker of its own names many pictures, and stops when told", async () => {
  const { page } = await open("/worker/index.html");
  const status = (): Promise<string | null> => page.getByRole("status").textContent();
  const picture = Buffer.from(read("examples/images/chelsea.png"));
  const named = (name: string, buffer = picture) => ({ name, mimeType: "image/png", buffer });
  const chosen = [named("a.png"), named("damaged.png", Buffer.from("none")), named("b.png")];
  await page.locator("input").setInputFiles(chosen);
  await expect.poll(status, { timeout: 20_000 }).toBe("3 pictures");
  const items = await page.getByRole("listitem").allTextContents();
  expect(items.map((text) => text.split(": ")[0])).toEqual(["a.png", "damaged.png", "b.png"]);
  expect(items[0]).toMatch(/^a\.png: cat, \d+ %$/);
  expect(items[1]).not.toContain(" %");
  expect(page.workers()).toHaveLength(1);

  // Pressed as soon as the worker was asked.
  await page.evaluate(() => {
    const press = (): void => document.querySelector("button")?.click();
    document.querySelector("input")?.addEventListener("change", press, { once: true });
  });
  await page
    .locator("input")
    .setInputFiles(Array.from({ length: 20 }, (_, i) => named(`${i}.png`)));
  await expect.poll(status, { timeout: 20_000 }).toMatch(/^Stopped after \d+$/);
  expect(await page.getByRole("listitem").count()).toBeLessThan(20);
  // The next are answered as before.
  await page.locator("input").setInputFiles([named("c.png")]);
  await expect.poll(status, { timeout: 20_000 }).toBe("1 pictures");
});

interface Answer {
  readonly description: string;
  readonly best: number | undefined;
}

type Library = typeof import("../../src/browser.ts");

/** Classifies in a page with the library from an origin. */
function classify(page: Page, library: string, worker: boolean): Promise<Answer> {
  // Vitest would give the import a meaning of its own.
  const script = `import("${library}/mobilenetv2/mobilenetv2.min.js").then((module) => {
    globalThis.library = module;
  })`;
  return page.evaluate(
    async ([code, resolution, inWorker]) => {
      // biome-ignore lint/security/noGlobalEval: the page is this test's own.
      await globalThis.eval(code);
      const { loadClassifier } = (globalThis as unknown as { library: Library }).library;
      const options = { resolution, worker: inWorker, onWarning() {} };
      const classifier = await loadClassifier("/model.json", options);
      const photo = await (await fetch("/photo.jpg")).blob();
      const [best] = await classifier.classify(photo);
      return { description: classifier.description, best: best?.index };
    },
    [script, smallResolution, worker] as const,
  );
}

it("a float32 model waits for two scripts at most", async () => {
  const { page, requests } = await open("/empty.html");
  const { description } = await classify(page, pages.site.origin, false);
  expect(description).toMatch(/^wasm/);
  const scripts = requests.filter((url) => url.endsWith(".js"));
  expect(scripts.length, scripts.join(" ")).toBeLessThanOrEqual(2);
});

it.each(["its own", "another"])("a worker runs the script of %s origin", async (origin) => {
  const library = origin === "another" ? elsewhere.origin : pages.site.origin;
  const { page } = await open("/empty.html");
  const here = await classify(page, library, false);
  const there = await classify(page, library, true);
  expect(there.description).toMatch(/, in a worker$/);
  expect(there.best).toBe(here.best);
});

it("source maps name files of the package", async () => {
  const paths = new Set((await publishedFiles()).map(({ path }) => path));
  const maps = [...paths].filter((path) => path.endsWith(".map"));
  expect(maps).toContain("dist/page/mobilenetv2.min.js.map");
  for (const path of maps) {
    const { sources, sourcesContent } = JSON.parse(read(path).toString());
    expect(sourcesContent ?? []).toEqual([]);
    for (const source of sources) {
      const named = join("dist/page", source).replaceAll("\\", "/");
      expect(paths, `${path}: ${source}`).toContain(named);
    }
  }
});

it("source maps lead to the line that a text stands in", () => {
  const words = '"the picture has no area"';
  const folder = join(root, "dist/page");
  const lines = readFileSync(join(folder, "mobilenetv2.min.js"), "utf8").split("\n");
  const map = JSON.parse(readFileSync(join(folder, "mobilenetv2.min.js.map"), "utf8"));
  const row = lines.findIndex((line) => line.includes(words));
  const column = lines[row]?.indexOf(words) ?? -1;
  const segments = decode(map.mappings)[row] ?? [];
  const [, source = -1, line = -1] = segments.findLast(([start]) => start <= column) ?? [];
  const original = readFileSync(join(folder, map.sources[source]), "utf8").split("\n");
  // A long expression may go on from line to line, and so may a text in it.
  const written = original.slice(line, line + 3).map((each: string) => each.replace(/\\$/, ""));
  expect(written.join("")).toContain(words);
});
