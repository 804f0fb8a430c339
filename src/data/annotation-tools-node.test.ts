/** Data sets of Create ML, CVAT and Supervisely on a disk: small ones, whose pictures are made for them. */
import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { boxesFolder } from "../../test/boxes-folder.ts";
import { readDetections } from "./detections-node.ts";

const { disk, notes, pictures, read, outline } = boxesFolder();
const { put } = disk;

describe("Create ML", () => {
  const annotations = [{ label: "cat", coordinates: { x: 6, y: 10, width: 10, height: 16 } }];
  const file = (...images: readonly string[]) => images.map((image) => ({ image, annotations }));

  it("has a list beside its pictures, and counts those that it does not name", async () => {
    await pictures("a.jpg", "b.jpg", "c.jpg");
    await put("annotations.json", [...file("a.jpg"), { image: "b.jpg", annotations: [] }]);
    expect(await outline()).toEqual({ whole: ["a.jpg cat 1", "b.jpg"] });
    expect(notes).toEqual([expect.stringMatching(/1 picture without annotations/)]);
    const { parts, format } = await read();
    expect(format).toBe("createml");
    const box = { x: 1, y: 2, width: 10, height: 16 };
    expect(parts.whole?.[0]?.objects[0]).toMatchObject({ box, area: 160 });
  });

  it("has a list in the folder of each part, as Roboflow writes them", async () => {
    await pictures("train/a.jpg", "valid/b.jpg", "test/c.jpg");
    for (const [part, name] of [
      ["train", "a"],
      ["valid", "b"],
      ["test", "c"],
    ]) {
      await put(`${part}/_annotations.createml.json`, file(`${name}.jpg`));
    }
    expect(await outline()).toEqual({
      training: ["train/a.jpg cat 1"],
      validation: ["valid/b.jpg cat 1"],
      test: ["test/c.jpg cat 1"],
    });
  });

  it("has a list for each part by name, or one for each picture, whatever that is called", async () => {
    await pictures("images/a.jpg", "images/b.jpg");
    await put("train.json", file("a.jpg"));
    await put("val.json", file("b.jpg"));
    expect(await outline()).toEqual({
      training: ["images/a.jpg cat 1"],
      validation: ["images/b.jpg cat 1"],
    });
    await pictures("train.jpg", "val.jpg", "train-2.jpg");
    for (const name of ["train", "val", "train-2"]) await put(`${name}.json`, file(`${name}.jpg`));
    const whole = ["train-2.jpg cat 1", "train.jpg cat 1", "val.jpg cat 1"];
    expect(await outline()).toEqual({ whole });
    await put("more.json", file("images/a.jpg"));
    await expect(read()).rejects.toThrow(/several files of annotations/);
  });

  it("is known by a list from elsewhere, beside COCO's", async () => {
    await pictures("a.jpg");
    const coco = {
      images: [{ id: 1, file_name: "a.jpg" }],
      annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, 3, 4] }],
      categories: [{ id: 1, name: "dog" }],
    };
    await put("coco.json", coco);
    await put("mine.json", file("a.jpg"));
    await expect(read()).rejects.toThrow(/coco \("coco.json"\), createml \("mine.json"\)/);
    expect(await outline({ list: disk.at("mine.json") })).toEqual({ whole: ["a.jpg cat 1"] });
    expect(await outline({ list: disk.at("coco.json") })).toEqual({ whole: ["a.jpg dog 1"] });
    expect(await outline({ format: "createml" })).toEqual({ whole: ["a.jpg cat 1"] });
  });

  it("is no list of labelled pictures, nor of what a detector found", async () => {
    await pictures("a.jpg");
    await put("labels.json", [{ path: "a.jpg", label: "cat" }]);
    await put("found.json", [{ image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], score: 1 }]);
    await expect(read()).rejects.toThrow(/no annotations that are known/);
  });
});

