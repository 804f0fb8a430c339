/**
 * A small application that imports the published package, built with each of the usual bundlers and
 * opened in Chromium: it must classify as Node does, and nothing of Node may be imported.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadClassifier } from "../../src/index.ts";
import type { ClassPrediction } from "../../src/tasks/classifier.ts";
import { type Chromium, requireBrowser, startChromium } from "../browser/chromium.ts";
import { smallModelFiles, smallResolution } from "../browser/models.ts";
import { startSite } from "../browser/site.ts";
import { packageFolder } from "../cli/program.ts";
import { bundlers } from "./bundlers.ts";

const main = `
import { loadClassifier } from "mobilenetv2";

async function classify(worker) {
  const photo = await (await fetch("/photo.png")).blob();
  const options = { resolution: ${smallResolution}, worker, onWarning() {} };
  const classifier = await loadClassifier("/model.json", options);
  return { description: classifier.description, predictions: await classifier.classify(photo) };
}

globalThis.answer = Promise.all([false, true, "/copied-worker.js"].map(classify));
`;
const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/main.js"></script>';
const photo = fileURLToPath(new URL("../../examples/images/coffee.png", import.meta.url));

let chromium: Chromium;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-bundlers-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(packageFolder(), join(folder, "node_modules/mobilenetv2"), "junction");
  await writeFile(join(folder, "main.js"), main);
  await writeFile(join(folder, "index.html"), html);
  chromium = await startChromium();
});

beforeEach((context) => {
  requireBrowser(chromium, context);
});

afterAll(async () => {
  await chromium?.browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly description: string;
  readonly predictions: readonly ClassPrediction[];
}

/** Serves a built application with a model and a photograph, and waits for its answer. */
async function open(
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<[Answer, Answer, Answer]> {
  const site = await startSite((path) => files.get(path));
  const session = await (chromium.browser as Browser).newContext();
  try {
    const page = await session.newPage();
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(`${site.origin}/index.html`);
    await page
      .waitForFunction("globalThis.answer !== undefined", undefined, { timeout: 20_000 })
      .catch((error: unknown) => expect(failures, String(error)).toEqual([]));
    return await page.evaluate(
      () => (globalThis as unknown as { answer: [Answer, Answer, Answer] }).answer,
    );
  } finally {
    await session.close();
    site.close();
  }
}

describe.each(Object.entries(bundlers))("an application built with %s", (name, build) => {
  it("classifies in the browser as Node does", async () => {
    const output = join(folder, `dist-${name}`);
    await build({ folder, output });
    const files = new Map<string, Uint8Array | string>([["/index.html", html]]);
    for (const path of await readdir(output, { recursive: true })) {
      const bytes = await readFile(join(output, path)).catch(() => undefined);
      if (bytes !== undefined) files.set(`/${path}`, bytes);
    }
    // esbuild and webpack refuse Node's modules, Vite puts an empty one in their place.
    const nodeImports =
      /(?:from|import\(?)\s*["'`](?:node:\w+|sharp|undici|tar|ini)|browser-external/g;
    const imports = [...files].flatMap(([, bytes]) => bytes.toString().match(nodeImports) ?? []);
    expect(imports).toEqual([]);
    for (const [path, bytes] of smallModelFiles()) files.set(`/${path}`, bytes);
    const bytes = await readFile(photo);
    files.set("/photo.png", bytes);

    const { exports } = JSON.parse(await readFile(join(packageFolder(), "package.json"), "utf8"));
    const script = join(packageFolder(), exports["./worker"].browser.default);
    files.set("/copied-worker.js", await readFile(script));
    const [{ description, predictions }, own, copied] = await open(files);
    expect(description).toBe("wasm simd128, 1 thread");
    // esbuild leaves the worker's script where the package has it; its users name a copy.
    expect(own.description).toMatch(
      name === "esbuild" ? /^wasm simd128.* \(no worker: .*\)$/ : /^wasm simd128.*, in a worker$/,
    );
    expect(copied.description).toMatch(/, in a worker$/);
    for (const other of [own, copied]) expect(other.predictions).toEqual(predictions);
    const classifier = await loadClassifier(smallModelFiles(), { resolution: smallResolution });
    const expected = await classifier.classify(bytes);
    classifier.dispose();
    expect(predictions.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
    for (const [i, { score }] of expected.entries()) {
      // Same pixels and kernels; only the order in which threads add may differ.
      expect(Math.abs(predictions[i]!.score - score)).toBeLessThanOrEqual(1e-6);
    }
  });
});
