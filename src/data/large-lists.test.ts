/** Lists out of all proportion end in an error that says so, never in the process's end. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDetections } from "./detections-node.ts";
import { parseImageList } from "./image-list.ts";
import { linesOf } from "./lines.ts";
import { listDataSet } from "./list-node.ts";
import { readMasks } from "./masks-node.ts";

/** In the long form more lines than a list of texts has room for. */
const lines = process.env["LONG"] ? 200_000_000 : 20_000_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "large-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("lines", () => {
  it.each([
    ["a\nb", ["a 1", "b 2"]],
    ["\r\n a \r\rb\n", ["a 2", "b 4"]],
    ["", []],
    ["\n\n", []],
  ])("of %j are trimmed and numbered", (text, expected) => {
    expect(Array.from(linesOf(text), ([line, number]) => `${line} ${number}`)).toEqual(expected);
  });
});

describe("a list of nothing but ends of lines", () => {
  const newlines = (): Uint8Array => new Uint8Array(lines).fill(10);

  it("has no pictures", async () => {
    await expect(listDataSet(file("list.csv", newlines()))).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(/no pictures/),
    });
  });

  it("has no masks", async () => {
    const list = file("val.txt", newlines());
    for (const name of ["JPEGImages", "SegmentationClass"]) {
      mkdirSync(join(folder, name));
      file(`${name}/a.png`, "");
    }
    await expect(readMasks(folder, { list })).rejects.toThrow(/no names/);
  });
});

describe("JSON of nothing but brackets", () => {
  const brackets = (): Uint8Array => {
    const bytes = new Uint8Array(156_000_000);
    for (let i = 0; i < bytes.length; i += 3) bytes.set([0x5b, 0x5d, 0x2c], i);
    bytes[0] = 0x5b;
    return bytes;
  };

  it("is refused before it is parsed", async () => {
    const path = file("list.json", brackets());
    const refused = {
      code: "invalid-data",
      message: expect.stringMatching(/out of all proportion/),
    };
    await expect(listDataSet(path)).rejects.toMatchObject(refused);
    writeFileSync(join(folder, "instances.json"), '{"images": []}');
    const boxes = readDetections(folder, { list: path });
    await expect(boxes).rejects.toMatchObject(refused);
  });
});

it("tells the number of a line behind empty ones", () => {
  expect(() => parseImageList("\n\na.png,cat\nb\n", "list.csv")).toThrow(/line 4/);
});
