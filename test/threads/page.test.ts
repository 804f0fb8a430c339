/** A page's own thread may not sleep; it, too, waits in vain for no helper (see ending-helpers.test.ts). */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Chromium, requireBrowser, startChromium } from "../browser/chromium.ts";
import { type Site, startSite } from "../browser/site.ts";
import type { PageReport } from "./page-scenario.ts";

let chromium: Chromium;
let site: Site;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page-scenario.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const html = '<!doctype html><script type="module" src="/page.js"></script>';
  site = await startSite((path) => (path === "/page.js" ? outputFiles[0]?.contents : html));
  chromium = await startChromium();
});
beforeEach((context) => {
  requireBrowser(chromium, context);
});
afterAll(async () => {
  await chromium?.browser?.close();
  site?.close();
});

async function report(query: string): Promise<PageReport> {
  const page = await (chromium.browser as Browser).newPage();
  try {
    await page.goto(`${site.origin}/index.html?${query}`);
    await page.waitForFunction("globalThis.answer !== undefined");
    return await page.evaluate(() => (globalThis as unknown as { answer: PageReport }).answer);
  } finally {
    await page.close();
  }
}

it.each([
  ["fails", "a helper thread failed"],
  ["hangs", "a helper thread does not answer any more"],
])("a helper that %s within a unit of work fails the run and none after it", async (query, why) => {
  const { description, error, after } = await report(query);
  expect(description).toBe("wasm simd128, 2 threads");
  expect(error).toMatch(`MobileNetError: a run failed on one of its threads: received ${why}`);
  // On two threads as well, even where the page has not heard of its first helper when it ends it.
  expect(after).toEqual({ right: true, description: "wasm simd128, 2 threads", helped: true });
});
