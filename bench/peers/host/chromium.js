/**
 * A participant in a Chromium page: this process owns a browser and a small server, and passes the
 * driver's messages on to the page. The server sets the headers of cross-origin isolation, without
 * which a page has neither threads nor a precise clock.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../lib/chromium.js";

const [folder, entry, ...v8Flags] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../..", import.meta.url));

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const file = join(root, path);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": types[extname(file)] ?? "application/octet-stream",
    "content-length": found.size,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
  });
  createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;
const url = (path) => `/${relative(root, path)}`;

const browser = await chromium.launch(await chromiumLaunch(v8Flags));
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(String(error)));
page.on("console", (line) => line.type() === "error" && console.error(line.text()));
// Peers derive their thread pools from this number and refuse threads where it is 2.
await page.addInitScript(() =>
  Object.defineProperty(navigator, "hardwareConcurrency", { value: 4 }),
);
const query = new URLSearchParams({ folder: url(folder), entry: url(fileURLToPath(entry)) });
await page.goto(`${origin}/bench/peers/host/page.html?${query}`);
await page.waitForFunction(() => globalThis.session !== undefined);

process.on("disconnect", () => browser.close().finally(() => process.exit()));
process.on("message", async ({ command, ...message }) => {
  try {
    const call = ([name, argument]) => globalThis.session[name](argument);
    const result =
      command === "version" ? browser.version() : await page.evaluate(call, [command, message]);
    process.send({ result });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
});
process.send({ result: "ready" });
