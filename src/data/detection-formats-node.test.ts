/** Data sets of COCO, YOLO and LabelMe on a disk: small ones, whose pictures are made for them. */
import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { boxesFolder } from "../../test/boxes-folder.ts";
import { detectionSamples } from "./annotated-samples-node.ts";
import { readDetections } from "./detections-node.ts";

const { disk, notes, pictures, read, outline } = boxesFolder();
const { put } = disk;

/** COCO's file of one picture with an object. */
function coco({ path = "a.jpg", name = "cat", bbox = [1, 2, 10, 20], more = {} } = {}) {
  return {
    info: { version: "1" },
    images: [{ id: 1, file_name: path, width: 40, height: 30 }],
    annotations: [{ image_id: 1, category_id: 17, bbox, iscrowd: 1, area: 150 }],
    categories: [
      { id: 0, name: "my-pets", supercategory: "none" },
      { id: 17, name, supercategory: "my-pets" },
    ],
    ...more,
  };
}

describe("COCO", () => {
  it("keeps areas and crowds; a category above others that no object has is no class", async () => {
    await put("annotations/instances_val2017.json", coco());
    await put("annotations/captions_val2017.json", { info: {}, images: [], annotations: [] });
    await pictures("val2017/a.jpg");
    const data = await read();
    expect(data).toMatchObject({ format: "coco", classes: ["cat"] });
    expect(notes).toEqual([
      expect.stringMatching(/no class is made of "my-pets", a category above/),
    ]);
    const box = { x: 1, y: 2, width: 10, height: 20 };
    const object = { classIndex: 0, box, area: 150, crowd: true, difficult: false };
    expect(data.parts.validation?.[0]).toMatchObject({ name: "val2017/a.jpg", objects: [object] });
    const { part, classes, samples } = detectionSamples(data, { labels: ["dog", "cat"] });
    expect([part, classes]).toEqual(["validation", [1]]);
    expect(samples[0]?.objects).toEqual([{ ...object, classIndex: 1 }]);
    expect(await samples[0]!.read()).toMatchObject({ width: 40 });
    expect(() => detectionSamples(data, { labels: ["cap"] })).toThrow(/"cat" \(close: "cap"\)/);
  });

  it("lists its classes in its order, with objects or without", async () => {
    const categories = ["owl", "cat", "person", "dog"].map((name, i) => {
      return { id: [90, 17, 1, 18][i], name, supercategory: name === "person" ? name : "animal" };
    });
    // The other part knows one more class, and has them in another order.
    const more = { categories: [{ id: 4, name: "bee" }, ...categories.toReversed()] };
    await put("annotations/instances_train2017.json", coco({ more: { categories } }));
    await put("annotations/instances_val2017.json", coco({ more }));
    await pictures("train2017/a.jpg", "val2017/a.jpg");
    expect((await read()).classes).toEqual(["owl", "cat", "person", "dog", "bee"]);
    expect(await outline()).toEqual({
      training: ["train2017/a.jpg cat 1"],
      validation: ["val2017/a.jpg cat 1"],
    });
    const nothing = { categories, annotations: [] };
    await put("annotations/instances_train2017.json", coco({ more: nothing }));
    expect((await read()).classes).toEqual(["owl", "cat", "person", "dog", "bee"]);
    expect(notes).toEqual([]);
  });

  it("makes a class of a category above others that an object has", async () => {
    const object = { image_id: 1, category_id: 0, bbox: [1, 2, 3, 4] };
    await put("a.json", coco({ more: { annotations: [object] } }));
    await pictures("a.jpg");
    expect((await read()).classes).toEqual(["my-pets", "cat"]);
  });

  it("has a file for each part, together or in the parts' folders", async () => {
    for (const [part, name] of [
      ["train", "cat"],
      ["valid", "dog"],
    ] as const) {
      await put(`${part}/_annotations.coco.json`, coco({ name }));
      await pictures(`${part}/a.jpg`);
    }
    const both = { training: ["train/a.jpg cat 1"], validation: ["valid/a.jpg dog 1"] };
    expect(await outline()).toEqual(both);
    for (const part of ["train", "valid"]) await rm(disk.at(part, "_annotations.coco.json"));
    for (const [part, name] of [
      ["train", "cat"],
      ["val", "cow"],
    ] as const) {
      await put(`annotations/instances_${part}2017.json`, coco({ name }));
      await pictures(`images/${part}2017/a.jpg`);
    }
    expect(Object.keys(await outline())).toEqual(["training", "validation"]);
  });

  it("takes the file that is named, for pictures in any folder", async () => {
    await pictures("images/a.jpg");
    const list = await put("elsewhere/mine.json", coco());
    const data = await readDetections(disk.at("images"), { list, damaged: "stop" });
    expect(data.parts.whole?.[0]?.name).toBe("a.jpg");
    await put("one.json", coco());
    expect(await outline()).toEqual({ whole: ["images/a.jpg cat 1"] });
    await put("two.json", coco());
    await expect(read()).rejects.toThrow(/several files of annotations: .*one.json, two.json/);
  });

  it("says why it has no pictures, also where what is bad is left out", async () => {
    const path = "/label-studio/data/upload/1/a.jpg";
    await put("a.json", coco({ path }));
    await pictures("a.jpg");
    await expect(read({ damaged: "skip" })).rejects.toThrow(
      /images\[0\].file_name: a path leads out of the folder of pictures: .* "\/label-studio/,
    );
  });

  it("leaves out what is bad, where that is asked for", async () => {
    const images = [
      { id: 1, file_name: "a.jpg" },
      { id: 1, file_name: "b.jpg" },
    ];
    const annotation = { image_id: 1, category_id: 17, bbox: [1, 2, 3, 4] };
    const annotations = [
      annotation,
      { ...annotation, image_id: 9 },
      { ...annotation, category_id: 5 },
    ];
    await put("a.json", coco({ more: { images, annotations: [...annotations, null] } }));
    await pictures("a.jpg");
    await expect(read()).rejects.toThrow(/images\[1\].id: the id is not the only one/);
    expect(await outline({ damaged: "skip" })).toEqual({ whole: ["a.jpg cat 1"] });
    expect(notes.at(-1)).toMatch(/left out 1 picture and 3 single objects/);
    await put("a.json", coco({ path: "../a.jpg" }));
    await expect(read()).rejects.toThrow(/leads out/);
    await put("a.json", coco({ path: "c.jpg" }));
    await expect(read()).rejects.toThrow(/c.jpg.*no such file/);
  });
});

