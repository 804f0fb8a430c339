/** Data sets of boxes on a disk: small ones, whose pictures are made for them. */
import { symlink, truncate } from "node:fs/promises";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { boxesFolder } from "../../test/boxes-folder.ts";
import { readDetections } from "./detections-node.ts";

const { disk, notes, read, outline } = boxesFolder();
const { put } = disk;

/** A picture of 40 × 30 pixels. */
async function picture(path: string, orientation?: number): Promise<void> {
  const grey = { width: 40, height: 30, channels: 3, background: "grey" } as const;
  const image = sharp({ create: grey }).withMetadata(orientation ? { orientation } : {});
  await put(path, await (path.endsWith(".png") ? image.png() : image.jpeg()).toBuffer());
}

/** An XML file of objects, each a class and its corners. */
function xml(...objects: readonly string[]): string {
  const elements = objects.map((object) => {
    const [name, x = 1, y = 2, right = 11, bottom = 22, more = ""] = object.split(" ");
    const corners = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax>`;
    return `<object><name>${name}</name>${more}<bndbox>${corners}</bndbox></object>`;
  });
  return `<annotation>${elements.join("\n")}</annotation>`;
}

describe("XML beside pictures", () => {
  it("gives a picture with objects for each file", async () => {
    for (const name of ["a.jpg", "b.png", "c.jpg"]) await picture(name);
    await put("a.xml", xml("dog 1 2 11 22 <difficult>1</difficult>", "cat 3"));
    await put("b.xml", xml());
    const { format, classes, parts, skipped } = await read();
    expect([format, classes]).toEqual(["voc", ["cat", "dog"]]);
    const box = { x: 1, y: 2, width: 10, height: 20 };
    expect(parts.whole?.[0]).toEqual({
      ...{ name: "a.jpg", path: disk.at("a.jpg"), width: 40, height: 30 },
      objects: [
        { classIndex: 1, box, area: 200, crowd: false, difficult: true },
        {
          classIndex: 0,
          box: { ...box, x: 3, width: 8 },
          area: 160,
          crowd: false,
          difficult: false,
        },
      ],
    });
    expect(parts.whole?.map(({ name }) => name)).toEqual(["a.jpg", "b.png"]);
    expect(skipped.unannotated).toBe(1);
    expect(notes).toEqual([`${disk.path}: left out 1 picture without annotations`]);
  });

  it("divided by folders has parts, and the classes of all", async () => {
    for (const part of ["train", "valid", "test"]) {
      await picture(`${part}/a.jpg`);
      await put(`${part}/a.xml`, xml(part));
    }
    expect(await outline()).toEqual({
      training: ["train/a.jpg train 1"],
      validation: ["valid/a.jpg valid 1"],
      test: ["test/a.jpg test 1"],
    });
  });

  it("names its picture where the names differ", async () => {
    await picture("a.jpg");
    await put(
      "b.xml",
      xml("cat").replace("<annotation>", "<annotation><filename>a.jpg</filename>"),
    );
    expect(await outline()).toEqual({ whole: ["a.jpg cat 1"] });
    await put("c.xml", xml("cat"));
    await expect(read()).rejects.toThrow(/c.xml: the annotation has no picture of its own/);
  });

  it("that is far too large is refused by its size alone", async () => {
    await picture("a.jpg");
    const file = await put("a.xml", "<a>");
    await truncate(file, 2 ** 30);
    await expect(read()).rejects.toThrow(/too large: expected at most 4000000 bytes/);
  });
});

describe("XML in folders inside", () => {
  it("lies beside its pictures, as LabelImg writes it", async () => {
    for (const name of ["cats/a", "cats/in/b", "dogs/a"]) {
      await picture(`${name}.jpg`);
      await put(`${name}.xml`, xml(name.slice(0, 3)));
    }
    await picture("dogs/c.jpg");
    await put("tool/settings.xml", "<settings/>");
    const whole = ["cats/a.jpg cat 1", "cats/in/b.jpg cat 1", "dogs/a.jpg dog 1"];
    expect(await outline()).toEqual({ whole });
    expect(notes).toEqual([`${disk.path}: left out 1 picture without annotations`]);
    await put("dogs/d.xml", xml("dog"));
    await expect(read()).rejects.toThrow(/^dogs\/d.xml: the annotation has no picture of its own/);
  });

  it("lies in a tree beside that of the pictures, with CVAT's lists", async () => {
    for (const name of ["x/a", "y/a", "y/z/b"]) {
      await picture(`JPEGImages/${name}.jpg`);
      await put(`Annotations/${name}.xml`, xml(name.replaceAll("/", "")));
    }
    const all = ["x/a.jpg xa 1", "y/a.jpg ya 1", "y/z/b.jpg yzb 1"].map(
      (one) => `JPEGImages/${one}`,
    );
    expect(await outline()).toEqual({ whole: all });
    await put("ImageSets/Main/train.txt", "y/a\ny/z/b.jpg\n");
    await put("ImageSets/Main/val.txt", "x/a\n");
    expect(await outline()).toEqual({ training: all.slice(1), validation: all.slice(0, 1) });
  });

  it("may lie in one folder for pictures in several, or the other way round", async () => {
    await picture("images/x/a.jpg");
    await picture("images/y/b.jpg");
    await put("annotations/a.xml", xml("cat"));
    await put("annotations/z/b.xml", xml("dog"));
    expect(await outline()).toEqual({ whole: ["images/x/a.jpg cat 1", "images/y/b.jpg dog 1"] });
    // Two of a name are told apart by the one that the file states.
    await picture("images/y/a.jpg");
    await expect(read()).rejects.toThrow(/a.xml: .*received x\/a.jpg, y\/a.jpg/);
    const said = "<annotation><filename>y/a.jpg</filename>";
    await put("annotations/a.xml", xml("cat").replace("<annotation>", said));
    expect((await outline())["whole"]).toContain("images/y/a.jpg cat 1");
  });

  it("is divided by folders, which may be flat beside others", async () => {
    await picture("train/x/a.jpg");
    await put("train/x/a.xml", xml("cat"));
    await picture("val/a.jpg");
    await put("val/a.xml", xml("dog"));
    expect(await outline()).toEqual({
      training: ["train/x/a.jpg cat 1"],
      validation: ["val/a.jpg dog 1"],
    });
  });

  it.skipIf(process.platform === "win32")("comes once, however links lead round", async () => {
    await picture("x/a.jpg");
    await put("x/a.xml", xml("cat"));
    await symlink(disk.path, disk.at("x/up"));
    await symlink(disk.at("x"), disk.at("y"));
    expect(await outline()).toEqual({ whole: ["x/a.jpg cat 1"] });
  });

  it("speaks for nothing where another format is there", async () => {
    await picture("images/a.jpg");
    await put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
    await put("classes.txt", "dog\n");
    await picture("raw/a.jpg");
    await put("raw/a.xml", xml("cat"));
    expect((await read()).format).toBe("yolo");
    expect((await read({ format: "voc" })).classes).toEqual(["cat"]);
  });
});

describe("PASCAL VOC's folders", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c", "d"]) await picture(`JPEGImages/${name}.jpg`);
    for (const name of ["a", "b", "c"]) await put(`Annotations/${name}.xml`, xml(`cat`));
  });

  it("are divided by their lists; a listed picture without XML has no objects", async () => {
    await put("ImageSets/Main/train.txt", "a\n");
    await put("ImageSets/Main/val.txt", "c\nd\n");
    await put("ImageSets/Main/cat_train.txt", "a 1\n");
    const [a, c] = ["JPEGImages/a.jpg cat 1", "JPEGImages/c.jpg cat 1"];
    expect(await outline()).toEqual({ training: [a], validation: [c, "JPEGImages/d.jpg"] });
  });

  it("are whole without lists, or follow the one that is named", async () => {
    const whole = ["a", "b", "c"].map((name) => `JPEGImages/${name}.jpg cat 1`);
    expect(await outline()).toEqual({ whole });
    const list = await put("mine.txt", "b\n");
    expect(await outline({ list })).toEqual({ whole: [whole[1]] });
    const evil = await put("evil.txt", "../../secret\n");
    await expect(read({ list: evil })).rejects.toThrow(/leads out/);
  });

  it("train on trainval where nothing else divides it", async () => {
    await put("ImageSets/Main/trainval.txt", "a\nb\n");
    await put("ImageSets/Main/test.txt", "c\n");
    const { parts } = await read();
    expect([parts.training?.length, parts.test?.length]).toEqual([2, 1]);
  });

  it("with a picture in two parts are refused", async () => {
    for (const name of ["train", "val"]) await put(`ImageSets/Main/${name}.txt`, "a\n");
    await expect(read()).rejects.toThrow(/comes twice.*in training already/);
  });
});

describe("bad annotations", () => {
  it("end the reading, or are left out, counted and told", async () => {
    await picture("a.jpg");
    const objects = ["cat", "cat 50 1 60 9", "cat 5 5 5 9", "cat -9 1 9 9", "bird"];
    await put("a.xml", xml(...objects));
    const classes = ["cat"];
    await expect(read({ classes })).rejects.toThrow(
      /a.xml: object 2 \(line 2\): the box lies outside the picture: expected .* within 40 x 30/,
    );
    await put("b.xml", xml("cat"));
    await put("c.xml", "<annotation>");
    const { parts, skipped } = await read({ classes, damaged: "skip" });
    expect(parts.whole?.[0]?.objects.map(({ box }) => box)).toEqual([
      { x: 1, y: 2, width: 10, height: 20 },
      { x: 0, y: 1, width: 9, height: 8 },
    ]);
    expect(skipped).toMatchObject({ pictures: 2, objects: 3, clipped: 1, unannotated: 0 });
    expect(skipped.faults).toHaveLength(5);
    expect(skipped.faults.join("\n")).toMatch(/"bird"/);
    expect(notes).toEqual([
      expect.stringMatching(
        /left out 2 pictures and 3 single objects with bad annotations \(the first: .*\); cut 1 box/,
      ),
    ]);
  });

  it("are those of a picture of another size, as it is shown", async () => {
    const size = "<size><width>40</width><height>30</height></size>";
    await picture("a.jpg");
    await put("a.xml", xml("cat").replace("<annotation>", `<annotation>${size}`));
    expect((await read()).parts.whole).toHaveLength(1);
    await picture("a.jpg", 6);
    await expect(read()).rejects.toThrow(/another size .* expected 40 x 30, received 30 x 40/);
  });

  it("are those of a file that is no picture", async () => {
    await put("a.jpg", "no picture");
    await put("a.xml", xml("cat"));
    await expect(read()).rejects.toThrow(/a.jpg: .*not a picture/);
    await expect(read({ damaged: "skip" })).rejects.toThrow(/no annotated pictures/);
  });
});

describe("a folder of no format", () => {
  it("is refused with what there might be", async () => {
    await picture("a.jpg");
    await expect(read()).rejects.toThrow(
      /no annotations that are known: expected voc: an XML file/,
    );
    await expect(readDetections(disk.at("nowhere"))).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
