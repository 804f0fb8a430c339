/**
 * Results in the forms that other programs read: CSV, COCO's JSON, and YOLO's and PASCAL VOC's files for
 * each picture. Lines go out as they come; a document is closed at the end.
 */

import { basename, join } from "node:path";
import { writeWhole } from "../disk/write-node.ts";
import { foregroundOf, isForeground } from "../image/background-label.ts";
import { shortFloat } from "../json/items.ts";
import { unusedLabel } from "../models/labels.ts";
import type { ClassPrediction } from "../tasks/classifier.ts";
import type { Detections } from "../tasks/detector.ts";
import { segmentationJson } from "../tasks/results/segmentation-json.ts";
import type { Segmentation } from "../tasks/segmenter.ts";
import type { Verb } from "../tasks/task-names.ts";
import { printable } from "../untrusted.ts";
import { classOutlines } from "./class-outlines.ts";
import { csvLine, looksComputed, type CsvRow as Row } from "./csv.ts";
import type { ImageSource } from "./images.ts";
import { formatJson } from "./json.ts";
import { choice, type Option, text } from "./options.ts";
import { pathsIn } from "./outputs.ts";
import type { Writer } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** The name of a form. */
export type ResultFormat = "text" | "csv" | "json" | "coco" | "yolo" | "voc";

/** The forms of each verb's results. */
const forms: Readonly<Record<Verb, readonly ResultFormat[]>> = {
  classify: ["text", "csv", "json"],
  detect: ["text", "csv", "json", "coco", "yolo", "voc"],
  segment: ["text", "csv", "json", "coco", "yolo"],
  embed: ["text", "csv", "json"],
};

/** The options of how results are written. */
export type FormatOptions = {
  readonly format: Option<ResultFormat | undefined>;
  readonly save: Option<string | undefined>;
};

/** Their declarations. */
export function formatOptions(verb: Verb): FormatOptions {
  const each = forms[verb].filter((form) => form === "yolo" || form === "voc").join(" and ");
  return {
    format: choice<ResultFormat>(forms[verb], {
      description: "The form of the results; json is --json",
      shownDefault: "text",
    }),
    save: text({
      placeholder: each === "" ? "FILE" : "FILE|FOLDER",
      description: `Write what --format gives into a file${each && `; of ${each}, the folder of a file for each image`}, not to standard output`,
    }),
  };
}

/** Takes results in the images' order; both give the files that were written. */
export interface ResultSink {
  push(image: ImageSource, result: unknown): Promise<readonly string[]>;
  end(): Promise<readonly string[]>;
}

/** What a sink is made for. */
export interface SinkRequest {
  readonly verb: Verb;
  readonly format: ResultFormat | undefined;
  readonly save: string | undefined;
  readonly images: readonly ImageSource[];
  readonly labels: readonly string[];
  readonly out: Pick<Writer, "write">;
}

/** Refuses options that do not go together, before any work. */
export function checkFormat(
  {
    format,
    save,
    json,
    mapSize,
    region,
  }: {
    readonly format?: string | undefined;
    readonly save?: string | undefined;
    readonly json?: boolean;
    /** Of which pixels class maps are. */
    readonly mapSize?: unknown;
    /** What part of the picture class maps are of. */
    readonly region?: unknown;
  },
  images: readonly ImageSource[],
): void {
  if (format === "coco" || format === "yolo") {
    const summary = `--format ${format} counts in the picture's own pixels`;
    if (mapSize === "network") {
      throw new UsageError(summary, { remedy: "Leave out --map-size network." });
    }
    if (region !== undefined) throw new UsageError(summary, { remedy: "Leave out --region." });
  }
  const alone = format === undefined || format === "text" || format === "json";
  if (json === true && format !== undefined && format !== "json") {
    throw new UsageError(`--json and --format ${format} are two forms`, {
      remedy: "Leave one of them out.",
    });
  }
  if (save !== undefined && alone) {
    throw new UsageError("--save writes csv, coco, yolo or voc", {
      remedy: "Add --format, or redirect standard output.",
    });
  }
  const each = format === "yolo" || format === "voc";
  if (each && save === undefined && images.length > 1) {
    throw new UsageError(`--format ${format} has a file for each image`, {
      expected: "a folder",
      remedy: "Name it with --save FOLDER.",
    });
  }
}