describe("YOLO", () => {
  const label = "1 0.5 0.5 0.5 0.5\n";

  it("names classes and parts in data.yaml, whose paths are another machine's", async () => {
    await put(
      "data.yaml",
      "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnames: [cat, dog]\n",
    );
    await pictures("train/images/a.jpg", "train/images/b.jpg", "valid/images/c.jpg");
    await put("train/labels/a.txt", label);
    await put("valid/labels/c.txt", "");
    // Without a file, or with an empty one, there is nothing to be seen.
    expect(await outline()).toEqual({
      training: ["train/images/a.jpg dog 10", "train/images/b.jpg"],
      validation: ["valid/images/c.jpg"],
    });
    expect(notes).toEqual([`${disk.path}: data.yaml: test: ../test/images is not there`]);
    const { parts } = await read();
    const box = { x: 10, y: 7.5, width: 20, height: 15 };
    expect(parts.training?.[0]?.objects[0]).toMatchObject({ box, area: 300 });
  });

  it("has folders of parts in images and labels, or lists of pictures", async () => {
    await put(
      "my.yaml",
      "path: /data/coco8\ntrain: images/train\nval: val.txt\nnames:\n  0: cat\n  1: dog\n",
    );
    await pictures("images/train/a.jpg", "images/val/b.jpg", "images/val/c.jpg");
    await put("labels/train/a.txt", label);
    await put("labels/val/b.txt", label);
    await put("val.txt", "/data/coco8/images/val/b.jpg\n");
    expect(await outline()).toEqual({
      training: ["images/train/a.jpg dog 10"],
      validation: ["images/val/b.jpg dog 10"],
    });
  });

  it("has the classes of its list, with objects or without", async () => {
    await put("data.yaml", "train: images\nval: images\nnames: [owl, cat, bee]\n");
    await pictures("images/a.jpg");
    await put("labels/a.txt", label);
    expect((await read()).classes).toEqual(["owl", "cat", "bee"]);
  });

  it("needs no data.yaml where a list names the classes", async () => {
    await pictures("images/train/a.jpg", "images/val/b.jpg");
    await put("labels/train/a.txt", label);
    await put("labels/val/b.txt", label);
    await expect(read()).rejects.toThrow(/nothing names the classes/);
    const parts = {
      training: ["images/train/a.jpg dog 10"],
      validation: ["images/val/b.jpg dog 10"],
    };
    expect(await outline({ classes: ["cat", "dog"] })).toEqual(parts);
    await put("classes.txt", "cat\ndog\n");
    expect(await outline()).toEqual(parts);
  });

  it("is not COCO because a file of categories lies beside it, as Label Studio writes", async () => {
    await pictures("images/a.jpg");
    await put("labels/a.txt", label);
    await put("classes.txt", "cat\ndog\n");
    const info = { year: 2026, version: "1.0", contributor: "Label Studio" };
    await put("notes.json", JSON.stringify({ categories: [{ id: 0, name: "cat" }], info }));
    expect(await outline()).toEqual({ whole: ["images/a.jpg dog 10"] });
  });

  it("lies beside its pictures, too", async () => {
    await pictures("obj_train_data/a.jpg");
    await put("obj_train_data/a.txt", label);
    await put("obj.names", "cat\ndog\n");
    expect(await outline()).toEqual({ training: ["obj_train_data/a.jpg dog 10"] });
    await pictures("b.jpg");
    await put("b.txt", label);
    await put("classes.txt", "cat\ndog\n");
    await put("README.txt", "no label");
    expect(await outline()).toEqual({ whole: ["b.jpg dog 10"] });
  });

  it("with an unknown class, labels without a picture or none at all is refused", async () => {
    await put("data.yaml", "names: [cat]\ntrain: images\nval: images\n");
    await pictures("images/a.jpg");
    await expect(read()).rejects.toThrow(/no picture has a file of labels/);
    await put("labels/a.txt", label);
    await expect(read()).rejects.toThrow(/a.txt, line 1: .*an index from 0 to 0, received 1/);
    await put("labels/a.txt", label.replace("1", "0"));
    expect(await outline()).toEqual({ whole: ["images/a.jpg cat 10"] });
    await put("labels/b.txt", label);
    await expect(read()).rejects.toThrow(/b.txt: the labels have no picture/);
    await rm(disk.at("labels/b.txt"));
    await put("data.yaml", "names: [cat\n");
    await expect(read()).rejects.toThrow(/data.yaml, line 1: this YAML is not read/);
    await put("data.yaml", "names: [cat, cat]\n");
    await expect(read()).rejects.toThrow(/a class comes twice/);
  });
});

