/** Data sets of masks on a disk: small ones, made for each test. */
import { rm } from "node:fs/promises";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { dataFolder } from "../../test/data-folder.ts";
import { encodeIndexedPng } from "../image/png-node.ts";
import { maskSamples } from "./annotated-samples-node.ts";
import { type MaskOptions, readMasks } from "./masks-node.ts";

const disk = dataFolder();
const { put } = disk;
let notes: string[];

beforeEach(() => {
  notes = [];
});

const size = { width: 4, height: 2 };

async function picture(path: string, edges = size): Promise<void> {
  const create = { ...edges, channels: 3, background: "grey" } as const;
  await put(path, await sharp({ create }).jpeg().toBuffer());
}

async function mask(path: string, ...values: readonly number[]): Promise<void> {
  const classMap = Uint8Array.from({ length: 8 }, (_, i) => values[i % values.length]!);
  await put(path, await encodeIndexedPng({ ...size, classMap }));
}

const read = (options: MaskOptions = {}) =>
  readMasks(disk.path, { damaged: "stop", onWarning: (note) => notes.push(note), ...options });

/** The names of each part's pictures. */
async function names(options?: MaskOptions): Promise<Record<string, string[]>> {
  const { parts } = await read(options);
  const named = Object.entries(parts).map(([part, pictures]) => [
    part,
    pictures.map(({ name }) => name),
  ]);
  return Object.fromEntries(named);
}

describe("PASCAL VOC's masks", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c"]) {
      await picture(`JPEGImages/${name}.jpg`);
      await mask(`SegmentationClass/${name}.png`, 1, 255);
    }
  });
  const [a, b, c] = ["a", "b", "c"].map((name) => `JPEGImages/${name}.jpg`) as [
    string,
    string,
    string,
  ];

  it("are all without lists", async () => {
    const data = await read();
    expect(data).toMatchObject({ format: "voc", classes: undefined, voidValues: [255] });
    expect(data.parts.whole?.[1]).toEqual({
      ...{ name: b, path: disk.at(b), width: 4, height: 2 },
      maskPath: disk.at("SegmentationClass/b.png"),
    });
    const [sample] = maskSamples(data, { labels: [] }).samples;
    expect((await sample!.readMask()).classMap.subarray(0, 2)).toEqual(Uint8Array.of(1, 255));
    expect(await sample!.read()).toMatchObject(size);
  });

  it("follow the lists of parts, the only list, or the one that is named", async () => {
    const other = await put("ImageSets/Segmentation/mine.txt", "# mine\nc\na\n");
    expect(await names()).toEqual({ whole: [c, a] });
    await put("ImageSets/Segmentation/others.txt", "a\n");
    await expect(read()).rejects.toThrow(/several lists/);
    await put("ImageSets/Segmentation/val.txt", "b\r\n\r\n");
    await put("ImageSets/Segmentation/train.txt", "a");
    expect(await names()).toEqual({ training: [a], validation: [b] });
    expect(await names({ list: other })).toEqual({ whole: [c, a] });
    const evil = await put("evil.txt", "../../secret\n");
    await expect(read({ list: evil })).rejects.toThrow(/leads out/);
  });

  it("without a picture, or of another size, are bad annotations", async () => {
    await mask("SegmentationClass/d.png", 1);
    await expect(read()).rejects.toThrow(/d.png: there is no picture: expected .* JPEGImages/);
    await picture(a, { width: 5, height: 2 });
    const { parts, skipped } = await read({ damaged: "skip" });
    expect(parts.whole?.map(({ name }) => name)).toEqual([b, c]);
    expect(skipped.pictures).toBe(2);
    expect(skipped.faults.join("\n")).toMatch(/a.png: .* expected 5 x 2, received 4 x 2/);
    expect(notes).toEqual([expect.stringMatching(/left out 2 pictures with bad annotations/)]);
  });
});

