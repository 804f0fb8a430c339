/** Small data of each task in a folder, and what commands are told about them. */
import { encodeIndexedPng, encodePng } from "../../src/image/png-node.ts";
import type { DataFolder } from "../data-folder.ts";
import { boxClasses, drawBoxes } from "./toy-boxes.ts";
import { drawShapes, shapeClasses } from "./toy-shapes.ts";

/** What is said of the data: to all commands, and to `train` besides. */
export interface SaidOfData {
  readonly data: readonly string[];
  readonly train: readonly string[];
}

const pictures = 10;

/** Puts the data of a task into a folder. */
export const taskData: Readonly<
  Record<string, (folder: Pick<DataFolder, "at" | "put">) => Promise<SaidOfData>>
> = {
  async detect({ at, put }) {
    for (let seed = 0; seed < pictures; seed++) {
      const { image, objects } = drawBoxes(64, seed);
      await put(`data/${seed}.png`, await encodePng(image));
      const noted = objects.map(({ classIndex, box: { x, y, width, height } }) => {
        const edges = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + width}</xmax><ymax>${y + height}</ymax>`;
        return `<object><name>${boxClasses[classIndex]}</name><bndbox>${edges}</bndbox></object>`;
      });
      await put(`data/${seed}.xml`, `<annotation>${noted.join("")}</annotation>`);
    }
    return { data: ["--data", at("data")], train: ["--resolution", "64", "--loss", "focal"] };
  },
  async segment({ at, put }) {
    for (let seed = 0; seed < pictures; seed++) {
      const { image, mask } = drawShapes(48, seed);
      await put(`data/images/${seed}.png`, await encodePng(image));
      await put(`data/masks/${seed}.png`, await encodeIndexedPng(mask));
    }
    const train = ["--classes", shapeClasses.join(","), "--class-weights", "balanced"];
    return { data: ["--data", at("data")], train: [...train, "--output-stride", "8"] };
  },
  async "multi-label"({ at, put }) {
    const lines = ["path,labels"];
    for (let i = 0; i < pictures; i++) {
      const { image } = drawShapes(32, i);
      await put(`pictures/${i}.png`, await encodePng(image));
      lines.push(
        `pictures/${i}.png,${["even", "small"].filter((_, bit) => (i >> bit) & 1).join(";")}`,
      );
    }
    await put("tags.csv", lines.join("\n"));
    return {
      data: ["--data", at("tags.csv")],
      train: ["--resolution", "32", "--recipe", "small"],
    };
  },
};