describe("LabelMe", () => {
  const points = [
    [1, 2],
    [11, 22],
  ];
  const file = (imagePath: string) => ({
    ...{ version: "5.0", flags: {}, shapes: [{ label: "cat", points }], imagePath },
    ...{ imageWidth: 40, imageHeight: 30 },
  });

  it("lies beside its pictures, or in a folder of its own", async () => {
    await pictures("a.jpg", "b.jpg");
    await put("a.json", file("a.jpg"));
    expect(await outline()).toEqual({ whole: ["a.jpg cat 1"] });
    expect(notes).toEqual([expect.stringMatching(/1 picture without annotations/)]);
    await pictures("images/c.jpg", "images/d.jpg");
    await put("labels/c.json", file("..\\images\\c.jpg"));
    await put("labels/d.json", file("/home/me/d.jpg"));
    expect(await outline()).toEqual({ whole: ["images/c.jpg cat 1", "images/d.jpg cat 1"] });
    await put("labels/e.json", file("../../secret.jpg"));
    await expect(read()).rejects.toThrow(/e.json: the annotation has no picture of its own/);
    await expect(read({ list: "a.csv" })).rejects.toThrow(/no lists/);
  });
});

describe("several formats in one folder", () => {
  it("are refused unless one is named", async () => {
    await pictures("a.jpg");
    await put("a.txt", "0 0.5 0.5 0.5 0.5\n");
    await put("classes.txt", "dog\n");
    await put("coco.json", coco());
    await expect(read()).rejects.toThrow(
      /several formats: .* coco \("coco.json"\), yolo \("a.txt"\)\. Name the one to use with --data-format/,
    );
    expect(await outline({ format: "yolo" })).toEqual({ whole: ["a.jpg dog 10"] });
    expect(await outline({ format: "coco" })).toEqual({ whole: ["a.jpg cat 1"] });
    await expect(read({ format: "voc" })).rejects.toThrow(/expected voc: an XML file/);
  });
});
