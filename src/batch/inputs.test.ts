/** What is named as INPUT, and in which order its pictures are listed. */
import { mkdir, symlink } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../../test/data-folder.ts";
import { MobileNetError } from "../errors.ts";
import { freezeListing } from "./freeze-node.ts";
import { parseGlob } from "./glob.ts";
import { type ListedPicture, listedLine, readListing } from "./listing.ts";
import { findSources } from "./sources-node.ts";
import { readTicket, ticketId } from "./ticket.ts";

const { at, put } = dataFolder();

async function listed(...inputs: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { pictures } of await findSources(inputs, at("out"))) {
    for await (const { path } of pictures()) paths.push(path);
  }
  return paths;
}

describe("inputs", () => {
  it("are folders, whose own pictures come before those of folders inside, by name", async () => {
    for (const name of ["b.jpg", "a.PNG", "notes.txt", "z/1.jpg", "c/d/2.webp", ".hidden/3.jpg"])
      await put(`photos/${name}`, "");
    await put("photos/out/4.jpg", "");
    const found: string[] = [];
    for (const { pictures } of await findSources([at("photos")], at("photos/out")))
      for await (const { path } of pictures()) found.push(path);
    expect(found).toEqual(["a.PNG", "b.jpg", "c/d/2.webp", "z/1.jpg"]);
  });

  it("go round in no circle", async () => {
    await put("photos/a/1.jpg", "");
    await symlink(at("photos"), at("photos/a/again"));
    expect(await listed(at("photos"))).toEqual(["a/1.jpg"]);
  });

  it("are lists, patterns and single pictures", async () => {
    await put("list.txt", `one.jpg\r\n\n  two.jpg\n${at("three.jpg")}`);
    await put("photos/2024/a.jpg", "");
    await put("photos/2024/b.png", "");
    await put("photos/1999/c.jpg", "");
    expect(await listed(at("list.txt"))).toEqual(["one.jpg", "two.jpg", at("three.jpg")]);
    expect(await listed(at("photos/20??/*.{jpg,gif}"))).toEqual(["2024/a.jpg"]);
    expect(await listed(at("photos/2024/b.png"), at("photos/1999/c.jpg"))).toEqual([
      at("photos/2024/b.png"),
      at("photos/1999/c.jpg"),
    ]);
  });

  it("that are none are named", async () => {
    await expect(listed(at("nowhere"))).rejects.toMatchObject({ code: "not-found" });
    await put("model.onnx", "");
    await expect(listed(at("model.onnx"))).rejects.toMatchObject({ code: "invalid-argument" });
    await mkdir(at("empty"));
    const sources = await findSources([at("empty")], at("out"));
    const storage = { put: async () => undefined };
    await expect(freezeListing(sources, storage, { unit: 1 })).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

describe("patterns", () => {
  it.each([
    ["a/*.jpg", "b.jpg", true],
    ["a/*.jpg", "c/b.jpg", false],
    ["a/**/*.jpg", "b.jpg", true],
    ["a/**/*.jpg", "c/d/b.jpg", true],
    ["a/**", "c/d/b.jpg", true],
    ["a/[0-9]x.jpg", "5x.jpg", true],
    ["a/[!0-9]x.jpg", "5x.jpg", false],
    ["a/{b,c?}.jpg", "cd.jpg", true],
    ["a/{b,c?}.jpg", "c.jpg", false],
    ["a/b+(1)*.jpg", "b+(1)2.jpg", true],
    ["a/*.jpg", "bxjpg", false],
  ])("%s and %s", (pattern, path, expected) => {
    expect(parseGlob(pattern).matches.test(path)).toBe(expected);
  });

  it("are expressions, or refused by name, whatever stands in them", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let fault: unknown;
        try {
          expect(parseGlob(`a/*${text}`).matches).toBeInstanceOf(RegExp);
        } catch (error) {
          fault = error;
        }
        if (fault !== undefined) expect(fault).toBeInstanceOf(MobileNetError);
      }),
    );
  });
});

describe("lines of a listing", () => {
  it("are read as they were written", () => {
    const place = fc.record({
      offset: fc.nat(),
      packedBytes: fc.nat(),
      bytes: fc.nat(),
      method: fc.constantFrom(0 as const, 8 as const),
    });
    const picture = fc.oneof(
      fc.record({ source: fc.nat(3), path: fc.string() }),
      fc.record({ source: fc.nat(3), path: fc.string(), at: place }),
    );
    fc.assert(
      fc.property(fc.array(picture), (pictures: ListedPicture[]) => {
        expect(readListing(pictures.map(listedLine).join(""), 4)).toEqual(pictures);
      }),
    );
  });

  it.each(["{}", "[]", '[4,"a"]', "[0,1]", '[0,"a",1]', '[0,"a",1,2,3,9]', "[0,"])(
    "are refused damaged: %s",
    (line) => {
      expect(() => readListing(line, 4)).toThrow("a line of the listing is damaged");
    },
  );
});

describe("tickets", () => {
  const job = "0".repeat(32);

  it("hold names and numbers alone, by which they are known", () => {
    const ticket = { kind: "unit", job, out: "/mnt/out", unit: 3, round: 0, part: [1, 2] } as const;
    expect(readTicket({ ...ticket, code: "process.exit()" })).toEqual(ticket);
    expect(ticketId(ticket)).not.toBe(ticketId({ ...ticket, part: [1, 3] }));
    const shard = { kind: "round", job, out: "/mnt/out", epoch: 2, step: 16, shard: 1 } as const;
    expect(readTicket({ ...shard, unit: 3 })).toEqual(shard);
    expect([ticketId(ticket), ticketId(shard)]).toEqual([`u-${job}-3-0-1-2`, `r-${job}-2-16-1`]);
  });

  it.each([
    undefined,
    "run this",
    { job, out: "/", unit: 0, round: 0 },
    { kind: "toString", job, out: "/", unit: 0, round: 0 },
    { kind: "unit", job: "../../etc", out: "/", unit: 0, round: 0 },
    { kind: "unit", job, out: 1, unit: 0, round: 0 },
    { kind: "unit", job, out: "/", unit: -1, round: 0 },
    { kind: "unit", job, out: "/", unit: 1.5, round: 0 },
    { kind: "unit", job, out: "/", unit: 0, round: 0, part: [2, 1] },
    { kind: "unit", job, out: "/", unit: 0, round: 0, part: [1] },
    { kind: "round", job, out: "/", epoch: 0, step: 0 },
    { kind: "round", job, out: "/", epoch: 0, step: -1, shard: 0 },
    { kind: "round", job, out: "/", epoch: 0, step: 0, shard: 1024 },
  ])("that are none are refused: %j", (given) => {
    expect(() => readTicket(given)).toThrow("no ticket");
  });
});
