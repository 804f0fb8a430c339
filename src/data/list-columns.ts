/** A first line of column names: which words people have for a picture's path and for its label. */
import type { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";

const pathColumns: readonly string[] = [
  ...[
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filenames",
    "file_name",
    "filepath",
    "file_path",
  ],
  ...[
    "image",
    "images",
    "img",
    "imagename",
    "image_name",
    "img_name",
    "image_file",
    "picture",
    "photo",
  ],
  ...[
    "image_path",
    "img_path",
    "imagepath",
    "id",
    "image_id",
    "imageid",
    "img_id",
    "file_id",
    "uuid",
  ],
];
const labelColumns: readonly string[] = [
  ...[
    "label",
    "labels",
    "class",
    "classes",
    "index",
    "category",
    "categories",
    "target",
    "tag",
    "y",
  ],
  ...[
    "class_name",
    "classname",
    "class_id",
    "class_label",
    "class_index",
    "label_name",
    "label_id",
  ],
  ...["category_name", "category_id", "species", "breed", "type", "kind", "diagnosis", "emotion"],
];

/** A line of names as columns are called, by the separator that it has. */
function columnsOf(line: string): readonly string[] {
  const separator = [/\t/, /,/, /;/].find((mark) => mark.test(line)) ?? / +/;
  return line
    .split(separator)
    .map((name) => name.replaceAll('"', "").trim().replace(/[ -]+/g, "_").toLowerCase());
}

/** What a first line of column names announces; nothing where it is an entry already. */
export function readColumns(
  line: string,
  place: string,
): "path and label" | "with split" | undefined {
  const names = columnsOf(line);
  const [first = "", second = "", third] = names;
  const workInOrder = pathColumns.includes(first) && labelColumns.includes(second);
  if (workInOrder && names.length === 2) return "path and label";
  if (workInOrder && names.length === 3 && third === "split") return "with split";
  const isPath = (name: string): boolean => pathColumns.includes(name);
  const isLabel = (name: string): boolean => labelColumns.includes(name);
  if (/[./\\]/.test(line) || !names.some(isPath) || !names.some(isLabel)) return undefined;
  throw unreadColumns(place, line);
}

/** The error for columns that are others than a path and a label. */
export function unreadColumns(place: string, line: string): MobileNetError {
  return invalidData(place, "these columns are not read", {
    expected: "path,label or path,label,split",
    received: quote(line),
  });
}
