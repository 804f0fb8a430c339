/**
 * Where Chromium comes from: an npm package that unpacks the browser into the temporary folder. The
 * libraries that a bare system misses (NSS, NSPR, expat) lie packed beside it.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Options for playwright's `launch`. */
export async function chromiumLaunch(v8Flags = []) {
  const main = import.meta.resolve("@sparticuz/chromium");
  const { default: chromium } = await import(main);
  const { inflate } = await import(new URL("./lambdafs.js", main).href);
  const executablePath = await chromium.executablePath();
  const libraries = join(tmpdir(), "al2023", "lib");
  if (!existsSync(libraries)) {
    await inflate(join(dirname(fileURLToPath(main)), "..", "..", "bin", "al2023.tar.br"));
  }
  return {
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      ...(v8Flags.length > 0 ? [`--js-flags=${v8Flags.join(" ")}`] : []),
    ],
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  };
}