describe("CVAT", () => {
  const box = '<box label="cat" occluded="0" xtl="1" ytl="2" xbr="11" ybr="18"/>';
  const labels = ["owl", "cat"].map((name) => `<label><name>${name}</name></label>`).join("");
  const meta = `<meta><task><labels>${labels}</labels></task></meta>`;
  const file = (...images: readonly (readonly [name: string, subset?: string])[]) =>
    `<?xml version="1.0"?><annotations>${meta}${images
      .map(
        ([name, subset]) =>
          `<image name="${name}" ${subset ? `subset="${subset}"` : ""} width="40" height="30">${box}</image>`,
      )
      .join("")}</annotations>`;

  it("has a file above its pictures, whose names have folders, and lists its classes", async () => {
    await pictures("images/in/a.jpg", "images/b.jpg");
    await put("annotations.xml", file(["in/a.jpg"], ["b.jpg"]));
    expect(await outline()).toEqual({ whole: ["images/in/a.jpg cat 1", "images/b.jpg cat 1"] });
    expect(await read()).toMatchObject({ format: "cvat", classes: ["owl", "cat"] });
  });

  it("has subsets as parts, whose pictures may lie in folders of these names", async () => {
    await pictures("images/Train/a.jpg", "images/Validation/a.jpg");
    await put("annotations.xml", file(["a.jpg", "Train"], ["a.jpg", "Validation"]));
    expect(await outline()).toEqual({
      training: ["images/Train/a.jpg cat 1"],
      validation: ["images/Validation/a.jpg cat 1"],
    });
    await pictures("images/b.jpg");
    await put("annotations.xml", file(["a.jpg", "Train"], ["b.jpg"]));
    await expect(read()).rejects.toThrow(/the picture is of no part: expected a subset train/);
    expect(await outline({ damaged: "skip" })).toEqual({ training: ["images/Train/a.jpg cat 1"] });
  });

  it("has a file in the folder of each part, or is named by its list", async () => {
    await pictures("train/a.jpg", "val/b.jpg");
    await put("train/annotations.xml", file(["a.jpg"]));
    await put("val/annotations.xml", file(["b.jpg"]));
    const parts = { training: ["train/a.jpg cat 1"], validation: ["val/b.jpg cat 1"] };
    expect(await outline()).toEqual(parts);
    const list = await put("elsewhere/mine.xml", file(["a.jpg"]));
    const data = await readDetections(disk.at("train"), { list, damaged: "stop" });
    expect(data.parts.whole?.map(({ name }) => name)).toEqual(["a.jpg"]);
  });

  it("keeps pictures inside the folder, whatever its subsets are called", async () => {
    await pictures("data/a.jpg", "secret/b.jpg");
    const list = await put("data/annotations.xml", file(["b.jpg", "../secret"]));
    const reading = readDetections(disk.at("data"), { list, damaged: "stop" });
    await expect(reading).rejects.toThrow(/data\/b.jpg: no such file/);
  });

  it("is not taken for PASCAL VOC, nor that for it", async () => {
    await pictures("a.jpg");
    await put("annotations.xml", file(["a.jpg"]));
    await expect(read({ format: "voc" })).rejects.toThrow(/no annotations that are known/);
    const corners = "<xmin>3</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax>";
    await put(
      "a.xml",
      `<annotation><object><name>dog</name><bndbox>${corners}</bndbox></object></annotation>`,
    );
    await expect(read()).rejects.toThrow(/voc \("a.xml"\), cvat \("annotations.xml"\)/);
    await rm(disk.at("annotations.xml"));
    expect(await outline()).toEqual({ whole: ["a.jpg dog 3"] });
    await expect(read({ format: "cvat" })).rejects.toThrow(/expected cvat: annotations.xml/);
  });
});

describe("Supervisely", () => {
  const exterior = [
    [1, 2],
    [11, 18],
  ];
  const object = {
    classTitle: "cat",
    geometryType: "rectangle",
    points: { exterior, interior: [] },
  };
  const file = { description: "", tags: [], size: { height: 30, width: 40 }, objects: [object] };

  it("has data sets in a project, whose classes are listed there", async () => {
    const classes = ["owl", "cat"].map((title) => ({ title, shape: "rectangle", color: "#fff" }));
    await put("meta.json", { classes, tags: [] });
    await pictures("one/img/a.jpg", "one/img/b.png", "one/img/c.jpg", "two/img/a.jpg");
    await put("one/ann/a.jpg.json", file);
    await put("one/ann/b.json", { ...file, objects: [] });
    await put("two/ann/a.jpg.json", file);
    const whole = ["one/img/a.jpg cat 1", "one/img/b.png", "two/img/a.jpg cat 1"];
    expect(await outline()).toEqual({ whole });
    expect(notes).toEqual([expect.stringMatching(/1 picture without annotations/)]);
    expect(await read()).toMatchObject({ format: "supervisely", classes: ["owl", "cat"] });
    const one = await readDetections(disk.at("one"), { onWarning: () => {} });
    expect([one.classes, one.parts.whole?.length]).toEqual([["cat"], 2]);
  });

  it("has data sets as parts by their names, all of them or none", async () => {
    for (const part of ["train", "val"]) {
      await pictures(`${part}/img/a.jpg`);
      await put(`${part}/ann/a.jpg.json`, file);
    }
    const parts = { training: ["train/img/a.jpg cat 1"], validation: ["val/img/a.jpg cat 1"] };
    expect(await outline()).toEqual(parts);
    await pictures("more/img/a.jpg");
    await put("more/ann/a.jpg.json", file);
    await expect(read()).rejects.toThrow(/data sets of the project are of no part: .* more\./);
  });

  it("is refused without its picture, or with a list", async () => {
    await pictures("img/a.jpg");
    await put("ann/a.jpg.json", file);
    await expect(read({ list: "a.csv" })).rejects.toThrow(/no lists/);
    await put("ann/b.jpg.json", file);
    await expect(read()).rejects.toThrow(/^ann\/b.jpg.json: the annotation has no picture/);
    expect(await outline({ damaged: "skip" })).toEqual({ whole: ["img/a.jpg cat 1"] });
  });
});
