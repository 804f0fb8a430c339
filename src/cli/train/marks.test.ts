import { cp, mkdir, rm, symlink, utimes } from "node:fs/promises";
import { expect, it } from "vitest";
import { dataFolder } from "../../../test/data-folder.ts";
import type { Pictures } from "../../data/pictures.ts";
import type { TrueObject } from "../../data/samples.ts";
import { type MarkedPart, markedAs, marksOf, requireUnchanged } from "./marks.ts";

const { at, put } = dataFolder();

const classes = ["cat", "dog"];

function picturesAt(...paths: readonly string[]): MarkedPart {
  return labelledAt(paths, () => 0);
}

function labelledAt(
  paths: readonly string[],
  label: (index: number) => unknown,
  more: Partial<Pictures<unknown>> = {},
): MarkedPart {
  const path = (index: number): string => at(paths[index]!);
  const picture = (): Promise<never> => Promise.reject(new Error("nobody decodes it"));
  const pictures = { count: paths.length, name: path, path, label, picture, ...more };
  return { classes, pictures };
}

/** The marks of the pictures alone. */
const picturesOf = async (part: MarkedPart) => (await marksOf(part)).pictures;

it("a picture is known by its name, its folder's name and its bytes, wherever they lie", async () => {
  for (const path of ["one/cats", "two/cats", "two/dogs"]) await put(`${path}/1.png`, "12345");
  const of = (path: string) => picturesOf(picturesAt(path));
  const mark = await of("one/cats/1.png");
  expect(mark.size).toBe(1);
  expect(await of("two/cats/1.png")).toEqual(mark);
  expect(await of("two/dogs/1.png")).not.toEqual(mark);
  for (const other of ["12354", "123456"]) {
    await put("two/cats/1.png", other);
    expect(await of("two/cats/1.png")).not.toEqual(mark);
  }
  expect((await of("gone.png")).size).toBe(0);
});

it("a change at either end of a large file shows, be its size the same", async () => {
  const bytes = new Uint8Array(300_000);
  await put("large.png", bytes);
  const before = await picturesOf(picturesAt("large.png"));
  for (const place of [0, 65_535, 300_000 - 65_536, 299_999]) {
    await put("large.png", bytes.with(place, 1));
    expect(await picturesOf(picturesAt("large.png"))).not.toEqual(before);
  }
});

it("pictures whose contents changed are named; a copy with other times is the same", async () => {
  const names = ["a/1.png", "a/2.png", "a/3.png"];
  for (const name of names) await put(`data/${name}`, "12345");
  const paths = names.map((name) => `data/${name}`);
  const marks = await marksOf(picturesAt(...paths));
  await cp(at("data"), at("copy"), { recursive: true });
  for (const name of names) await utimes(at(`copy/${name}`), 1000, 1000);
  const copied = picturesAt(...names.map((name) => `copy/${name}`));
  await expect(requireUnchanged([copied], marks)).resolves.toBeUndefined();
  await put("data/a/2.png", "54321");
  await expect(requireUnchanged([picturesAt(...paths)], marks)).rejects.toMatchObject({
    ...{ code: "invalid-data", expected: expect.stringMatching(/contents/) },
    received: expect.stringMatching(/^others: "[^"]*2\.png"$/),
  });
  await rm(at("copy/a/3.png"));
  await expect(requireUnchanged([copied], marks)).rejects.toThrow(/3\.png/);
});

it("runs that noted names and sizes alone go on", async () => {
  await put("a/1.png", "12345");
  const [own, earlier] = await markedAs(at("a/1.png"));
  expect(await picturesOf(picturesAt("a/1.png"))).toEqual(new Set([own]));
  // As it was written down before: the 32-bit FNV-1a of the text a/1.png:5.
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from("a/1.png:5")) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  expect(earlier).toBe(hash);
  await expect(
    requireUnchanged([picturesAt("a/1.png")], { pictures: new Set([hash]) }),
  ).resolves.toBeUndefined();
});

