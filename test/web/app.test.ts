/** The page's views, as people use them: by visible labels alone. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { loadClassifier, loadDetector, loadSegmenter } from "../../src/index.ts";
import { classifier, detector, segmenter } from "../off-thread/models.ts";
import { slide } from "./look-at.ts";
import { useWeb } from "./open-web.ts";

const picture = fileURLToPath(new URL("../../examples/images/chelsea.png", import.meta.url));
const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
const web = useWeb(undefined, camera);

/** Chooses a file as somebody does by the button. */
async function choose(page: Page, file: Parameters<Page["setInputFiles"]>[1]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a picture" }).click();
  await (await chooser).setFiles(file as string);
}

/** Presses Tab until something of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim());
    if (focused === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

/** What "Copy JSON" copies. */
async function copied<T>(page: Page): Promise<T> {
  await page.getByRole("button", { name: "Copy JSON" }).click();
  await page.getByText("Copied", { exact: true }).waitFor();
  return JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
}

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

it.each([
  ["2 threads", "/"],
  ["no shared memory", "/?unisolated"],
])("classifies as Node does, with %s", async (threads, path) => {
  const page = await web.open(path, clipboard);
  await choose(page, picture);
  await page.getByText(threads).waitFor();
  const found = await copied<{ label: string; score: number }[]>(page);
  using node = await loadClassifier(classifier());
  const expected = await node.classify(await readFile(picture));
  expect(found.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  // A PNG of less than four times the network's size has the same pixels in both.
  for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!.score, 5);
  await page.context().close();
});

it("detects and segments as Node does, and draws what it found", async () => {
  const page = await web.open("/#/detect", clipboard);
  await choose(page, picture);
  const { detections } = await copied<{ detections: { label: string }[] }>(page);
  using boxes = await loadDetector(detector());
  const expected = await boxes.detect(await readFile(picture));
  expect(detections.map(({ label }) => label)).toEqual(
    expected.detections.map(({ label }) => label),
  );
  await page.getByRole("button", { name: "Save the picture" }).waitFor();
  expect(await page.locator("canvas").count()).toBe(1);

  await page.getByRole("link", { name: "Segment" }).click();
  const { classes } = await copied<{ classes: { label: string; share: number }[] }>(page);
  using masks = await loadSegmenter(segmenter());
  const map = await masks.segment(await readFile(picture));
  expect(classes.map(({ label }) => label)).toEqual(map.classes.map(({ label }) => label));
  for (const [i, { share }] of classes.entries()) {
    expect(share).toBeCloseTo(map.classes[i]!.pixels / map.classMap.length, 3);
  }
  await page.context().close();
});

it("paints classes anew with another opacity, without asking the model again", async () => {
  const page = await web.open("/");
  // Whether each question after a picture's first says that the answer is there.
  await page.evaluate(() => {
    const asked: unknown[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: unknown, ...more: never[]) {
      const { path, argumentList } = Object(message);
      if (path?.[0] === "segment") asked.push(argumentList[2]?.value);
      post.call(this, message, ...more);
    };
    Object.assign(globalThis, { asked });
  });
  const asked = (): Promise<unknown> => page.evaluate("asked");
  const painted = (): Promise<string> =>
    page.locator("canvas").evaluate((one: HTMLCanvasElement) => one.toDataURL());
  await page.getByRole("link", { name: "Segment" }).click();
  await choose(page, picture);
  const took = page.getByText(/^\d+ ms/);
  await took.waitFor();
  const [time, first] = [await took.textContent(), await painted()];
  await slide(page, /Strength of colour/, 1);
  await expect.poll(painted).not.toBe(first);
  expect(await took.textContent()).toBe(time);
  expect(await asked()).toEqual([false, true]);
  await page.getByRole("button", { name: "Coffee" }).click();
  await expect.poll(async () => ((await asked()) as unknown[]).length).toBe(3);
  expect(await asked()).toEqual([false, true, false]);
  await page.context().close();
});

it("compares the picture with others and finds itself", async () => {
  const page = await web.open("/#/compare");
  await page.getByRole("button", { name: "Coffee" }).click();
  const first = page.locator(".compared li").first();
  await first.getByText("probably the same picture").waitFor();
  expect(await first.textContent()).toContain("Coffee");
  expect(await page.locator(".compared li").count()).toBe(4);
  await page.context().close();
});

