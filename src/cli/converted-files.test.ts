import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conversionPlace, writeConverted } from "./converted-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-converted-"));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const { signal } = new AbortController();
const how = { source: "imagenet", signal };
const files = (...names: readonly string[]) =>
  new Map(["model.json", ...names].map((name) => [name, new TextEncoder().encode(name)]));

describe("the place of a conversion's files", () => {
  it("is a file by its ending, or a folder by itself or its main file", async () => {
    expect(await conversionPlace(undefined, at("a.H5"))).toMatchObject({
      ...{ to: "keras", main: at("a.H5"), folder: undefined, run: at("a.run.json") },
    });
    const web = {
      to: "tfjs",
      main: at("web/model.json"),
      folder: at("web"),
      run: at("web/run.json"),
    };
    expect(await conversionPlace("tfjs", at("web"))).toEqual(web);
    expect(await conversionPlace(undefined, at("web/model.json"))).toEqual(web);
  });

  it.each([
    ["a folder's name alone", undefined, "web", /--to is missing.*\.onnx, .*model\.json, \.h5/],
    ["a file for a folder", "tfjs", "model.onnx", /a folder, or model\.json in it/],
    ["another JSON file", "tfjs", "other.json", /a folder, or model\.json in it/],
    ["the ending of another", "keras", "model.onnx", /a file that ends in \.h5/],
    ["an ending alone", "keras", ".h5", /a file that ends in \.h5/],
  ] as const)("is refused where it does not fit: %s", async (_, to, out, message) => {
    await expect(conversionPlace(to, at(out))).rejects.toThrow(message);
  });

  it("is no file where a folder is, and no folder where a file is", async () => {
    await mkdir(at("there.h5"));
    await expect(conversionPlace(undefined, at("there.h5"))).rejects.toThrow(
      /names a folder.*model\.h5/,
    );
    await writeFile(at("file"), "mine");
    await expect(conversionPlace("tfjs", at("file"))).rejects.toThrow(/a folder, or model\.json/);
    await mkdir(at("odd/model.json"), { recursive: true });
    await expect(conversionPlace("tfjs", at("odd/model.json"))).rejects.toThrow(/a folder, or/);
  });

  it("is a folder with no files but an earlier conversion's", async () => {
    await mkdir(at("web"));
    await conversionPlace("tfjs", at("web"));
    for (const name of ["model.json", "group1-shard1of9.bin", "metadata.json", "run.json"]) {
      await writeFile(at(`web/${name}`), "old");
    }
    await conversionPlace("tfjs", at("web"));
    await writeFile(at("web/photo.jpg"), "mine");
    await expect(conversionPlace("tfjs", at("web"))).rejects.toThrow(
      /has files already.*web with photo\.jpg.*Name another folder/,
    );
    await mkdir(at("other"));
    await writeFile(at("other/metadata.json"), "mine");
    await expect(conversionPlace("tfjs", at("other"))).rejects.toThrow(/has files already/);
  });
});

describe("a conversion's files", () => {
  it("take the place of an earlier conversion's, shards of other numbers too", async () => {
    const place = await conversionPlace("tfjs", at("web"));
    await writeConverted(place, files("group1-shard1of2.bin", "group1-shard2of2.bin"), how);
    const again = files("group1-shard1of1.bin", "metadata.json");
    expect(await writeConverted(place, again, how)).toEqual([
      ...[at("web/model.json"), at("web/group1-shard1of1.bin"), at("web/metadata.json")],
    ]);
    expect(await readdir(at("web"))).toEqual([
      ...["group1-shard1of1.bin", "metadata.json", "model.json"],
    ]);
  });

  it("stand beside the main one where they belong to it, and replace none of the model's", async () => {
    const place = await conversionPlace("safetensors", at("pair/m.safetensors"));
    const made = new Map([
      ["model.safetensors", Uint8Array.of(7)],
      ["config.json", Uint8Array.of(8)],
    ]);
    const paths = [at("pair/m.safetensors"), at("pair/config.json")];
    expect(await writeConverted(place, made, how)).toEqual(paths);
    expect([...(await readFile(paths[1]!))]).toEqual([8]);
    const source = at("pair/own.safetensors");
    await writeFile(source, "mine");
    await expect(writeConverted(place, made, { ...how, source })).rejects.toThrow(
      /model's own folder would be overwritten/,
    );
  });

  it("are one file where the format has one", async () => {
    const place = await conversionPlace("keras", at("deep/a.h5"));
    const made = new Map([["model.h5", Uint8Array.of(7)]]);
    expect(await writeConverted(place, made, how)).toEqual([at("deep/a.h5")]);
    expect([...(await readFile(at("deep/a.h5")))]).toEqual([7]);
  });
});
