/** A page that answers about pictures it fetches: by this library or by LiteRT.js (in-page.js). */
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { asked, noteMegabytes, picturePaths, serve } from "../../pictures/protocol.js";
import { chromiumLaunch } from "../lib/chromium.js";
import { servePages } from "../lib/page-server.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const url = (path) => `/${relative(root, path)}`;
const origin = await servePages(root);
const browser = await chromium.launch(await chromiumLaunch());
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(String(error)));
page.on("console", (line) => line.type() === "error" && console.error(line.text()));
await page.goto(`${origin}/bench/peers/host/page.html?script=../pictures/in-page.js`);

// The page's files are those below the project.
await mkdir(join(root, ".cache", "pictures"), { recursive: true });
const model = join(root, ".cache", "pictures", basename(asked.model));
await copyFile(asked.model, model);
const { preprocess } = JSON.parse(readFileSync(`${asked.onnx}.json`, "utf8"));
const told = {
  program: asked.program,
  entry: url(join(asked.dist, "browser.js")),
  model: url(model),
  pictures: (await picturePaths()).map(url),
  preprocess,
};
await page.waitForFunction(() => globalThis.begin !== undefined);
await page.evaluate((settings) => globalThis.begin(settings), told);
await serve(async () => {
  const answers = await page.evaluate(() => globalThis.answerAll());
  for (const pid of renderers()) noteMegabytes(pid);
  return answers;
});

/** The processes of pages, by their command lines. */
function renderers() {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer");
    } catch {
      return false;
    }
  });
}
