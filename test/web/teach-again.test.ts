/** What the view that teaches keeps, met again: in other views after a reload, and from several tabs. */
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { root } from "../cli/program.ts";
import { useWeb } from "./open-web.ts";
import { button, card, cifar10, classesOf, count, readyToTeach } from "./teach-page.ts";

const model = await cifar10();
const web = useWeb(() => [model]);

const picture = (name: string): string => join(root, `examples/images/${name}`);
const openTeach = async (): Promise<Page> => readyToTeach(await web.open("/#/teach"));

async function addTo(within: Locator, ...names: readonly string[]): Promise<void> {
  const old = await count(within);
  await within.locator("input[type=file]").setInputFiles(names.map(picture));
  await expect.poll(() => count(within)).toBe(old + names.length);
}

interface Kept {
  readonly list: readonly { readonly examples: readonly string[] }[];
  readonly pictures: readonly string[];
}

/** What is kept: the list of classes, and which pictures. */
function kept(page: Page): Promise<Kept> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const base = await done(indexedDB.open("mobilenetv2-teach"));
    const store = base.transaction("kept").objectStore("kept");
    const [list = [], keys] = [await done(store.get("classes")), await done(store.getAllKeys())];
    base.close();
    return { list, pictures: keys.map(String).filter((key) => !/^(classes|model)$/.test(key)) };
  });
}

/** Waits until as many pictures are kept, each of them in the list. */
async function untilKept(page: Page, pictures: number): Promise<void> {
  await expect.poll(async () => (await kept(page)).pictures.length).toBe(pictures);
  const { list, pictures: found } = await kept(page);
  expect(list.flatMap(({ examples }) => examples).sort()).toEqual([...found].sort());
}

it("a model that was kept is among those of every view after a reload", {
  timeout: 180_000,
}, async () => {
  const page = await openTeach();
  await addTo(card(page, 1), "rocket.jpg", "chelsea.png");
  await addTo(card(page, 2), "coffee.png");
  await untilKept(page, 3);
  // One that the browser has lost.
  await page.evaluate(async () => {
    const request = indexedDB.open("mobilenetv2-teach");
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    const store = request.result.transaction("kept", "readwrite").objectStore("kept");
    const keys = store.getAllKeys();
    await new Promise((resolve) => {
      keys.onsuccess = resolve;
    });
    const first = keys.result.find((key) => !/^(classes|model)$/.test(String(key)))!;
    store.put(new Blob(["no picture"]), first);
    await new Promise((resolve) => {
      store.transaction.oncomplete = resolve;
    });
    request.result.close();
  });
  await page.reload();
  await readyToTeach(page);
  await button(page, "Train").click();
  await page.getByRole("heading", { name: "The model is ready" }).waitFor();
  const report = page.locator(".training");
  await report.getByText(/Trained on 2 pictures, from cifar10\. 1 could not be read/).waitFor();
  for (const view of ["classify", "compare", "understand/features"]) {
    await page.goto(`${web.site.origin}/#/${view}`);
    await page.reload();
    const choice = page.getByRole("combobox", { name: "Model", exact: true });
    await choice.locator("option").nth(1).waitFor({ state: "attached" });
    expect(await choice.locator("option").allTextContents(), view).toContain("my-model");
  }
  await page.context().close();
});

it("two tabs keep what either of them adds and removes", { timeout: 120_000 }, async () => {
  const first = await openTeach();
  const context: BrowserContext = first.context();
  await first.getByLabel("Name of class 1").fill("cat");
  await addTo(card(first, 1), "chelsea.png");
  await untilKept(first, 1);
  const second = await context.newPage();
  await second.goto(`${web.site.origin}/#/teach`);
  await readyToTeach(second);
  expect(await classesOf(second)).toEqual([
    ["cat", 1],
    ["Class 2", 0],
  ]);
  await addTo(card(first, 2), "rocket.jpg");
  await untilKept(first, 2);
  await addTo(card(second, 1), "coffee.png");
  await untilKept(second, 3);
  await second.getByLabel("Name of class 2").fill("rocket");
  await button(card(first, 1), "Remove picture 1 of cat").click();
  await untilKept(first, 2);
  await expect
    .poll(async () => {
      await first.reload();
      await readyToTeach(first);
      return await classesOf(first);
    })
    .toEqual([
      ["cat", 1],
      ["rocket", 1],
    ]);
  // A class goes with the pictures that it has from elsewhere.
  first.on("dialog", (dialog) => void dialog.accept());
  await addTo(card(second, 2), "chelsea.png");
  await untilKept(second, 3);
  await button(card(first, 2), "Remove rocket").click();
  await untilKept(first, 1);
  await context.close();
});