/** What takes the results of a form; nothing for text and JSON. */
export function createSink(request: SinkRequest): ResultSink | undefined {
  switch (request.format) {
    case "csv":
      return csvSink(request);
    case "coco":
      return cocoSink(request);
    case "yolo":
      return eachSink<Detections | Segmentation>(request, ".txt", (_, found) =>
        "classMap" in found ? yoloOutlines(found) : yoloText(found),
      );
    case "voc":
      return eachSink<Detections>(request, ".xml", (image, found) => vocText(image, found));
    default:
      return undefined;
  }
}

/** Writes a whole document where it belongs. */
async function put({ save, out }: SinkRequest, document: string): Promise<readonly string[]> {
  if (save === undefined) {
    out.write(document);
    return [];
  }
  await writeWhole(save, document);
  return [save];
}

function csvSink(request: SinkRequest): ResultSink {
  const { verb, save, out } = request;
  const lines: string[] = [];
  let begun = false;
  const begin = (columns: readonly string[]): void => {
    if (!begun) add(["image", ...columns]);
    begun = true;
  };
  const add = (row: Row): void => {
    const line = csvLine(row);
    if (save === undefined) out.write(line);
    else lines.push(line);
  };
  return {
    async push(image, result) {
      const rows = csvRows(verb, result);
      begin(columnsOf(verb, rows));
      for (const row of rows) add([inFolder(image.name), ...row]);
      return [];
    },
    async end() {
      // Also where no picture could be read.
      begin(columnsOf(verb, []));
      return save === undefined ? [] : await put(request, lines.join(""));
    },
  };
}

const csvColumns: { readonly [V in Exclude<Verb, "embed">]: readonly string[] } = {
  classify: ["rank", "label", "index", "score"],
  detect: ["number", "label", "index", "score", "x", "y", "width", "height"],
  segment: ["label", "index", "pixels", "fraction", "score"],
};

/** The heading after the image's; how many numbers a vector has, only a vector tells. */
function columnsOf(verb: Verb, [first = []]: readonly Row[]): readonly string[] {
  return verb === "embed" ? first.map((_, i) => `v${i}`) : csvColumns[verb];
}

function csvRows(verb: Verb, result: unknown): readonly Row[] {
  switch (verb) {
    case "classify":
      return (result as ClassPrediction[]).map(({ label, index, score }, i) => [
        ...[i + 1, label, index, shortFloat(score)],
      ]);
    case "detect":
      return (result as Detections).detections.map(({ label, index, score, box }, i) => [
        ...[i + 1, label, index, shortFloat(score), box.x, box.y, box.width, box.height],
      ]);
    case "segment":
      return (result as Segmentation).classes.map((found) => [
        ...[found.label, found.index, found.pixels, found.fraction, shortFloat(found.score)],
      ]);
    case "embed":
      return [Array.from(result as Float32Array, shortFloat)];
  }
}

/** A path that no spreadsheet computes, and that still leads to the picture. */
function inFolder(name: string): string {
  return looksComputed(name) ? `./${name}` : name;
}

/** COCO's document: ids count from 1, a category's is its class's index plus 1, as in COCO itself. */
function cocoSink(request: SinkRequest): ResultSink {
  const { verb, labels } = request;
  const images: object[] = [];
  const annotations: object[] = [];
  return {
    async push(image, result) {
      const { width, height } = result as Detections | Segmentation;
      // As the folder that was named has it, so that pictures of one name stay apart.
      const inside = image.inside === undefined ? "" : `${image.inside.replaceAll("\\", "/")}/`;
      const file = image.path === undefined ? image.name : `${inside}${basename(image.path)}`;
      images.push({ id: images.length + 1, file_name: file, width, height });
      const add = (fields: object): void => {
        const ids = { id: annotations.length + 1, image_id: images.length };
        annotations.push({ ...ids, ...fields, iscrowd: 0 });
      };
      if (verb === "detect") {
        for (const { index, score, box } of (result as Detections).detections) {
          const bbox = [box.x, box.y, box.width, box.height];
          const area = box.width * box.height;
          add({ category_id: index + 1, bbox, area, score: shortFloat(score) });
        }
      } else {
        const { classMap, ...rest } = result as Segmentation;
        const objects = rest.classes.filter(({ index, label }) => isForeground(index, label));
        const { classes } = segmentationJson({ ...rest, classMap, classes: objects });
        for (const { index, pixels, score, segmentation } of classes) {
          const bbox = boundsOf(classMap, width, index);
          add({
            category_id: index + 1,
            bbox,
            area: pixels,
            score: shortFloat(score),
            segmentation,
          });
        }
      }
      return [];
    },
    async end() {
      const categories = labels
        .map((name, index) => ({ id: index + 1, name }))
        .filter(({ name }) => name !== unusedLabel);
      return await put(request, formatJson({ images, annotations, categories }));
    },
  };
}