it("copies what the network sees in a picture as a list of numbers", async () => {
  const page = await web.open("/#/compare", clipboard);
  await page.getByRole("button", { name: "Coffee" }).click();
  const vector = await copied<number[]>(page);
  expect(vector.length).toBeGreaterThan(100);
  expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 3);
  await page.context().close();
});

it("leaves the camera off where it is allowed too late", async () => {
  const page = await web.open("/", { permissions: ["camera"] });
  // Allowed once the test says so.
  await page.evaluate(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const held = async (wanted: MediaStreamConstraints): Promise<MediaStream> => {
      await new Promise((allowed) => addEventListener("allow", allowed, { once: true }));
      const stream = await open(wanted);
      Object.assign(globalThis, { stream });
      return stream;
    };
    Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: held });
  });
  await page.getByRole("button", { name: "Use the camera" }).click();
  await page.getByRole("link", { name: "Compare" }).click();
  await page.evaluate(() => dispatchEvent(new Event("allow")));
  const state = (): Promise<string | undefined> =>
    page.evaluate(() => {
      const { stream } = globalThis as unknown as { stream?: MediaStream };
      return stream?.getTracks()[0]?.readyState;
    });
  await expect.poll(state).toBe("ended");
  expect(await page.getByRole("button", { name: "Use the camera" }).count()).toBe(1);
  await page.context().close();
});

it("looks at the camera, and stops it", async () => {
  const page = await web.open("/", { permissions: ["camera"] });
  await page.getByRole("button", { name: "Use the camera" }).click();
  await page.getByText("frames a second").waitFor();
  await page.getByRole("button", { name: "Stop the camera" }).click();
  await page.getByRole("button", { name: "Use the camera" }).waitFor();
  await page.context().close();
});

it("works after the network is cut, weights and all", async () => {
  const page = await web.open("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.getByRole("button", { name: "Cat" }).click();
  await page.getByRole("button", { name: "Copy JSON" }).waitFor();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("button", { name: "Cat" }).click();
  await page.getByRole("button", { name: "Copy JSON" }).waitFor();
  await page.context().close();
});

it("stays one build while it is open, though its host has another", async () => {
  const page = await web.open("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.getByRole("button", { name: "Cat" }).click();
  await page.getByRole("button", { name: "Copy JSON" }).waitFor();
  // The host's next build: another worker, and none of the files of this one.
  await page.context().route(/\/(?:assets|engine)\//, (route) => route.fulfill({ status: 404 }));
  await page.evaluate(() => navigator.serviceWorker.register("./sw-next.js"));
  const waiting = (): Promise<string | undefined> =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state);
  await expect.poll(waiting).toBe("installed");
  await page.getByRole("link", { name: "Understand" }).click();
  await page.getByText("Figure 1").waitFor();
  await page.context().close();
});

it("says what to do about a broken picture, and goes on with the next", async () => {
  const page = await web.open("/");
  await choose(page, {
    name: "broken.jpg",
    mimeType: "image/jpeg",
    buffer: Buffer.from([255, 216, 255, 0]),
  } as never);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain("cannot be read");
  await choose(page, picture);
  await page.getByRole("button", { name: "Copy JSON" }).waitFor();
  expect(await alert.count()).toBe(0);
  await page.context().close();
});

it("remembers the language and the colours", async () => {
  const page = await web.open("/");
  await page.getByLabel("Language").selectOption("中文");
  await page.getByLabel("配色").selectOption("深色");
  await page.reload();
  await page.getByRole("heading", { name: "分类" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  await page.context().close();
});

it("can be used with a keyboard alone, on a phone's screen", async () => {
  const page = await web.open("/", { viewport: { width: 360, height: 740 } });
  await tabTo(page, "Detect");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Detect" }).waitFor();
  await tabTo(page, "Rocket");
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Save the picture" }).waitFor();
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wider).toBe(0);
  await page.context().close();
});

it.each([
  ["is not allowed", "NotAllowedError", "may not be used"],
  ["is not there", "NotFoundError", "There is no camera"],
])("says what to do where the camera %s", async (_, name, words) => {
  const page = await web.open("/");
  await page.evaluate((thrown) => {
    const refused = () => Promise.reject(new DOMException("no", thrown));
    Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: refused });
  }, name);
  await page.getByRole("button", { name: "Use the camera" }).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain(words);
  await page.context().close();
});

it("says that the models cannot be had, and takes them when they can", async () => {
  const page = await web.open("/#/none");
  await page.route("**/models/**", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("could not be loaded");
  await page.unroute("**/models/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("small-classifier").first().waitFor({ state: "attached" });
  await page.context().close();
});
