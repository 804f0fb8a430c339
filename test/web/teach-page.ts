/** The page that teaches, as tests use it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { encodePng } from "../../src/index.ts";
import { root } from "../cli/program.ts";
import type { WebModel } from "./open-web.ts";

/** A host's model to start from: small, and it comes with the package. */
export async function cifar10(): Promise<WebModel> {
  const bytes = new Uint8Array(await readFile(join(root, "models/cifar10.tflite")));
  return { name: "cifar10", task: "classify", files: new Map([["cifar10.tflite", bytes]]) };
}

/** The place of a class, counted from 1. */
export const card = (page: Page, number: number): Locator =>
  page.locator(".taught").nth(number - 1);

/** A button by all of its words. */
export const button = (within: Page | Locator, name: string): Locator =>
  within.getByRole("button", { name, exact: true });

/** Waits until the classes are there. */
export async function readyToTeach(page: Page): Promise<Page> {
  // A machine that runs other tests meanwhile trains slowly.
  page.setDefaultTimeout(90_000);
  await card(page, 2).waitFor();
  return page;
}

/** Chooses files, as the browser's own dialogue would. */
export async function addFiles(
  within: Locator,
  files: Parameters<Locator["setInputFiles"]>[0],
): Promise<void> {
  await within.locator("input[type=file]").setInputFiles(files);
}

/** How many pictures a class has. */
export async function count(within: Locator): Promise<number> {
  return Number.parseInt((await within.locator("p.fine").first().textContent()) ?? "", 10);
}

/** Names and numbers of pictures of the classes. */
export async function classesOf(page: Page): Promise<readonly (readonly [string, number])[]> {
  const cards = await page.locator(".taught").all();
  return await Promise.all(
    cards.map(async (each) => {
      return [await each.getByRole("textbox").inputValue(), await count(each)] as const;
    }),
  );
}

/** A file as a browser is given it. */
interface PictureFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A picture as a file: red bricks, no two alike. Chromium's camera shows a green wall. */
export async function bricks(seed: number, width = 96): Promise<PictureFile> {
  const data = new Uint8Array(width * 72 * 3);
  for (let i = 0; i < data.length; i += 3) {
    const [x, y] = [(i / 3) % width, Math.floor(i / 3 / width)];
    const mortar = y % (9 + seed) === 0 || (x + 5 * seed) % (17 + seed) === 0;
    data.set(mortar ? [200, 190, 180] : [150 + 9 * seed, 40 + 3 * seed, 30], i);
  }
  const file = await encodePng({ width, height: 72, data });
  return { name: `bricks ${seed}.png`, mimeType: "image/png", buffer: Buffer.from(file) };
}
