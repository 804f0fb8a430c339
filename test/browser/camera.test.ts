/** The example with a camera, in a browser with an invented one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { useSite } from "./use-site.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = new Map<string, Uint8Array | string>();

const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
const pages = useSite(async () => {
  const { outputFiles } = await build({
    entryPoints: [...["examples/camera/camera.js"], "src/tasks/off-thread/worker-browser.ts"].map(
      (path) => join(root, path),
    ),
    alias: { mobilenetv2: join(root, "src/browser.ts") },
    entryNames: "[name]",
    outdir: "/",
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  for (const { path, contents } of outputFiles) files.set(path, contents);
  files.set("/video.js", await videoScript());
  files.set("/index.html", await readFile(join(root, "examples/camera/index.html"), "utf8"));
  files.set(
    "/empty.html",
    "<!doctype html><video muted></video><script type='module' src='/video.js'></script>",
  );
  files.set("/cifar10.tflite", await readFile(join(root, "models/cifar10.tflite")));
  return (path) => files.get(path);
}, camera);

/** What `test/browser/video.ts` and the example export, for all to call. */
async function videoScript(): Promise<string> {
  const contents = `
    import { watchFrames } from "./examples/camera/watch-frames.js";
    import { compareThreads, slowLooks } from "./test/browser/video.ts";
    Object.assign(globalThis, { watchFrames, compareThreads, slowLooks });`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

async function open(path: string): Promise<Page> {
  const page = await (await pages.browser.newContext()).newPage();
  await page.goto(pages.site.origin + path);
  return page;
}

it("names what the camera sees while frames go on", async () => {
  const page = await open("/index.html?model=/cifar10.tflite");
  const status = page.getByRole("status");
  const frames = async (): Promise<readonly number[]> => {
    const [, looked, shown] =
      /\((\d+) of (\d+) frames\)$/.exec((await status.textContent()) ?? "") ?? [];
    return [Number(looked), Number(shown)];
  };
  await expect.poll(frames, { timeout: 20_000 }).toEqual([expect.any(Number), expect.any(Number)]);
  await expect.poll(async () => (await frames())[0], { timeout: 20_000 }).toBeGreaterThan(3);
  const [looked = 0, shown = 0] = await frames();
  expect(looked).toBeLessThanOrEqual(shown);
  expect(await status.textContent()).toMatch(/^[a-z]+, \d+ % /);
});

it("says so where the model cannot be had", async () => {
  const page = await open("/index.html?model=/nothing.tflite");
  await expect.poll(() => page.getByRole("status").textContent()).toMatch(/nothing\.tflite/);
});

it.each([true, false])(
  "drops the frames of a slow look (frame callbacks: %s)",
  async (callbacks) => {
    const outcome = await inPage(`slowLooks(watchFrames, ${callbacks})`);
    expect(outcome).toMatchObject({ looked: 2, most: 1, message: "Error: enough" });
    const { shown } = outcome as { readonly shown: number };
    expect(shown).toBeGreaterThanOrEqual(3 * 4);
  },
);

it("a video gives the same in a worker as on the page", async () => {
  const [here, there] = (await inPage("compareThreads()")) as readonly unknown[];
  expect(here).toHaveLength(10);
  expect(there).toEqual(here);
});

/** The value of a call of the page's script. */
async function inPage(call: string): Promise<unknown> {
  const page = await open("/empty.html");
  await page.waitForFunction("globalThis.slowLooks !== undefined");
  return await page.evaluate(call);
}
