/** The page on its two hosts: `mobilenetv2 serve`, and a file server with what `models export --app` wrote. */
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Chromium, requireBrowser, startChromium } from "../browser/chromium.ts";
import { startSite } from "../browser/site.ts";
import { dataFolder } from "../data-folder.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const { at } = dataFolder("file");
let chromium: Chromium;

beforeAll(async () => {
  chromium = await startChromium();
});
beforeEach((context) => requireBrowser(chromium, context));
afterAll(() => chromium.browser?.close());

/** The cat's class, by the page at an address. */
async function classifyCat(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Cat" }).click();
  await page.getByRole("button", { name: "Copy JSON" }).waitFor();
  return (await page.locator(".bars .label").first().textContent()) ?? "";
}

async function newPage(): Promise<Page> {
  const context = await (chromium.browser as Browser).newContext({ locale: "en-GB" });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") expect.soft(message.text(), "console").toBe("");
  });
  return page;
}

/** Starts the server, and gives its address once its models are there. */
async function serve(key?: string): Promise<{ address: string; stop: () => void }> {
  const args = [program, "serve", "--models", "cifar10", "--port", "0"];
  const environment = key === undefined ? {} : { MOBILENETV2_API_KEY: key };
  const server = spawn(process.execPath, args, { env: { ...process.env, ...environment } });
  let address = "";
  for await (const line of createInterface(server.stderr)) {
    address ||= /in a browser: (\S+)/.exec(line)?.[1] ?? "";
    if (line.includes("ready")) break;
  }
  return { address, stop: () => server.kill("SIGTERM") };
}

it("is handed out by serve, with the models that it answers with", async () => {
  const { address, stop } = await serve();
  try {
    const page = await newPage();
    await page.goto(address);
    expect(await classifyCat(page)).toBe("cat");
    await page.getByText("2 threads").waitFor();
    await page.context().close();
  } finally {
    stop();
  }
});

it("asks for the key that its host wants, until it is the right one", async () => {
  const { address, stop } = await serve("a secret");
  try {
    const page = await (
      await (chromium.browser as Browser).newContext({ locale: "en-GB" })
    ).newPage();
    await page.goto(address);
    const give = async (key: string): Promise<void> => {
      await page.getByLabel("Key").fill(key);
      await page.getByRole("button", { name: "Use the key" }).click();
    };
    await page.getByText("wants a key").waitFor();
    for (const wrong of ["wrong", "钥"]) {
      await give(wrong);
      await page.getByText("was not the right one").waitFor();
    }
    await give("a secret");
    await page.getByText("wants a key").waitFor({ state: "detached" });
    expect(await classifyCat(page)).toBe("cat");
    await page.context().close();
  } finally {
    stop();
  }
});

it("is exported for a file server, where it has threads from the second visit on", async () => {
  const folder = at("site");
  await promisify(execFile)(process.execPath, [
    program,
    "models",
    "export",
    folder,
    "cifar10",
    "--app",
  ]);
  const site = await startSite((path) => {
    const file = join(folder, path === "/" ? "index.html" : path);
    return existsSync(file) ? readFileSync(file) : undefined;
  });
  try {
    const page = await newPage();
    await page.goto(`${site.origin}/?unisolated`);
    expect(await classifyCat(page)).toBe("cat");
    await page.getByText("no shared memory").waitFor();
    const kept = (): Promise<string | undefined> =>
      page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state);
    await expect.poll(kept).toBe("activated");
    // The first visit was enough, and no other is needed for threads.
    await page.context().setOffline(true);
    await page.reload();
    expect(await classifyCat(page)).toBe("cat");
    await page.getByText("2 threads").waitFor();
    await page.context().close();
  } finally {
    site.close();
  }
});
