/** Asks a page of the tests, or a worker of it, and waits for the answer. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { BrowserAnswer, BrowserRequest } from "./requests.ts";
import type { PageTests } from "./use-site.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>';

/** Where a page is opened. */
export interface Surroundings {
  readonly worker?: boolean;
  readonly unisolated?: boolean;
  readonly policy?: string;
}

/** The page and the scripts that it needs, by their paths. */
export async function pageFiles(): Promise<Map<string, Uint8Array | string>> {
  const { outputFiles } = await build({
    entryPoints: [
      ...["page", "worker"].map((name) => join(root, `test/browser/${name}.ts`)),
      join(root, "src/tasks/off-thread/worker-browser.ts"),
    ],
    entryNames: "[name]",
    outdir: "/",
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  const scripts = outputFiles.map(({ path, contents }) => [path, contents] as const);
  return new Map<string, Uint8Array | string>([["/index.html", html], ...scripts]);
}

/** Opens a fresh page with the request in its address and waits for its answer. */
export async function askPage(
  { browser, site }: PageTests,
  request: BrowserRequest,
  { worker = false, unisolated = false, policy }: Surroundings = {},
): Promise<BrowserAnswer> {
  const query = new URLSearchParams({ request: JSON.stringify(request) });
  if (worker) query.set("worker", "");
  if (unisolated) query.set("unisolated", "");
  if (policy !== undefined) query.set("policy", policy);
  const session = await browser.newContext();
  try {
    const page = await session.newPage();
    await page.goto(`${site.origin}/index.html?${query}`);
    await page.waitForFunction("globalThis.answer !== undefined");
    return await page.evaluate(() => (globalThis as unknown as { answer: BrowserAnswer }).answer);
  } finally {
    await session.close();
  }
}
