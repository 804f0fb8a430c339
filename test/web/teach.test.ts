/**
 * The view that teaches, as somebody uses it: examples from files and a camera, a lesson, the model tried
 * and saved, and all of it again after a reload. What was saved answers in Node as in the page.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage, loadClassifier } from "../../src/index.ts";
import { mobilenetv2, root } from "../cli/program.ts";
import { input, layer, layersFiles, sequential } from "../formats/keras/keras-json.ts";
import { violations } from "./look-at.ts";
import { useWeb } from "./open-web.ts";
import { addFiles, bricks, button, card, cifar10, count, readyToTeach } from "./teach-page.ts";

const model = await cifar10();
const web = useWeb(
  () => [model],
  ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
);

const broken = { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") };

const alert = (page: Page) => page.getByRole("alert");

const openTeach = async (options?: BrowserContextOptions): Promise<Page> =>
  readyToTeach(await web.open("/#/teach", options));

/** What has the focus. */
function focusedLabel(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
}

/** What the model says in the page: each class with its score, in per cent. */
async function answers(page: Page): Promise<ReadonlyMap<string, number>> {
  const rows = await page.locator(".result .bars li").all();
  const read = rows.map(
    async (row): Promise<[string, number]> => [
      (await row.locator(".label").textContent()) ?? "",
      Number.parseFloat((await row.locator(".value").textContent()) ?? ""),
    ],
  );
  return new Map(await Promise.all(read));
}

const first = async (page: Page): Promise<string | undefined> =>
  [...(await answers(page)).keys()][0];

/** Shows the model a picture of a file. */
async function show(page: Page, picture: Awaited<ReturnType<typeof bricks>>): Promise<void> {
  await page.locator("section.input input[type=file]").setInputFiles(picture);
  await page.getByText(`Result for ${picture.name}`).waitFor({ state: "attached" });
}

async function train(page: Page): Promise<void> {
  await button(page, "Train").click();
  await page.getByRole("heading", { name: "The model is ready" }).waitFor();
}

/**
 * Cancels a lesson as soon as it trains, from within the page: one of so few pictures may be over before a
 * question from outside is answered.
 *
 * @returns What had the focus then.
 */
function cancelWhileTraining(page: Page): Promise<string | null> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          const training = document.querySelector<HTMLElement>(".training");
          if (!training?.textContent?.includes("Epoch ")) return;
          const cancel = [...training.querySelectorAll("button")].find(
            ({ textContent }) => textContent === "Cancel",
          );
          if (cancel === undefined) return;
          observer.disconnect();
          resolve(document.activeElement?.textContent ?? null);
          cancel.click();
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
}

