import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageSource } from "./images.ts";
import { drawingEndings, formatOfPath, planOutputs } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "outputs-"));
  writeFileSync(join(folder, "cat.png"), "an image");
});

afterAll(() => rmSync(folder, { recursive: true }));

const image = (path: string): ImageSource => ({ name: path, path });
const plan = (target: string, ...paths: string[]) =>
  planOutputs(paths.map(image), { option: "out", target });

describe("where results go", () => {
  it("is the named file for one image", async () => {
    expect(await plan("boxes.png", "cat.jpg")).toEqual(["boxes.png"]);
  });

  it("is a folder for several, each under its own name", async () => {
    expect(await plan("drawn", "a/cat.jpg", "dog.webp")).toEqual([
      join("drawn", "cat.png"),
      join("drawn", "dog.png"),
    ]);
    expect(
      await planOutputs([{ name: "-", path: undefined }], { option: "out", target: "drawn/" }),
    ).toEqual([join("drawn", "stdin.png")]);
  });

  it("keeps images of one name apart, also where only the case differs", async () => {
    expect(await plan("drawn", "a/cat.jpg", "b/cat.png", "c/Cat.jpg")).toEqual(
      ["cat.png", "cat-2.png", "Cat-3.png"].map((name) => join("drawn", name)),
    );
  });

  it("is never one file for several images", async () => {
    await expect(plan("boxes.png", "a.jpg", "b.jpg")).rejects.toThrow(UsageError);
    await expect(plan("boxes.png", "a.jpg", "b.jpg")).rejects.toThrow("Give a folder");
  });

  it("is never an input image, whatever path or link leads to it", async () => {
    const cat = join(folder, "cat.png");
    symlinkSync(cat, join(folder, "symbolic.png"));
    linkSync(cat, join(folder, "hard.png"));
    for (const target of [
      cat,
      folder,
      join(folder, ".", "cat.png"),
      ...["symbolic.png", "hard.png"].map((name) => join(folder, name)),
    ]) {
      await expect(plan(target, cat)).rejects.toThrow("would overwrite an input image");
    }
  });

  it("is PNG only, and not standard output", async () => {
    await expect(plan("boxes.jpg", "cat.jpg")).rejects.toThrow("writes PNG files only");
    await expect(plan("-", "cat.jpg")).rejects.toThrow("cannot write to standard output");
  });

  it("is a JPEG or a WebP where drawings may be, by the file's ending or by choice", async () => {
    const images = [image("cat.png"), image("dog.webp")];
    const request = (target: string, format?: "jpeg" | "webp") => ({
      ...{ option: "out", target, endings: drawingEndings(format) },
    });
    expect(await planOutputs(images.slice(1), request("boxes.JPG"))).toEqual(["boxes.JPG"]);
    expect(await planOutputs(images, request("drawn/", "jpeg"))).toEqual(
      ["cat.jpg", "dog.jpg"].map((name) => join("drawn", name)),
    );
    expect(["a.JPG", "a.jpeg", "a.webp", "a.png", "a"].map(formatOfPath)).toEqual([
      "jpeg",
      "jpeg",
      "webp",
      "png",
      "png",
    ]);
    const other = planOutputs(images.slice(1), request("boxes.gif"));
    await expect(other).rejects.toThrow("writes PNG, JPEG and WebP files only");
  });

  it("is not the same file for two options", async () => {
    const taken = new Set<string>();
    const images = [image("cat.jpg")];
    await planOutputs(images, { option: "out", target: "drawn" }, taken);
    await expect(
      planOutputs(images, { option: "class-map", target: "./drawn/" }, taken),
    ).rejects.toThrow("would write the same file");
  });
});
