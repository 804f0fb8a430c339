import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeRunLengths } from "../tasks/results/run-lengths.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { ImageSource } from "./images.ts";
import { checkFormat, createSink, type ResultFormat } from "./result-formats.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formats-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const image = (path: string): ImageSource => ({ name: path, path });
const cat = {
  label: 'a "cat", say',
  index: 16,
  score: 0.5,
  box: { x: 10, y: 20, width: 30.5, height: 40 },
};
const found = { width: 100, height: 200, detections: [cat] };

/** What a form makes of results. */
async function written(
  verb: Verb,
  format: ResultFormat,
  results: readonly unknown[],
  save?: string,
): Promise<string> {
  const texts: string[] = [];
  const out = { write: (text: string) => void texts.push(text) };
  const images = results.map((_, i) => image(`photos/${i % 2 === 0 ? "a" : "b"}.jpg`));
  const sink = createSink({ verb, format, save, images, labels: ["background", "b<"], out })!;
  for (const [i, result] of results.entries()) await sink.push(images[i]!, result);
  await sink.end();
  return texts.join("");
}

describe("pictures of one name in folders inside", () => {
  const images = ["x", "y"].map((inside) => ({ ...image(`photos/${inside}/a.jpg`), inside }));
  const write = async (format: ResultFormat, save?: string): Promise<string> => {
    const texts: string[] = [];
    const out = { write: (text: string) => void texts.push(text) };
    const labels = ["person", "n/a", "cat"];
    const sink = createSink({ verb: "detect", format, save, images, labels, out })!;
    for (const one of images) await sink.push(one, found);
    await sink.end();
    return texts.join("");
  };

  it("stay apart in COCO's document, whose categories are those that exist", async () => {
    const { images: written, categories } = JSON.parse(await write("coco"));
    expect(written.map((one: { file_name: string }) => one.file_name)).toEqual([
      "x/a.jpg",
      "y/a.jpg",
    ]);
    expect(categories).toEqual([
      { id: 1, name: "person" },
      { id: 3, name: "cat" },
    ]);
  });

  it("have their files in folders of the same names", async () => {
    const save = join(folder, "inside");
    await write("yolo", save);
    expect(["x", "y"].map((inside) => readdirSync(join(save, inside)))).toEqual([
      ["a.txt"],
      ["a.txt"],
    ]);
  });
});

describe("CSV", () => {
  it("has a heading, a row for each object, and quotes what needs it", async () => {
    expect(await written("detect", "csv", [found, { ...found, detections: [] }])).toBe(
      'image,number,label,index,score,x,y,width,height\nphotos/a.jpg,1,"a ""cat"", say",16,0.5,10,20,30.5,40\n',
    );
  });

  it("has what each verb says", async () => {
    const classes = [{ label: "cat", index: 8, pixels: 5, fraction: 0.5, score: 0.25 }];
    const lines = async (verb: Verb, result: unknown) =>
      (await written(verb, "csv", [result])).split("\n");
    expect(await lines("classify", [{ label: "cat", index: 3, score: 0.75 }])).toEqual([
      ...["image,rank,label,index,score", "photos/a.jpg,1,cat,3,0.75", ""],
    ]);
    expect(
      await lines("segment", { width: 5, height: 2, classes, classMap: new Uint8Array(10) }),
    ).toEqual([
      ...["image,label,index,pixels,fraction,score", "photos/a.jpg,cat,8,5,0.5,0.25", ""],
    ]);
    expect(await lines("embed", Float32Array.of(0.5, -1))).toEqual([
      ...["image,v0,v1", "photos/a.jpg,0.5,-1", ""],
    ]);
  });

  it("goes into a file where one is named, without control characters", async () => {
    const path = join(folder, "made/found.csv");
    const bad = { ...found, detections: [{ ...cat, label: "a\u001b[31m" }] };
    expect(await written("detect", "csv", [bad], path)).toBe("");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none
    expect(readFileSync(path, "utf8")).not.toMatch(/\u001b/);
  });
});

describe("a text that a spreadsheet would compute", () => {
  const rowsOf = async (name: string, label: string): Promise<string> => {
    let text = "";
    const out = { write: (more: string) => (text += more) };
    const images = [image(name)];
    const request = {
      verb: "classify",
      format: "csv",
      save: undefined,
      images,
      labels: [],
    } as const;
    const sink = createSink({ ...request, out })!;
    await sink.push(images[0]!, [{ label, index: 1, score: 0.5 }]);
    await sink.end();
    return text.split("\n")[1]!;
  };

  it.each(["=1+1.png", "+a.png", "-a.png", "@SUM(A1).png", "＝1.png"])(
    "is none as a picture's name, and still leads to it: %s",
    async (name) => {
      expect(await rowsOf(name, "cat")).toBe(`./${name},1,cat,1,0.5`);
    },
  );

  it.each([
    ['=HYPERLINK("x";A1)', `"'=HYPERLINK(""x"";A1)"`],
    ["-1+cmd", "'-1+cmd"],
    ["@a,b", `"'@a,b"`],
  ])("is none as a label: %s", async (label, cell) => {
    expect(await rowsOf("a.png", label)).toBe(`a.png,1,${cell},1,0.5`);
  });

  it("leaves numbers, standard input and texts alone that begin no formula", async () => {
    expect(await written("embed", "csv", [Float32Array.of(-1.5)])).toContain("photos/a.jpg,-1.5\n");
    expect(await rowsOf("-", "a=b")).toBe("-,1,a=b,1,0.5");
    expect(await rowsOf("photos/=1.png", "n/a")).toBe("photos/=1.png,1,n/a,1,0.5");
  });
});

