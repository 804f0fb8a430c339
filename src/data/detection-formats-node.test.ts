/** Data sets of COCO, YOLO and LabelMe on a disk: small ones, whose pictures are made for them. */
import { rm } from "node:fs/promises";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { dataFolder } from "../../test/data-folder.ts";
import { detectionSamples } from "./annotated-samples-node.ts";
import { type DetectionOptions, readDetections } from "./detections-node.ts";

const disk = dataFolder();
const { put } = disk;
let notes: string[];

beforeEach(() => {
  notes = [];
});

/** Pictures of 40 × 30 pixels. */
async function pictures(...paths: readonly string[]): Promise<void> {
  const create = { width: 40, height: 30, channels: 3, background: "grey" } as const;
  const bytes = await sharp({ create }).jpeg().toBuffer();
  for (const path of paths) await put(path, bytes);
}

const read = (options: DetectionOptions = {}) =>
  readDetections(disk.path, { damaged: "stop", onWarning: (note) => notes.push(note), ...options });

/** The names of each part's pictures, each with its classes and left edges. */
async function outline(options?: DetectionOptions): Promise<Record<string, string[]>> {
  const { parts, classes } = await read(options);
  const named = Object.entries(parts).map(([part, all]) => [
    part,
    all.map(({ name, objects }) =>
      [name, ...objects.map(({ classIndex, box }) => `${classes[classIndex]} ${box.x}`)].join(" "),
    ),
  ]);
  return Object.fromEntries(named);
}

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
    await put("coco.json", coco({ name: "dog" }));
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
