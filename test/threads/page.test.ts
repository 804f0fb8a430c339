/** A page's own thread may not sleep; it, too, waits in vain for no helper (see ending-helpers.test.ts). */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { useSite } from "../browser/use-site.ts";
import type { PageReport } from "./page-scenario.ts";

const pages = useSite(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page-scenario.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const html = '<!doctype html><script type="module" src="/page.js"></script>';
  return (path) => (path === "/page.js" ? outputFiles[0]?.contents : html);
});

async function report(query: string): Promise<PageReport> {
  const page = await pages.browser.newPage();
  try {
    await page.goto(`${pages.site.origin}/index.html?${query}`);
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
