import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImageList } from "./labelled-images-node.ts";
import { readListEntries } from "./list-entries-node.ts";
import { listDataSet } from "./list-node.ts";

let folder: string;
let list: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lists-"));
  list = join(folder, "list.csv");
  await mkdir(join(folder, "img"));
  for (const name of ["r0.png", "r1.png", "g0.png", "g1.png", "without"]) {
    const picture = new URL("../../examples/images/chelsea.png", import.meta.url);
    await copyFile(picture, join(folder, "img", name));
  }
});

afterAll(() => rm(folder, { recursive: true }));

const rows = [
  ["img/r0.png", "red"],
  ["img/g0.png", "green"],
  ["img/r1.png", "red"],
  ["img/g1.png", "green"],
] as const;

async function classesOf(content: string | Uint8Array): Promise<string> {
  await writeFile(list, content);
  return (await listDataSet(list)).classes.join();
}

const body = (separator: string, end = "\n"): string =>
  rows.map((row) => row.join(separator) + end).join("");

describe("a first line of column names", () => {
  it.each([
    ...["path,label", "image_id,label", "image_name,label", "id,label", "filename,species"],
    ...["path,class", "Id,Category", "ID,Category", "image,breed", "file,plant", "photo,y"],
    ...["Image Name,Label", '"Image Name","Label"', "x,y", "picture id,what it is", "a,b"],
    ...["image_path;class_name", "fichier;espèce", "bild\tart", "datei klasse", "Path Label"],
  ])("is no picture: %s", async (header) => {
    const separator = [";", "\t", ","].find((mark) => header.includes(mark)) ?? " ";
    expect(await classesOf(`${header}\n${body(separator)}`)).toBe("green,red");
    const samples = await readImageList(list, { labels: ["red", "green"], folder });
    expect(samples.map(({ classIndex }) => classIndex)).toEqual([0, 1, 0, 1]);
  });

  it("may stand behind a byte order mark, a comment, or what a spreadsheet says", async () => {
    for (const before of ["\ufeff", "# mine\r\n", "\ufeffsep=;\r\n", "\r\n\r\n"]) {
      expect(await classesOf(`${before}bild;farbe\r\n${body(";", "\r\n")}`)).toBe("green,red");
    }
    const quoted = rows.map(([path, label]) => `"${path}","${label}"\r\n`).join("");
    expect(await classesOf(`\ufeff"bild","farbe"\r\n${quoted}`)).toBe("green,red");
  });

  it("is known by pictures that are missing as well", async () => {
    expect(await classesOf("bild,farbe\nno/1.png,red\nno/2.png,green\n")).toBe("green,red");
  });

  it("is refused where it has more columns than are read", async () => {
    const wide = rows.map((row) => `${row.join()},12\n`).join("");
    await expect(classesOf(`bild,farbe,breite\n${wide}`)).rejects.toThrow(
      /list\.csv.*columns are not read.*path,label/,
    );
  });

  it("is a picture where a file has this name", async () => {
    expect(await classesOf(`img/without,blue\n${body(",")}`)).toBe("blue,green,red");
  });
});

it("finds pictures that are named by their ids", async () => {
  const ids = rows.map(([path, label]) => `${path.replace(".png", "")},${label}\n`).join("");
  await writeFile(list, `Id,Category\n${ids}img/missing,red\n`);
  const entries = await readListEntries(list, folder);
  expect(entries.map(({ path }) => path)).toEqual([...rows.map(([path]) => path), "img/missing"]);
  await writeFile(list, `bild,farbe\n${ids}`);
  expect((await readListEntries(list, folder)).map(({ label }) => label)).toEqual(
    rows.map(([, label]) => label),
  );
});

it("may be UTF-16, and is refused where it is no text", async () => {
  const text = `\ufeff${body("\t")}`.replaceAll("red", "röd");
  const bytes = new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
  expect(await classesOf(bytes)).toBe("green,röd");
  const latin = Uint8Array.from(body(",").replaceAll("red", "r\xf6d"), (char) =>
    char.charCodeAt(0),
  );
  await expect(classesOf(latin)).rejects.toMatchObject({
    code: "invalid-data",
    message: expect.stringMatching(/list\.csv.*UTF-8/),
  });
});
