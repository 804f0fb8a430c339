/** The camera of the view that teaches: asked for twice, or not wanted any more when it comes. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { useWeb } from "./open-web.ts";
import { button, card, readyToTeach } from "./teach-page.ts";

const web = useWeb(undefined, [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
]);

const openTeach = async (): Promise<Page> => readyToTeach(await web.open("/#/teach"));

/** Lets the camera be used only when `granted` is called, and remembers its streams. */
async function askSlowly(page: Page): Promise<void> {
  await page.evaluate(() => {
    const streams: MediaStream[] = [];
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    let asked = 0;
    devices.getUserMedia = async (what) => {
      asked++;
      await promise;
      const stream = await open(what);
      streams.push(stream);
      return stream;
    };
    Object.assign(window, {
      granted: () => resolve(),
      cameras: () => ({
        asked,
        opened: streams.length,
        live: streams.flatMap((each) => each.getTracks()).filter((t) => t.readyState === "live")
          .length,
      }),
    });
  });
}

interface Cameras {
  readonly asked: number;
  readonly opened: number;
  readonly live: number;
}

const cameras = (page: Page): Promise<Cameras> => page.evaluate("cameras()");

it("a camera that is asked for twice is opened once, and stopped", async () => {
  const page = await openTeach();
  await askSlowly(page);
  await button(card(page, 1), "Use the camera").dblclick();
  await button(card(page, 2), "Use the camera").click();
  await page.evaluate("granted()");
  await button(card(page, 2), "Stop the camera").waitFor();
  expect(await cameras(page)).toEqual({ asked: 1, opened: 1, live: 1 });
  expect(await button(card(page, 1), "Stop the camera").count()).toBe(0);
  await button(card(page, 2), "Stop the camera").click();
  expect(await cameras(page)).toEqual({ asked: 1, opened: 1, live: 0 });
  await page.context().close();
});

it("a camera that comes when the visitor has left, or left and come back, does not stay on", async () => {
  const page = await openTeach();
  await askSlowly(page);
  const visit = async (name: string): Promise<void> => {
    await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
  };
  await button(card(page, 1), "Use the camera").click();
  await visit("Detect");
  await visit("Teach");
  await button(card(page, 1), "Use the camera").click();
  await page.evaluate("granted()");
  await button(card(page, 1), "Stop the camera").click();
  await expect.poll(async () => (await cameras(page)).live).toBe(0);

  await page.reload();
  await card(page, 2).waitFor();
  await askSlowly(page);
  await button(card(page, 1), "Use the camera").click();
  await visit("Detect");
  await page.evaluate("granted()");
  await expect.poll(() => cameras(page)).toEqual({ asked: 1, opened: 1, live: 0 });
  await page.context().close();
});