describe("folders images and masks", () => {
  it("are one part, and may be divided in either way", async () => {
    await picture("images/a.jpg");
    await mask("masks/a.png", 0);
    expect(await names()).toEqual({ whole: ["images/a.jpg"] });
    await rm(disk.at("images"), { recursive: true });
    await rm(disk.at("masks"), { recursive: true });
    for (const part of ["train", "val"]) {
      await picture(`images/${part}/a.jpg`);
      await mask(`masks/${part}/a.png`, 0);
    }
    expect(await names()).toEqual({
      training: ["images/train/a.jpg"],
      validation: ["images/val/a.jpg"],
    });
    await rm(disk.at("images"), { recursive: true });
    await picture("test/images/a.jpg");
    await mask("test/masks/a.png", 0);
    await rm(disk.at("masks"), { recursive: true });
    expect(await names()).toEqual({ test: ["test/images/a.jpg"] });
  });

  it("count pictures without a mask, and tell of files that are none", async () => {
    for (const name of ["a", "b"]) await picture(`images/${name}.jpg`);
    await mask("masks/a.png", 0);
    await put("masks/b.jpg", "no mask");
    expect((await read()).skipped.unannotated).toBe(1);
    expect(notes).toEqual([
      `${disk.at("masks")}: passed over 1 file: 1 .jpg (no PNG)`,
      `${disk.path}: left out 1 picture without annotations`,
    ]);
  });
});

