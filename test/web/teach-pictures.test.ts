/** The pictures of classes as an archive: saved, opened elsewhere, trained on; and archives of others. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, type Zippable, zipSync } from "fflate";
import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { folderNames } from "../../web/src/engine/example-archive.ts";
import { root } from "../cli/program.ts";
import { useWeb } from "./open-web.ts";
import { addFiles, bricks, button, card, classesOf, count, readyToTeach } from "./teach-page.ts";

const web = useWeb(() => []);
const rocket = join(root, "examples/images/rocket.jpg");

const openTeach = async (): Promise<Page> => readyToTeach(await web.open("/#/teach"));

/** Opens an archive, as a file of the visitor's. */
async function openArchive(page: Page, archive: Uint8Array): Promise<void> {
  const file = { name: "pictures.zip", mimeType: "application/zip", buffer: Buffer.from(archive) };
  await page.locator("section > input[accept='.zip']").setInputFiles(file);
}

it("pictures that are saved are a folder for each class, and open in another browser", {
  timeout: 120_000,
}, async () => {
  const page = await openTeach();
  await button(page, "Save the pictures").click();
  await page.getByText("no pictures to save yet").waitFor();
  await page.getByLabel("Name of class 1").fill("bricks");
  await page.getByLabel("Name of class 2").fill("a/b: rockets");
  await addFiles(card(page, 1), await Promise.all([bricks(1), bricks(2)]));
  await addFiles(card(page, 2), rocket);
  await expect.poll(() => count(card(page, 1))).toBe(2);
  await expect.poll(() => count(card(page, 2))).toBe(1);
  const downloaded = page.waitForEvent("download");
  await button(page, "Save the pictures").click();
  const download = await downloaded;
  expect(download.suggestedFilename()).toBe("my-pictures.zip");
  const path = join(tmpdir(), `pictures-${process.pid}.zip`);
  await download.saveAs(path);
  const archive = new Uint8Array(await readFile(path));
  await rm(path);
  const files = unzipSync(archive);
  expect(Object.keys(files)).toEqual([
    "bricks/0001.png",
    "bricks/0002.png",
    "a_b_ rockets/0001.jpg",
  ]);
  // Small pictures stay as they were.
  expect(Buffer.from(files["bricks/0001.png"]!)).toEqual((await bricks(1)).buffer);

  const other = await openTeach();
  await openArchive(other, archive);
  await other.getByText("3 pictures of 2 classes added.").last().waitFor();
  expect(await classesOf(other)).toEqual([
    ["bricks", 2],
    ["a_b_ rockets", 1],
  ]);
  await openArchive(other, archive);
  await expect
    .poll(() => classesOf(other))
    .toEqual([
      ["bricks", 4],
      ["a_b_ rockets", 2],
    ]);
  await other.reload();
  await expect
    .poll(() => classesOf(other))
    .toEqual([
      ["bricks", 4],
      ["a_b_ rockets", 2],
    ]);
});

it("archives of others: what is no picture is passed over, what cannot be read is told", {
  timeout: 120_000,
}, async () => {
  const page = await openTeach();
  const [one, two] = await Promise.all([bricks(1), bricks(2)]);
  const alert = page.getByRole("alert");
  await openArchive(page, new TextEncoder().encode("no archive"));
  await expect.poll(() => alert.textContent()).toMatch(/no \.zip archive/);
  const flat: Zippable = { "one.png": one.buffer, "readme.txt": new Uint8Array(4) };
  await openArchive(page, zipSync(flat));
  await expect.poll(() => alert.textContent()).toMatch(/Put the pictures of each class/);
  const archive = zipSync({
    "set/walls/one.PNG": one.buffer,
    "set/walls/notes.txt": new Uint8Array(4),
    "set/walls/damaged.jpg": new Uint8Array(40),
    "__MACOSX/set/walls/._one.png": new Uint8Array(40),
    "set/walls/.hidden.png": one.buffer,
    "set/../花/two.png": two.buffer,
  });
  await openArchive(page, archive);
  await page.getByText("2 pictures of 2 classes added. 1 could not be read").last().waitFor();
  expect(await classesOf(page)).toEqual([
    ["walls", 1],
    ["花", 1],
  ]);
  expect(await alert.count()).toBe(0);
  // Bytes of a header that says more than there is.
  const cut = archive.slice();
  cut.fill(255, 20, 26);
  await openArchive(page, cut);
  await expect
    .poll(() => classesOf(page))
    .toEqual([
      ["walls", 2],
      ["花", 2],
    ]);
});

it("folders are named so that any system has room for them", () => {
  expect(folderNames(["cat", "Cat", "a\\b", "..", "", " dog. ", "x\u0000y", "猫"])).toEqual([
    ...["cat", "Cat 2", "a_b", "class", "class 2", "dog", "x_y", "猫"],
  ]);
});

/** Drops files and folders of the disk on something, as a visitor does from a window of files. */
async function drop(page: Page, on: Locator, paths: readonly string[]): Promise<void> {
  await on.scrollIntoViewIfNeeded();
  const box = (await on.boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const at = { x: box.x + box.width / 2, y: box.y + 10, data };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, ...at });
  }
  await session.detach();
}

it("folders that are dropped are pictures of their class, whatever else lies in them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dropped-"));
  try {
    await mkdir(join(folder, "bricks/more"), { recursive: true });
    await mkdir(join(folder, "texts"));
    const file = (name: string, bytes: Uint8Array | string) => writeFile(join(folder, name), bytes);
    await file("bricks/1.png", (await bricks(1)).buffer);
    await file("bricks/more/2.png", (await bricks(2)).buffer);
    await file("bricks/more/3.jpg", await readFile(rocket));
    for (const name of ["bricks/.DS_Store", "bricks/notes.txt", "texts/a.txt"]) {
      await file(name, "text");
    }
    await file("classes.zip", zipSync({ "bricks/1.png": new Uint8Array(9) }));
    const page = await openTeach();
    await drop(page, card(page, 1), [join(folder, "bricks")]);
    await expect.poll(() => count(card(page, 1))).toBe(3);
    expect(await page.getByRole("alert").count()).toBe(0);
    await drop(page, card(page, 2), [join(folder, "texts")]);
    await card(page, 2).getByText("no picture in the folder").waitFor();
    await drop(page, card(page, 2), [join(folder, "classes.zip")]);
    await card(page, 2).getByText("choose “Open pictures”").waitFor();
    await drop(page, card(page, 2), [join(folder, "bricks/1.png"), join(folder, "texts")]);
    await expect.poll(() => count(card(page, 2))).toBe(1);
    await page.goto(`${web.site.origin}/#/classify`);
    const stage = page.locator(".stage");
    await drop(page, stage, [join(folder, "texts")]);
    await page.getByText("no picture in the folder").waitFor();
    await drop(page, stage, [join(folder, "bricks/more")]);
    await page.getByRole("img", { name: "2.png" }).waitFor();
  } finally {
    await rm(folder, { recursive: true });
  }
});
