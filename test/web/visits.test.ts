/**
 * Whole visits to what `mobilenetv2 serve` serves, each in a fresh profile, by visible labels alone: with a
 * pointer, on a phone, and by keys. Every one classifies, detects, segments, compares and teaches to the end.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser, BrowserContextOptions, FileChooser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Chromium, requireBrowser, startChromium } from "../browser/chromium.ts";
import { root } from "../cli/program.ts";
import { detector, segmenter } from "../off-thread/models.ts";
import { type Served, startServe } from "../server/serve-process.ts";
import { webModel } from "./open-web.ts";
import { bricks } from "./teach-page.ts";

let folder: string;
let served: Served;
let chromium: Chromium;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "visits-"));
  const models = [webModel(detector(), "boxes"), webModel(segmenter(), "masks")];
  for (const { name, files } of models) {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, name, path)), { recursive: true });
      await writeFile(join(folder, name, path), bytes);
    }
  }
  const names = ["cifar10", ...models.map(({ name }) => join(folder, name))];
  const main = join(root, "dist/cli/main.js");
  [served, chromium] = await Promise.all([
    startServe(main, "--workers", "1", "--models", names.join(",")),
    startChromium(),
  ]);
});
beforeEach((context) => requireBrowser(chromium, context));
afterAll(async () => {
  await chromium.browser?.close();
  await served.end();
  await rm(folder, { recursive: true });
});

type Role = "link" | "button" | "textbox";

/** How a visitor comes to a thing and uses it. */
interface Hands {
  use(page: Page, role: Role, name: string): Promise<void>;
  write(page: Page, name: string, text: string): Promise<void>;
}

const pointer = (touch: boolean): Hands => ({
  async use(page, role, name) {
    const thing = page.getByRole(role, { name, exact: true });
    await (touch ? thing.tap() : thing.click());
  },
  async write(page, name, text) {
    await page.getByRole("textbox", { name, exact: true }).fill(text);
  },
});

/** Presses Tab until a thing has the focus, as somebody does who sees where it is. */
async function tabTo(page: Page, role: Role, name: string): Promise<void> {
  const thing = page.getByRole(role, { name, exact: true });
  await thing.waitFor();
  for (let presses = 0; presses < 120; presses++) {
    if (await thing.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to the ${role} ${name}`);
}

const keys: Hands = {
  async use(page, role, name) {
    await tabTo(page, role, name);
    await page.keyboard.press("Enter");
  },
  async write(page, name, text) {
    await tabTo(page, "textbox", name);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  },
};

const long = process.env["LONG"] !== undefined;
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const visitors: readonly (readonly [name: string, options: BrowserContextOptions, hands: Hands])[] =
  [
    ["with a pointer", {}, pointer(false)],
    ["on a phone", phone, pointer(true)],
    ["by keys alone", {}, keys],
  ];

/** Chooses files in the dialogue that a button opens. */
async function choose(
  page: Page,
  hands: Hands,
  name: string,
  files: Parameters<FileChooser["setFiles"]>[0],
): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await hands.use(page, "button", name);
  await (await chooser).setFiles(files);
}

/** The short form is the one by keys, which is the hardest. */
const visits = visitors.filter(([, , hands]) => long || hands === keys);

it.each(visits)("a visit %s", { timeout: 240_000 }, async (_, options, hands) => {
  const context = await (chromium.browser as Browser).newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  await page.goto(served.address);
  await hands.use(page, "button", "Cat");
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText("cat", { exact: true }).waitFor();

  await hands.use(page, "link", "Detect");
  await result.getByRole("button", { name: "Save the picture" }).waitFor();
  await hands.use(page, "link", "Segment");
  await page.getByText("Result for Cat").waitFor({ state: "attached" });
  await result.getByRole("button", { name: "Save the picture" }).waitFor();

  await hands.use(page, "link", "Compare");
  await page.getByText("probably the same picture").first().waitFor();

  await hands.use(page, "link", "Teach");
  await hands.write(page, "Name of class 1", "bricks");
  await hands.write(page, "Name of class 2", "rockets");
  const walls = await Promise.all([1, 2, 3].map((seed) => bricks(seed)));
  await choose(page, hands, "Add pictures to bricks", walls);
  const samples = ["rocket.jpg", "coffee.png"].map((name) => join(root, "examples/images", name));
  await choose(page, hands, "Add pictures to rockets", samples);
  await page.getByText("2 pictures", { exact: true }).waitFor();
  await hands.use(page, "button", "Train");
  await page.getByRole("heading", { name: "The model is ready" }).waitFor({ timeout: 120_000 });
  await choose(page, hands, "Choose a picture", await bricks(4));
  await page.getByText("Result for bricks 4.png").waitFor({ state: "attached" });
  const first = page.locator(".result .bars li").first();
  await expect.poll(() => first.textContent()).toMatch(/^bricks/);
  const saved = page.waitForEvent("download");
  await hands.use(page, "button", "Save the model");
  expect((await saved).suggestedFilename()).toBe("my-model.zip");
  expect(faults).toEqual([]);
  await context.close();
});