describe("COCO's JSON", () => {
  it("has images, boxes and categories under ids that fit", async () => {
    const { images, annotations, categories } = JSON.parse(
      await written("detect", "coco", [found, found]),
    );
    expect(images[1]).toEqual({ id: 2, file_name: "b.jpg", width: 100, height: 200 });
    expect(annotations[1]).toEqual({
      ...{ id: 2, image_id: 2, category_id: 17, score: 0.5, iscrowd: 0 },
      ...{ bbox: [10, 20, 30.5, 40], area: 1220 },
    });
    expect(categories).toEqual([
      { id: 1, name: "background" },
      { id: 2, name: "b<" },
    ]);
  });

  it("has the pixels of each class but the background", async () => {
    const classMap = Uint8Array.of(0, 1, 0, 1, 0, 0);
    const classes = [
      { label: "background", index: 0, pixels: 4, fraction: 2 / 3, score: 1 },
      { label: "b<", index: 1, pixels: 2, fraction: 1 / 3, score: 1 },
    ];
    const result = { width: 3, height: 2, classMap, classes };
    const { annotations } = JSON.parse(await written("segment", "coco", [result]));
    expect(annotations).toHaveLength(1);
    expect(annotations[0]).toMatchObject({ category_id: 2, bbox: [0, 0, 2, 2], area: 2 });
    const { mask } = decodeRunLengths(annotations[0].segmentation);
    expect([...mask]).toEqual([0, 255, 0, 255, 0, 0]);
  });
});

describe("a class 0 that is not the background", () => {
  const classes = [
    { label: "sky", index: 0, pixels: 2, fraction: 0.5, score: 1 },
    { label: "b<", index: 1, pixels: 2, fraction: 0.5, score: 1 },
  ];
  const result = { width: 2, height: 2, classMap: Uint8Array.of(0, 1, 0, 1), classes };

  it("has its pixels in COCO's JSON", async () => {
    const { annotations } = JSON.parse(await written("segment", "coco", [result]));
    expect(annotations.map((one: { category_id: number }) => one.category_id)).toEqual([1, 2]);
  });

  it("has its outline in YOLO's file", async () => {
    const lines = (await written("segment", "yolo", [result])).trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["0", "1"]);
  });
});

describe("files for each image", () => {
  it("are YOLO's: class, centre and size as shares, score; and the classes' names", async () => {
    const line = "16 0.252500 0.200000 0.305000 0.200000 0.500000\n";
    expect(await written("detect", "yolo", [found])).toBe(line);
    const to = join(folder, "yolo");
    await written("detect", "yolo", [found, found, found], to);
    expect(readdirSync(to).sort()).toEqual(["a-2.txt", "a.txt", "b.txt", "classes.txt"]);
    expect(readFileSync(join(to, "a-2.txt"), "utf8")).toBe(line);
    expect(readFileSync(join(to, "classes.txt"), "utf8")).toBe("background\nb<\n");
  });

  it("are YOLO's of a segmentation: class and outline as shares, a line for each region", async () => {
    const classMap = Uint8Array.of(0, 1, 0, 1);
    const result = { width: 2, height: 2, classMap, classes: [] };
    expect(await written("segment", "yolo", [result])).toBe(
      "1 1.000000 0.000000 1.000000 1.000000 0.500000 1.000000 0.500000 0.000000\n",
    );
  });

  it("are PASCAL VOC's: pixels from 1, names escaped", async () => {
    const text = await written("detect", "voc", [
      { ...found, detections: [{ ...cat, label: "<b> & c" }] },
    ]);
    expect(text).toContain("<filename>a.jpg</filename>");
    expect(text).toContain("<name>&lt;b&gt; &amp; c</name>");
    expect(text).toContain("<xmin>11</xmin><ymin>21</ymin><xmax>41</xmax><ymax>60</ymax>");
  });
});

it("refuses options that do not go together", () => {
  const many = [image("a.jpg"), image("b.jpg")];
  expect(() => checkFormat({ format: "csv", json: true }, many)).toThrow(/two forms/);
  expect(() => checkFormat({ save: "x" }, many)).toThrow(/--save/);
  expect(() => checkFormat({ format: "yolo", mapSize: "network" }, many)).toThrow(/map-size/);
  expect(() => checkFormat({ format: "coco", region: {} }, many)).toThrow(/--region/);
  expect(() => checkFormat({ format: "yolo" }, many)).toThrow(/--save FOLDER/);
  expect(() => checkFormat({ format: "yolo" }, many.slice(1))).not.toThrow();
  expect(() => checkFormat({ format: "json", json: true }, many)).not.toThrow();
});
