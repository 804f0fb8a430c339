/** YOLO's data.yaml and the pictures that it names. Its paths are those of another machine, more often than not. */
import { basename } from "node:path";
import { readBytes } from "../disk/read-node.ts";
import { printable } from "../untrusted.ts";
import type { DataPart } from "./annotated.ts";
import { type DataYaml, parseDataYaml } from "./data-yaml.ts";
import type { FormatReading } from "./detection-format.ts";
import { below, type FolderView } from "./folder-view-node.ts";
import { linesOf } from "./lines.ts";
import { isPictureName } from "./picture-names.ts";

/** The file and what it says. */
export interface YoloYaml {
  readonly place: string;
  readonly content: DataYaml;
}

const yamlLimit = { most: 2_000_000, code: "invalid-data" } as const;
/** A line a picture: a million of them with paths of 63 letters, eight times COCO's. */
const listLimit = { most: 64_000_000, code: "invalid-data" } as const;

/** The first file in the folder that names classes. */
export async function yamlIn(view: FolderView): Promise<string | undefined> {
  const { files } = await view.list("");
  for (const name of files.filter((file) => /\.ya?ml$/i.test(file)).slice(0, mostLooked)) {
    const text = await readText(view.at(name));
    if (/^["']?names["']?\s*:/m.test(text)) return name;
  }
  return undefined;
}

/** So many YAML files of other kinds may lie before it. */
const mostLooked = 20;

/** What the file that is named says, or the one in the folder. */
export async function findYaml(
  view: FolderView,
  named: string | undefined,
): Promise<YoloYaml | undefined> {
  if (named !== undefined) {
    return { place: basename(named), content: parseDataYaml(await readText(named), named) };
  }
  const place = await yamlIn(view);
  if (place === undefined) return undefined;
  return { place, content: parseDataYaml(await readText(view.at(place)), place) };
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, yamlLimit));
}

const fields = [
  ["training", "train"],
  ["validation", "val"],
  ["test", "test"],
] as const;

/** The pictures of the parts that are there, as paths below the folder. */
export async function picturesOfYaml(
  view: FolderView,
  { place, content }: YoloYaml,
  { onWarning }: FormatReading,
): Promise<{ [Part in DataPart]?: readonly string[] }> {
  const parts: { [Part in DataPart]?: readonly string[] } = {};
  for (const [part, field] of fields) {
    const found: string[] = [];
    for (const value of content[field]) {
      const pictures = await picturesAt(view, content.path, value);
      if (pictures === undefined) {
        const what = `${place}: ${field}: ${value} is not there`;
        (onWarning ?? console.warn)(`${printable(view.path)}: ${printable(what).slice(0, 300)}`);
      } else found.push(...pictures);
    }
    if (found.length > 0) parts[part] = found;
  }
  // One folder for training and validation, as short examples have it: it is not divided.
  const { training, validation = [] } = parts;
  const { test: named } = parts;
  // A test part that is another's again is none.
  const again = [training, validation].some((part) => part?.join("\n") === named?.join("\n"));
  if (again) delete parts.test;
  const { test } = parts;
  if (training !== undefined && training.join("\n") === validation.join("\n")) {
    return { whole: training, ...(test && { test }) };
  }
  return parts;
}

/** The pictures of a folder or list; nothing where it is not in the data set. */
async function picturesAt(
  view: FolderView,
  root: string | undefined,
  value: string,
): Promise<readonly string[] | undefined> {
  for (const inner of endsOf(value, root)) {
    if (/\.txt$/i.test(inner)) {
      if (await view.has(inner)) return await readPictureList(view, inner);
      continue;
    }
    const pictures = await view.pictures(inner);
    const below0 = pictures.length > 0 ? inner : await view.find(inner, ["images"]);
    if (below0 === undefined) continue;
    const names = await view.pictures(below0);
    if (names.length > 0) return names.map((name) => below(below0, name));
  }
  return undefined;
}

/** Folders in one another that are tried. */
const mostSegments = 16;

/**
 * What a path may be below the folder: the whole first, then without what stands in front, since `..` and
 * folders of another machine do. The last segment alone is tried where the path has no other.
 */
function endsOf(path: string, root = ""): readonly string[] {
  const own = segmentsOf(path);
  const segments = [...segmentsOf(root), ...own];
  const shortest = Math.min(2, own.length);
  const first = Math.max(0, segments.length - mostSegments);
  return Array.from({ length: segments.length - shortest - first + 1 }, (_, from) =>
    segments.slice(first + from).join("/"),
  );
}

function segmentsOf(path: string): readonly string[] {
  return path
    .slice(0, 1000)
    .split(/[/\\]/)
    .filter((segment) => segment !== "" && segment !== "." && segment !== "..");
}

async function readPictureList(view: FolderView, list: string): Promise<readonly string[]> {
  const text = new TextDecoder().decode(await readBytes(view.at(list), listLimit));
  const names: string[] = [];
  for (const [line] of linesOf(text)) {
    if (!isPictureName(line)) continue;
    let found = endsOf(line)[0] ?? line;
    for (const end of endsOf(line)) {
      if (!(await view.has(end))) continue;
      found = end;
      break;
    }
    names.push(found);
  }
  return names;
}