describe("masks called NAME_mask.png", () => {
  const list = "Pixel Value, Class\n0, ground\n1, cat, tabby\n";

  it("lie beside their pictures, whose classes a list has by value", async () => {
    await picture("a.jpg");
    await picture("b.jpg");
    await mask("a_mask.png", 0, 1);
    await put("_classes.csv", list);
    expect(await read()).toMatchObject({ format: "suffix", classes: ["ground", "cat, tabby"] });
    expect(await names()).toEqual({ whole: ["a.jpg"] });
    expect(new Set(notes)).toEqual(
      new Set([`${disk.path}: left out 1 picture without annotations`]),
    );
    await mask("c_MASK.PNG", 0);
    await expect(read()).rejects.toThrow(/^c_MASK.PNG: there is no picture: .* in the folder with/);
  });

  it("lie in a folder for each part, whose lists have to agree", async () => {
    for (const part of ["train", "valid"]) {
      await picture(`${part}/a.jpg`);
      await mask(`${part}/a_mask.png`, 0, 1);
      await put(`${part}/_classes.csv`, list);
    }
    expect((await read()).classes).toEqual(["ground", "cat, tabby"]);
    expect(await names()).toEqual({ training: ["train/a.jpg"], validation: ["valid/a.jpg"] });
    await put("valid/_classes.csv", list.replace("cat", "dog"));
    await expect(read()).rejects.toThrow(/the parts' masks have different classes: .*train/);
    expect((await read({ classes: ["ground", "cat"] })).classes).toEqual(["ground", "cat"]);
  });

  it("lie in a folder of their own, beside those with their pictures' names", async () => {
    for (const name of ["a", "b_mask", "c"]) await picture(`images/${name}.jpg`);
    for (const name of ["a_mask", "b_mask", "c"]) await mask(`masks/${name}.png`, 0);
    expect(await names()).toEqual({
      whole: ["images/a.jpg", "images/b_mask.jpg", "images/c.jpg"],
    });
    await mask("masks/c_mask.png", 0);
    await expect(read()).rejects.toThrow(/several masks: .*c.png, c_mask.png/);
  });
});

describe("CamVid's folders", () => {
  beforeEach(async () => {
    for (const part of ["train", "val", "test"]) {
      await picture(`${part}/a.jpg`);
      await mask(`${part}annot/a.png`, 0, 1, 2);
    }
  });

  it("have parts, classes from a file or by name, and void values of their own", async () => {
    const all = { training: ["train/a.jpg"], validation: ["val/a.jpg"], test: ["test/a.jpg"] };
    expect(await names()).toEqual(all);
    await put("classes.txt", "sky\nroad\n");
    const data = await read({ voidValues: [2] });
    expect(data).toMatchObject({ classes: ["sky", "road"], voidValues: [2, 255] });
    const { part, samples } = maskSamples(data, { labels: ["road", "car", "sky"] });
    expect(part).toBe("test");
    // The model's indices of the same names.
    const { classMap } = await samples[0]!.readMask();
    expect([...classMap.subarray(0, 3)]).toEqual([2, 0, 255]);
    expect(() => maskSamples(data, { labels: ["sea"] })).toThrow(/"sky"/);
    const two = await read({ classes: ["sky", "road"] });
    const [sample] = maskSamples(two, { labels: ["sky", "road"] }).samples;
    await expect(sample!.readMask()).rejects.toThrow(
      /a.png: the mask has a value that is no class: expected values from 0 to 1, or 255 .* received 2/,
    );
  });
});

describe("masks in colours", () => {
  /** The first values of a mask whose pixels are of these colours in turn. */
  async function valuesOf(colors: readonly (readonly number[])[], options?: MaskOptions) {
    const data = Uint8Array.from(
      { length: 24 },
      (_, i) => colors[((i / 3) | 0) % colors.length]![i % 3]!,
    );
    const png = await sharp(data, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer();
    await picture("images/a.jpg");
    await put("masks/a.png", png);
    const masks = await read(options);
    const { samples } = maskSamples(masks, { labels: masks.classes ?? [] });
    const { classMap } = await samples[0]!.readMask();
    return [...classMap.subarray(0, colors.length)];
  }
  const classes = ["ground", "cat"];

  it("have PASCAL VOC's, or values that somebody saved as grey", async () => {
    const black = [0, 0, 0];
    expect(await valuesOf([black, [128, 0, 0], [224, 224, 192]], { classes })).toEqual([0, 1, 255]);
    expect(await valuesOf([black, [1, 1, 1], [255, 255, 255]], { classes })).toEqual([0, 1, 255]);
    await expect(valuesOf([black, [2, 2, 2]], { classes })).rejects.toThrow(
      /no class: .* received 2/,
    );
    // VOC's colour of a class that the data do not have.
    await expect(valuesOf([black, [0, 0, 128]], { classes })).rejects.toThrow(
      /a.png: the mask has a colour that stands for no class: .* PASCAL VOC, received rgb\(0, 0, 128\) among 2 classes. List .* class_dict.csv/,
    );
  });

  it("have those of the data's own list, whose names may come in another order", async () => {
    await put("labelmap.txt", "# label:color_rgb:parts:actions\nground:9,9,9::\ncat:250,50,83::\n");
    const colors = [
      [250, 50, 83],
      [9, 9, 9],
    ];
    expect(await valuesOf(colors)).toEqual([1, 0]);
    expect((await read()).classes).toEqual(classes);
    expect(await valuesOf(colors, { classes: ["cat", "ground"] })).toEqual([0, 1]);
    await expect(valuesOf([[128, 0, 0]])).rejects.toThrow(
      /the data's own list, received rgb\(128, 0, 0\)/,
    );
  });

  it("may be black and white by such a list", async () => {
    await put("class_dict.csv", "name,r,g,b\nground,0,0,0\ncat,255,255,255\n");
    await picture("images/a.jpg");
    const png = sharp(
      Uint8Array.from({ length: 8 }, (_, i) => (i % 2) * 255),
      {
        raw: { ...size, channels: 1 },
      },
    );
    await put("masks/a.png", await png.toColourspace("b-w").png().toBuffer());
    const { samples } = maskSamples(await read(), { labels: classes });
    const { classMap } = await samples[0]!.readMask();
    expect([...classMap.subarray(0, 2)]).toEqual([0, 1]);
  });
});

it("LabelMe's folder of masks is taken before that of arrays, and a class has one place", async () => {
  await picture("JPEGImages/a.jpg");
  await put("SegmentationClass/a.npy", "an array");
  await mask("SegmentationClassPNG/a.png", 1);
  await put("class_names.txt", "ground\ncat\n");
  expect(await read()).toMatchObject({ format: "voc", classes: ["ground", "cat"] });
  await put("classes.txt", "cat\ncat\n");
  await expect(read()).rejects.toThrow(/a class comes twice in the list: received "cat"/);
});

it("a folder without masks, or with two layouts, is refused", async () => {
  await picture("images/a.jpg");
  await expect(read()).rejects.toThrow(/no annotations that are known: expected voc: JPEGImages/);
  await mask("masks/a.png", 0);
  await picture("train/a.jpg");
  await mask("trainannot/a.png", 0);
  await expect(read()).rejects.toThrow(
    /several formats: expected those of one, received folders \("masks\/"\), camvid \("trainannot\/"\)/,
  );
  expect(await names({ format: "camvid" })).toEqual({ training: ["train/a.jpg"] });
});