/** The box around a class's pixels. */
function boundsOf(classMap: Uint8Array, width: number, index: number): readonly number[] {
  let [left, top, right, bottom] = [width, Number.POSITIVE_INFINITY, 0, 0];
  for (let i = 0; i < classMap.length; i++) {
    if (classMap[i] !== index) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  return [left, top, right - left, bottom - top];
}

/** A file for each image, or the text of a single one. */
function eachSink<Found>(
  { save, out, labels, images }: SinkRequest,
  ending: string,
  textOf: (image: ImageSource, found: Found) => string,
): ResultSink {
  const paths = pathsIn(save ?? "", images, ending);
  const places = new Map(images.map((image, index) => [image, paths[index]!]));
  return {
    async push(image, result) {
      const document = textOf(image, result as Found);
      if (save === undefined) {
        out.write(document);
        return [];
      }
      const path = places.get(image)!;
      await writeWhole(path, document);
      return [path];
    },
    async end() {
      if (save === undefined || ending !== ".txt") return [];
      // Under a name that no picture's file has, unless a picture is called so.
      const usual = join(save, "classes.txt");
      const isTaken = paths.some((path) => path.toLowerCase() === usual.toLowerCase());
      const path = isTaken ? join(save, "classes.names") : usual;
      await writeWhole(path, labels.map((label) => `${printable(label)}\n`).join(""));
      return [path];
    },
  };
}

/** A line for each object: class, centre and size as shares of the picture's, score. */
function yoloText({ width, height, detections }: Detections): string {
  return detections
    .map(({ index, score, box }) => {
      const shares = [
        (box.x + box.width / 2) / width,
        (box.y + box.height / 2) / height,
        box.width / width,
        box.height / height,
      ];
      return `${[index, ...shares.map((share) => share.toFixed(6)), score.toFixed(6)].join(" ")}\n`;
    })
    .join("");
}

/** A line for each region: class, then the corners of its outline as shares of the picture's size. */
function yoloOutlines({ width, height, classMap, classes }: Segmentation): string {
  return classOutlines({ width, height, classMap, isOutlined: foregroundOf(classes) })
    .map(({ index, corners }) => {
      const shares = corners.map((at, i) => (at / (i % 2 === 0 ? width : height)).toFixed(6));
      return `${[index, ...shares].join(" ")}\n`;
    })
    .join("");
}

/** Pixels count from 1, the last one included. */
function vocText(
  { path, name, inside }: ImageSource,
  { width, height, detections }: Detections,
): string {
  const file = xml(path === undefined ? name : basename(path));
  const objects = detections.map(({ label, score, box }) => {
    const edges = {
      xmin: Math.floor(box.x) + 1,
      ymin: Math.floor(box.y) + 1,
      xmax: Math.max(Math.ceil(box.x + box.width), Math.floor(box.x) + 1),
      ymax: Math.max(Math.ceil(box.y + box.height), Math.floor(box.y) + 1),
    };
    const bounds = Object.entries(edges).map(([edge, at]) => `<${edge}>${at}</${edge}>`);
    return `  <object><name>${xml(label)}</name><score>${score.toFixed(6)}</score><bndbox>${bounds.join("")}</bndbox></object>\n`;
  });
  const size = `<size><width>${width}</width><height>${height}</height><depth>3</depth></size>`;
  const folder = inside === undefined ? "" : `  <folder>${xml(inside)}</folder>\n`;
  return `<annotation>\n${folder}  <filename>${file}</filename>\n  ${size}\n${objects.join("")}</annotation>\n`;
}

function xml(value: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return printable(value).replace(/[&<>]/g, (character) => entities[character]!);
}
