/**
 * The web app as it is built, on a site of the test's own with small models, in a browser. It serves what
 * `mobilenetv2 serve` serves: the page, the library's own files, models and their list.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { writeTrainedModel } from "../../src/formats/own-model.ts";
import type { Model } from "../../src/models/model.ts";
import type { Tensor } from "../../src/tensor.ts";
import { type PageTests, useSite } from "../browser/use-site.ts";
import { classifier, detector, segmenter } from "../off-thread/models.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const web = join(root, "dist/web");
const dist = join(root, "dist");

/** A hosted model: its name, and its files by their paths. */
export interface WebModel {
  readonly name: string;
  readonly task: Model["task"];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A model of this library's own files. */
export function webModel(model: Model, name: string): WebModel {
  const { graph, preprocess, labels } = model;
  const { architecture } = graph;
  if (architecture === undefined) throw new Error(`${name} has no architecture`);
  const weights = new Map<string, Tensor>();
  for (const [parameter, { shape, data }] of graph.parameters) {
    weights.set(parameter, { dtype: "float32", shape, data } as Tensor);
  }
  const told = model.task === "detect" ? { detection: model.detection } : {};
  const files = writeTrainedModel({ architecture, preprocess, labels, ...told } as never, weights);
  return { name, task: model.task, files };
}

/** One of each task, with random weights. */
export const smallWebModels = (): readonly WebModel[] => [
  webModel(classifier(), "small-classifier"),
  webModel(detector(), "small-detector"),
  webModel(segmenter(), "small-segmenter"),
];

/** A page of the app. */
export interface WebTests extends PageTests {
  /** Opens the app in a fresh profile. Whatever the page's console complains of fails the test. */
  open(path?: string, options?: BrowserContextOptions): Promise<Page>;
}

/**
 * Serves the app for the tests of a file.
 *
 * @param models - Those that the host has.
 * @param flags - Of the browser.
 */
export function useWeb(
  models: () => readonly WebModel[] = smallWebModels,
  flags?: readonly string[],
): WebTests {
  const pages = useSite(async () => {
    const hosted = new Map<string, Uint8Array | string>();
    const listed = models().map(({ name, task, files }) => {
      const described = [...files].map(([path, bytes]) => {
        hosted.set(`/models/${name}/${path}`, bytes);
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        return { path: `${name}/${path}`, bytes: bytes.length, sha256 };
      });
      return { name, task, main: described.at(-1)?.path, files: described };
    });
    hosted.set("/models/manifest.json", JSON.stringify({ format: 1, models: listed }));
    return (path) => hosted.get(path) ?? fileOfApp(path);
  }, flags);
  return {
    get site() {
      return pages.site;
    },
    get browser() {
      return pages.browser;
    },
    async open(path = "/", options = {}) {
      const context = await pages.browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") expect.soft(message.text(), "console").toBe("");
      });
      page.on("pageerror", (error) => expect.soft(error.message, "page").toBe(""));
      await page.goto(pages.site.origin + path);
      return page;
    },
  };
}

/** Another build's service worker, as `/sw-next.js`: of other scripts than this one's. */
function nextServiceWorker(): string {
  const text = readFileSync(join(web, "sw.js"), "utf8");
  const next = text
    .replace(/[0-9a-f]{16}/, "0".repeat(16))
    .replaceAll(/([`"'])assets\/[^`"']*\.js\1/g, '"index.html"');
  if (next === text) throw new Error("sw.js has no version and no scripts");
  return next;
}

function fileOfApp(path: string): Uint8Array | string | undefined {
  if (path === "/sw-next.js") return nextServiceWorker();
  const file = path.startsWith("/engine/")
    ? join(dist, path.slice("/engine/".length))
    : join(web, path === "/" ? "index.html" : path);
  return existsSync(file) ? readFileSync(file) : undefined;
}