describe("a model that is taught", { timeout: 180_000 }, () => {
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "teach-"));
    page = await openTeach();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("says what is missing before it can learn", async () => {
    await button(page, "Train").click();
    await expect.poll(() => alert(page).textContent()).toMatch(/A class has no pictures/);
    await button(card(page, 2), "Remove Class 2").click();
    await button(page, "Train").click();
    await expect.poll(() => alert(page).textContent()).toMatch(/Add a second class/);
    await button(page, "Add a class").click();
    await expect.poll(() => focusedLabel(page)).toBe("Name of class 2");
    await page.keyboard.type("Class 1");
    await button(page, "Train").click();
    await expect.poll(() => alert(page).textContent()).toMatch(/the same name/);
    await page.getByLabel("Name of class 2").fill("green wall");
    await page.getByLabel("Name of class 1").fill("bricks");
  });

  it("has examples from files, and names what is no picture", async () => {
    const sound = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((seed) => bricks(seed)));
    await addFiles(card(page, 1), [...sound.slice(0, 3), broken, ...sound.slice(3)]);
    await expect.poll(() => count(card(page, 1))).toBe(7);
    await expect.poll(() => alert(page).first().textContent()).toContain("broken.jpg");
    const remove = card(page, 1).getByRole("button", { name: /^Remove picture/ });
    await remove.first().press("Enter");
    await expect.poll(() => count(card(page, 1))).toBe(6);
    await expect.poll(() => focusedLabel(page)).toBe("Remove picture 6 of bricks");
    const bytes = [...(await bricks(10)).buffer];
    const dataTransfer = await page.evaluateHandle((given) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(given)], "dropped.png", { type: "image/png" }));
      return data;
    }, bytes);
    await card(page, 1).dispatchEvent("drop", { dataTransfer });
    await expect.poll(() => count(card(page, 1))).toBe(7);
  });

  it("has examples from the camera, while a button is held or between two presses", async () => {
    const wall = card(page, 2);
    await button(wall, "Use the camera").click();
    await button(wall, "Record").hover();
    await page.mouse.down();
    await expect.poll(() => count(wall)).toBeGreaterThanOrEqual(3);
    await page.mouse.up();
    await button(wall, "Record").waitFor();
    const held = await count(wall);
    await button(wall, "Record").press("Enter");
    await expect.poll(() => count(wall)).toBeGreaterThanOrEqual(held + 3);
    await wall.getByRole("button", { name: /^Recording/ }).press("Enter");
    await button(wall, "Record").waitFor();
    await button(wall, "Stop the camera").click();
    await expect
      .poll(() => page.getByRole("status").first().textContent())
      .toMatch(/added to green/);
  });

  it("learns, and says by how many pictures it was tested", async () => {
    const counts = [await count(card(page, 1)), await count(card(page, 2))];
    const held = counts.reduce((sum, pictures) => sum + Math.floor(pictures / 5), 0);
    await train(page);
    const report = page.locator(".training");
    const tested = new RegExp(`^\\d+ of ${held} pictures that were held back .* are right`);
    await report.getByText(tested).waitFor();
    const trained = counts[0]! + counts[1]! - held;
    await report.getByText(`Trained on ${trained} pictures, from cifar10`).waitFor();
    expect(await report.getByRole("img").count()).toBe(2);
  });

  it("knows a picture and the camera's frames", async () => {
    await show(page, await bricks(8));
    expect(await first(page)).toBe("bricks");
    await button(page.locator("section.input"), "Use the camera").click();
    await expect.poll(() => first(page)).toBe("green wall");
    await button(page.locator("section.input"), "Stop the camera").click();
  });

  it("has no fault that a checker of accessibility finds", async () => {
    expect(await violations(page)).toEqual([]);
  });

  it("is still there after a reload, with its examples", async () => {
    const counts = [await count(card(page, 1)), await count(card(page, 2))];
    await page.reload();
    await expect.poll(() => count(card(page, 1))).toBe(counts[0]);
    expect(await count(card(page, 2))).toBe(counts[1]);
    await page.getByRole("heading", { name: "The model is ready" }).waitFor();
    await show(page, await bricks(9));
    expect(await first(page)).toBe("bricks");
  });

  it("is saved as files that answer in Node as it does", async () => {
    const picture = await bricks(9);
    const wanted = await answers(page);
    const image = await decodeImage(picture.buffer);
    await writeFile(join(folder, "bricks.png"), picture.buffer);
    const kinds = [
      ["Save the model", "my-model.zip", 0.2],
      ["Save as .tflite", "my-model.tflite", 0.2],
      ["Save as .tflite, 8 bits", "my-model-int8.tflite", 12],
    ] as const;
    for (const [name, file, tolerance] of kinds) {
      const downloaded = page.waitForEvent("download");
      await button(page, name).click();
      const download = await downloaded;
      expect(download.suggestedFilename()).toBe(file);
      await download.saveAs(join(folder, file));
      using classifier = await loadClassifier(join(folder, file));
      const found = await classifier.classify(image);
      expect(found[0]?.label).toBe("bricks");
      for (const { label, score } of found) {
        expect(Math.abs(100 * score - wanted.get(label)!), `${file}, ${label}`).toBeLessThan(
          tolerance,
        );
      }
    }
    await page
      .getByText(/In 8 bits it chooses the same class for \d+ of \d+/)
      .last()
      .waitFor();
    const asked = kinds.map(async ([, file]) => {
      const paths = [join(folder, "bricks.png"), "--model", join(folder, file)];
      const { code, stdout } = await mobilenetv2(["classify", ...paths, "--json"]);
      return { code, label: JSON.parse(stdout)[0].predictions[0].label };
    });
    expect(await Promise.all(asked)).toEqual(kinds.map(() => ({ code: 0, label: "bricks" })));
  });

  it("stays as it was where another lesson is cancelled", async () => {
    await page.getByLabel("All layers").check();
    const cancelled = cancelWhileTraining(page);
    await button(page, "Train").click();
    const focused = await cancelled;
    expect(focused).toBe("Cancel");
    await page.locator(".training").getByText("The training was cancelled").waitFor();
    await expect
      .poll(() => button(page, "Train").evaluate((one) => one === document.activeElement))
      .toBe(true);
    await show(page, await bricks(3));
    expect(await first(page)).toBe("bricks");
    expect(await page.getByText(/have changed since/).count()).toBe(0);
    await page.getByLabel("Name of class 2").fill("grass");
    await page.getByText(/have changed since/).waitFor();
  });

  it("is opened again elsewhere", async () => {
    const other = await openTeach();
    await other.locator("section > input[multiple]").setInputFiles(join(folder, "my-model.zip"));
    await other
      .locator("p", { hasText: /^my-model.zip is open: 2 classes/ })
      .last()
      .waitFor();
    await show(other, await bricks(2));
    expect(await first(other)).toBe("bricks");
  });
});

