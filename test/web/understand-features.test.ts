/** Feature maps and class activation maps in the page: those that the library gives in Node. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  classActivation,
  decodeImage,
  loadClassifier,
  loadModel,
  overlayActivation,
  pooledHead,
} from "../../src/index.ts";
import { floatNetwork } from "../../src/train/index.ts";
import { said, slide, violations } from "./look-at.ts";
import { useWeb } from "./open-web.ts";

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const cifar10 = file("models/cifar10.tflite");
const picture = file("examples/images/chelsea.png");

const web = useWeb(() => [
  {
    name: "cifar10",
    task: "classify",
    files: new Map([["cifar10.tflite", readFileSync(cifar10)]]),
  },
]);

let inNode: Awaited<ReturnType<typeof lookInNode>>;
let opened: Page | undefined;

beforeAll(async () => {
  inNode = await lookInNode();
});
afterAll(async () => {
  await opened?.context().close();
});

/** The one page, with the picture. */
async function lookInPage(): Promise<Page> {
  if (opened === undefined) {
    opened = await web.open("/#/understand/features");
    await opened.locator("input[type=file]").setInputFiles(picture);
  }
  return opened;
}

it("a feature map has the shape and the values that it has in Node", async () => {
  const page = await lookInPage();
  await slide(page, /Feature map/, 5);
  await said(page).filter({ hasText: "block_3, 16 × 16 × 32" }).waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the values" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("cifar10-block_3.npy");
  const { shape, values } = readNpy(readFileSync(await download.path()));
  const [block] = inNode.values;
  expect(shape).toEqual(block!.shape);
  // A PNG has the same pixels everywhere, and 8-bit networks have the same bits.
  expect(values).toEqual(block!.data);
  const drawn = page.getByRole("img", { name: /The channels of block_3/ });
  // 20 squares of 112 pixels in rows of five, 4 pixels between them.
  expect(await sizeOf(drawn)).toEqual([576, 460]);
});

it("what spoke for the best class is laid over the picture", async () => {
  const page = await lookInPage();
  const { classes, overlay } = inNode;
  const shown = await page
    .getByRole("combobox", { name: "Class" })
    .locator("option")
    .allTextContents();
  const best = classes.map(({ label, score }) => `${label}, ${(score * 100).toFixed(1)} %`);
  expect(shown).toEqual(best);
  const drawn = page.getByRole("img", { name: `what spoke for ${classes[0]!.label}` });
  expect(await sizeOf(drawn)).toEqual([overlay.width, overlay.height]);
  // As a text, which crosses quicker than a list.
  const text = await drawn.evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
    return Array.from(data, (value) => String.fromCharCode(value)).join("");
  });
  let farthest = 0;
  for (let i = 0; i < overlay.data.length; i++) {
    const value = text.charCodeAt(Math.floor(i / 3) * 4 + (i % 3));
    farthest = Math.max(farthest, Math.abs(value - overlay.data[i]!));
  }
  expect(text.length).toBe(overlay.width * overlay.height * 4);
  // Sums of doubles in one order: at most a tie is rounded otherwise.
  expect(farthest).toBeLessThanOrEqual(1);
});

it("another class, another map and another sample are looked at when they are chosen", async () => {
  const page = await lookInPage();
  const { classes } = inNode;
  await page.getByRole("combobox", { name: "Class" }).selectOption(`${classes[1]!.index}`);
  await page.getByRole("img", { name: `what spoke for ${classes[1]!.label}` }).waitFor();
  await slide(page, /Feature map/, 0);
  await said(page).filter({ hasText: "input, 128 × 128 × 3: All 3 channels" }).waitFor();
  await page.getByRole("button", { name: "Rocket" }).click();
  await page.getByRole("img", { name: "Rocket", exact: true }).waitFor();
  await said(page).filter({ hasText: "input, 128 × 128 × 3" }).waitFor();
});

it.each(["light", "dark"] as const)("breaks no rule of accessibility, in %s", async (theme) => {
  const page = await lookInPage();
  await page.emulateMedia({ colorScheme: theme });
  expect(await violations(page)).toEqual([]);
});

/** The same picture through the same model. */
async function lookInNode() {
  const model = await loadModel(cifar10);
  const classifier = await loadClassifier(model, { outputs: ["block_3", "features"] });
  try {
    const bytes = new Uint8Array(readFileSync(picture));
    const values = await classifier.values(bytes);
    const classes = await classifier.classify(bytes, { topK: 5 });
    const [, rows = 1, columns = 1] = values[1]!.shape;
    const map = classActivation(
      pooledHead(floatNetwork(model.graph))!,
      { rows, columns, features: values[1]!.data },
      classes[0]!.index,
    );
    const overlay = overlayActivation(await decodeImage(bytes), map, Math.max(...map.values));
    return { values, classes, overlay };
  } finally {
    classifier.dispose();
  }
}

async function sizeOf(canvas: Locator): Promise<readonly number[]> {
  return await canvas.evaluate((element: HTMLCanvasElement) => [element.width, element.height]);
}

/** Of a file as NumPy writes it. */
function readNpy(bytes: Uint8Array): { shape: readonly number[]; values: Float32Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  expect(header).toMatch(/'descr': '<f4', 'fortran_order': False/);
  const [, dimensions = ""] = /'shape': \(([\d, ]+)\)/.exec(header) ?? [];
  const shape = dimensions.split(",").map(Number);
  return { shape, values: new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer) };
}
