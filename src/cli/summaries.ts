/** What each verb's result says of a picture: an item for programs, lines for people. */
import { pictureItem } from "../json/items.ts";
import type { PictureItems } from "../json/pictures.ts";
import type { Detection } from "../tasks/detector.ts";
import type { ImageInput } from "../tasks/platform.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { Loaded, VerbTypes } from "../tasks/tasks.ts";
import { printable } from "../untrusted.ts";
import { formatCount, formatPercent, plural } from "./format.ts";
import { type Column, formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

/** A result in words and numbers. */
export interface Summary<V extends Verb = Verb> {
  /** The picture's item in JSON. */
  readonly item: PictureItems[V];
  /** Stands beside the picture's name. */
  readonly remark?: string;
  /** Lines below the picture's name. */
  readonly body: string;
}

type Style = Pick<Writer, "dim">;

/** What a result is of. */
interface Picture<V extends Verb> {
  /** The picture's name. */
  readonly image: string;
  readonly model: Loaded<V, ImageInput>;
}

type Summarize<V extends Verb> = (
  result: VerbTypes[V]["result"],
  picture: Picture<V>,
  style: Style,
) => Summary<V>;

/** How many numbers of a vector people see. */
export const shownNumbers = 8;

/** A row for each verb. */
const summaries: { readonly [V in Verb]: Summarize<V> } = {
  classify(found, picture, style) {
    const item = pictureItem("classify", found, picture);
    const rows = item.predictions.map(({ label, score }) => [
      printable(label),
      formatPercent(score),
    ]);
    return {
      item,
      body: indentedTable([{ heading: "label" }, figure("score")], rows, style),
    };
  },
  detect(found, picture, style) {
    const item = pictureItem("detect", found, picture);
    const { width, height, detections } = item;
    return {
      item,
      remark: `${formatSize({ width, height })}, ${plural(detections.length, "object")}`,
      body: detections.length === 0 ? "" : boxTable(detections, style),
    };
  },
  segment(found, picture, style) {
    const { width, height, classes } = found;
    const columns = [{ heading: "class" }, ...["share", "pixels", "score"].map(figure)];
    const rows = classes.map(({ label, pixels, fraction, score }) => [
      printable(label),
      formatPercent(fraction),
      formatCount(pixels),
      formatPercent(score),
    ]);
    return {
      item: pictureItem("segment", found, picture),
      remark: formatSize({ width, height }),
      body: indentedTable(columns, rows, style),
    };
  },
  embed(vector, picture) {
    const item = pictureItem("embed", vector, picture);
    const { embedding } = item;
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const start = embedding.slice(0, shownNumbers).map((value) => value.toFixed(4));
    const more = embedding.length > shownNumbers ? " …" : "";
    return {
      item,
      remark: `${formatCount(embedding.length)} numbers, length ${length.toFixed(3)}`,
      body: `  ${start.join(" ")}${more}\n`,
    };
  },
};

/** The summary of a verb's result. */
export function summarize<V extends Verb>(
  verb: V,
  result: VerbTypes[V]["result"],
  picture: Picture<V>,
  style: Style,
): Summary<V> {
  return summaries[verb](result, picture, style);
}

function boxTable(detections: readonly Detection[], style: Style): string {
  const edges = ["x", "y", "width", "height"] as const;
  const rows = detections.map(({ label, score, box }) => [
    printable(label),
    formatPercent(score),
    ...edges.map((edge) => formatCount(box[edge])),
  ]);
  return indentedTable([{ heading: "label" }, ...["score", ...edges].map(figure)], rows, style);
}

function figure(heading: string): Column {
  return { heading, align: "right" };
}

function indentedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { dim }: Style,
): string {
  return formatTable(columns, rows, { indent: "  ", heading: dim });
}

function formatSize({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): string {
  return `${formatCount(width)} × ${formatCount(height)}`;
}
