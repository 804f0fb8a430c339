/** `mobilenetv2 similar`: copies of photographs are found and others are not, with and without an index file. */
import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mobilenetv2, root } from "./program.ts";

let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);
const photo = (name: string) => sharp(join(root, "examples/images", name));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-similar-"));
  await mkdir(at("photos", "copies"), { recursive: true });
  const names = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"];
  for (const name of names) await photo(name).toFile(at("photos", name));
  await photo("coffee.png").resize(160).jpeg({ quality: 40 }).toFile(at("photos/copies/cup.jpg"));
  const cut = { left: 18, top: 12, width: 415, height: 276 };
  await photo("chelsea.png").extract(cut).linear(1.2, 0).toFile(at("photos/copies/猫.png"));
  await writeFile(at("photos", "broken.png"), "no picture");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => mobilenetv2(["similar", ...args]);

describe("mobilenetv2 similar", () => {
  it("groups copies, the largest file first, and leaves the others alone", async () => {
    const { code, stdout, stderr } = await run(at("photos"), "--json");
    expect(code).toBe(0);
    const { groups, by, model, pictures, described } = JSON.parse(stdout);
    expect({ by, model, pictures, described }).toEqual({
      ...{ by: "layout", model: "cifar10", pictures: 6, described: 6 },
    });
    const names = groups.map((group: { image: string }[]) => group.map(({ image }) => image));
    expect(names).toEqual([
      [at("photos/chelsea.png"), at("photos/copies/猫.png")],
      [at("photos/coffee.png"), at("photos/copies/cup.jpg")],
    ]);
    for (const [first, second] of groups) {
      expect(first.score).toBe(1);
      expect(second.score).toBeGreaterThan(0.7);
    }
    expect(stderr.match(/broken\.png left out/g)).toHaveLength(1);
    expect(stderr).toContain("1 of 7 pictures could not be read and was left out");
    const text = await run(at("photos"), "--quiet");
    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(text.stdout).toContain("2 groups of copies, 4 pictures, among 6 pictures");
    const stopped = await run(at("photos"), "--damaged", "stop");
    expect([stopped.code, stopped.stdout]).toEqual([1, ""]);
  });

  it("keeps an index that moves with the pictures, and looks only at what has changed", async () => {
    const json = ["--json", "--quiet"];
    const first = JSON.parse((await run(at("photos"), "--index", at("index"), ...json)).stdout);
    const again = JSON.parse((await run(at("photos"), "--index", at("index"), ...json)).stdout);
    expect([first.described, again.described]).toEqual([6, 0]);
    expect(again.groups).toEqual(first.groups);

    await rm(at("photos/rocket.jpg"));
    await rename(at("photos/coffee.png"), at("photos/mug.png"));
    await utimes(at("photos/astronaut.png"), 5, 5);
    const changed = JSON.parse((await run(at("photos"), "--index", at("index"), ...json)).stdout);
    expect([changed.described, changed.pictures]).toEqual([2, 5]);

    await mkdir(at("elsewhere"));
    for (const name of ["photos", "index"]) await rename(at(name), at("elsewhere", name));
    const moved = [at("elsewhere/photos"), "--index", at("elsewhere/index"), ...json];
    expect(JSON.parse((await run(...moved)).stdout)).toMatchObject({ described: 0, pictures: 5 });
    for (const name of ["photos", "index"]) await rename(at("elsewhere", name), at(name));

    const bytes = await readFile(at("index"));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(at("index"), bytes);
    const damaged = await run(at("photos"), "--index", at("index"), "--json");
    expect(damaged.stderr).toMatch(/note: .*index: a damaged index/);
    expect(JSON.parse(damaged.stdout).described).toBe(5);
    await writeFile(at("notes.txt"), "not an index");
    const other = await run(at("photos"), "--index", at("notes.txt"));
    expect([other.code, other.stdout]).toEqual([2, ""]);
    expect(other.stderr).toMatch(/would overwrite another file/);
  });

  it("names the pictures nearest to one, which may be among them", async () => {
    const cat = join(root, "examples/images/chelsea.png");
    const args = [at("photos"), "--to", cat, "--top-k", "3", "--json", "--quiet"];
    const { nearest } = JSON.parse((await run(...args)).stdout);
    expect(nearest.map(({ copy }: { copy: boolean }) => copy)).toEqual([true, true, false]);
    expect(nearest[0]).toMatchObject({ image: at("photos/chelsea.png"), score: 1 });
    const own = [at("photos"), "--to", at("photos/chelsea.png"), "--threshold", "0.7", "--json"];
    const others = JSON.parse((await run(...own, "--quiet")).stdout).nearest;
    expect(others).toMatchObject([{ image: at("photos/copies/猫.png"), copy: true }]);
  });

  it.each([
    [["."], ["--top-k", "3"], /--top-k is about --to/],
    [["-"], [], /not from standard input/],
    [["."], ["--threshold", "2"], /--threshold/],
    [["."], ["--model", "./gone.tflite"], /gone\.tflite: no such file or folder/],
    [[], [], /no image was named/],
  ])("is misused with %j %j", async (names, more, message) => {
    const { code, stdout, stderr } = await run(...names, ...more);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
