/**
 * A participant in a Chromium page: this process owns a browser and a small server, and passes the
 * driver's messages on to the page.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../lib/chromium.js";
import { servePages } from "../lib/page-server.js";

const [folder, entry, ...v8Flags] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../..", import.meta.url));

const origin = await servePages(root);
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
