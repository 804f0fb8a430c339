import { cp, mkdir, rm, symlink, utimes } from "node:fs/promises";
import { expect, it } from "vitest";
import { dataFolder } from "../../../test/data-folder.ts";
import type { Pictures } from "../../data/pictures.ts";
import { markedAs, marksOf, requireUnchanged } from "./marks.ts";

const { at, put } = dataFolder();

function picturesAt(...paths: readonly string[]): Pictures<unknown> {
  const path = (index: number): string => at(paths[index]!);
  return {
    ...{ count: paths.length, name: path, path, label: () => 0 },
    picture: () => Promise.reject(new Error("nobody decodes it")),
  };
}

it("a picture is known by its name, its folder's name and its bytes, wherever they lie", async () => {
  for (const path of ["one/cats", "two/cats", "two/dogs"]) await put(`${path}/1.png`, "12345");
  const of = (path: string) => marksOf(picturesAt(path));
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
  const before = await marksOf(picturesAt("large.png"));
  for (const place of [0, 65_535, 300_000 - 65_536, 299_999]) {
    await put("large.png", bytes.with(place, 1));
    expect(await marksOf(picturesAt("large.png"))).not.toEqual(before);
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
  expect(await marksOf(picturesAt("a/1.png"))).toEqual(new Set([own]));
  // As it was written down before: the 32-bit FNV-1a of the text a/1.png:5.
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from("a/1.png:5")) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  expect(earlier).toBe(hash);
  await expect(requireUnchanged([picturesAt("a/1.png")], new Set([hash]))).resolves.toBeUndefined();
});

it.skipIf(process.platform === "win32")("a link is known as what it leads to, too", async () => {
  await put("a/1.png", "12345");
  await mkdir(at("b"));
  await symlink(at("a/1.png"), at("b/2.png"));
  const [linked, real] = [
    await marksOf(picturesAt("b/2.png")),
    await marksOf(picturesAt("a/1.png")),
  ];
  expect(linked.size).toBe(2);
  expect([...real].every((mark) => linked.has(mark))).toBe(true);
});