it.skipIf(process.platform === "win32")("a link is known as what it leads to, too", async () => {
  await put("a/1.png", "12345");
  await mkdir(at("b"));
  await symlink(at("a/1.png"), at("b/2.png"));
  const [linked, real] = [
    await picturesOf(picturesAt("b/2.png")),
    await picturesOf(picturesAt("a/1.png")),
  ];
  expect(linked.size).toBe(2);
  expect([...real].every((mark) => linked.has(mark))).toBe(true);
});

/** Pictures whose targets are `then` when the run begins and `now` afterwards. */
async function changed(then: readonly unknown[], now: readonly unknown[]): Promise<unknown> {
  const paths = then.map((_, index) => `a/${index}.png`);
  for (const path of paths) await put(path, path);
  const marks = await marksOf(labelledAt(paths, (index) => then[index]));
  const later = requireUnchanged([labelledAt(paths, (index) => now[index])], marks);
  return await later.catch((error: unknown) => error);
}

const box = { x: 1, y: 2, width: 3, height: 4 };
const object: TrueObject = { classIndex: 0, box, area: 12, crowd: false, difficult: false };
const other: TrueObject = { ...object, classIndex: 1, box: { ...box, x: 9 } };

it.each<readonly [string, unknown, unknown]>([
  ["a class", 0, 1],
  ["a class among several", [0, 1], [0]],
  ["a moved box", [object], [{ ...object, box: { ...box, x: 1.5 } }]],
  ["an object's class", [object], [{ ...object, classIndex: 1 }]],
  ["an added object", [object], [object, other]],
  ["a removed object", [object, other], [object]],
  ["one of two that are alike", [object, object], [object]],
  ["an object that became a crowd", [object], [{ ...object, crowd: true }]],
  ["an object that became difficult", [object], [{ ...object, difficult: true }]],
])("%s is noticed, by the picture's name", async (_, then, now) => {
  expect(await changed([[other], then], [[other], now])).toMatchObject({
    ...{ code: "invalid-data", expected: expect.stringMatching(/classes, boxes or masks/) },
    received: expect.stringMatching(/^others: "[^"]*a\/1\.png"$/),
  });
});

it.each<readonly [string, unknown, unknown]>([
  ["objects in another order", [object, other], [other, object]],
  ["classes in another order", [0, 1], [1, 0]],
  ["another area of the same box", [object], [{ ...object, area: 11 }]],
  ["flags that are written out", [object], [{ classIndex: 0, box }]],
])("%s are the same targets", async (_, then, now) => {
  expect(await changed([then], [now])).toBeUndefined();
});

it("two pictures whose targets were exchanged are noticed, and a run without marks of them goes on", async () => {
  expect(await changed([[object], [other]], [[other], [object]])).toMatchObject({
    received: expect.stringMatching(/0\.png".*1\.png"/),
  });
  await put("a/1.png", "12345");
  const pictures = await picturesOf(picturesAt("a/1.png"));
  await expect(requireUnchanged([picturesAt("a/1.png")], { pictures })).resolves.toBeUndefined();
});

it("a mask is known by its file's name and bytes and by what its colours mean", async () => {
  const masked = (folder: string, meaning = "[]"): MarkedPart => {
    const path = at(folder, "masks", "1.png");
    return labelledAt([`${folder}/images/1.png`], () => ({ readMask: () => Promise.reject() }), {
      targetFile: () => ({ path, meaning }),
    });
  };
  for (const folder of ["data", "copy"]) {
    await put(`${folder}/images/1.png`, "picture");
    await put(`${folder}/masks/1.png`, "mask");
  }
  const marks = await marksOf(masked("data"));
  await expect(requireUnchanged([masked("copy")], marks)).resolves.toBeUndefined();
  const refused = { received: expect.stringMatching(/images\/1\.png/) };
  await expect(requireUnchanged([masked("data", "[[1]]")], marks)).rejects.toMatchObject(refused);
  await put("data/masks/1.png", "ksam");
  await expect(requireUnchanged([masked("data")], marks)).rejects.toMatchObject(refused);
  await rm(at("data/masks/1.png"));
  await expect(requireUnchanged([masked("data")], marks)).rejects.toMatchObject(refused);
});