describe("a page", { timeout: 180_000 }, () => {
  it("trains all layers, and says that so few pictures are no test", async () => {
    const page = await openTeach();
    await addFiles(card(page, 1), await Promise.all([bricks(1), bricks(2)]));
    await addFiles(card(page, 2), join(root, "examples/images/rocket.jpg"));
    await expect.poll(() => count(card(page, 2))).toBe(1);
    await page.getByLabel("All layers").check();
    await train(page);
    await page
      .locator(".training")
      .getByText(/of the training pictures are right/)
      .waitFor();
    await show(page, await bricks(2));
    expect(await first(page)).toBe("Class 1");
  });

  it("opens what Teachable Machine exports, and refuses what is no model", async () => {
    const page = await openTeach();
    const open = async (files: ReadonlyMap<string, Uint8Array>): Promise<void> => {
      const given = [...files].map(([name, bytes]) => {
        return { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
      });
      await page.locator("section > input[multiple]").setInputFiles(given);
    };
    const notes = new TextEncoder().encode("notes");
    await open(new Map([["notes.txt", notes]]));
    await expect.poll(() => alert(page).textContent()).toMatch(/not one that works here/);
    await open(new Map([["model.json", notes]]));
    await expect.poll(() => alert(page).textContent()).toMatch(/damaged, or no model/);
    const topology = sequential([
      input([8, 8, 3]),
      layer("GlobalAveragePooling2D", "pool"),
      layer("Dense", "dense", { units: 2, activation: "softmax", use_bias: false }),
    ]);
    const metadata = {
      packageName: "@teachablemachine/image",
      labels: ["mug", "plant"],
      imageSize: 8,
    };
    const weights = { "dense/kernel": [3, 2] };
    await open(layersFiles(topology, { weights, extra: { "metadata.json": metadata } }));
    await page.getByText("model.json knows: mug, plant.").waitFor();
    await show(page, await bricks(1));
    // Of weights that are all alike.
    expect(await answers(page)).toEqual(
      new Map([
        ["mug", 50],
        ["plant", 50],
      ]),
    );
  });

  it("says so where the browser keeps nothing, and works all the same", async () => {
    const page = await openTeach();
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("no storage here", "SecurityError");
      };
    });
    await page.reload();
    await addFiles(card(page, 1), await Promise.all([bricks(1)]));
    await expect.poll(() => count(card(page, 1))).toBe(1);
    await expect.poll(() => alert(page).textContent()).toMatch(/keeps nothing .*no storage here/s);
  });

  it("says what to do where the camera may not be used", async () => {
    const page = await openTeach();
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("denied", "NotAllowedError");
      };
    });
    await button(card(page, 1), "Use the camera").click();
    await expect
      .poll(() => alert(page).textContent())
      .toMatch(/Allow it in the browser's settings/);
  });

  it("speaks Chinese on a narrow screen without scrolling sideways", async () => {
    const page = await openTeach({ locale: "zh-CN", viewport: { width: 360, height: 740 } });
    await page.getByRole("heading", { name: "训练", level: 1 }).waitFor();
    await addFiles(card(page, 1), await Promise.all([bricks(1)]));
    await card(page, 1).getByText("1 张图片").waitFor();
    const [wide, seen] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(wide).toBe(seen);
  });
});
