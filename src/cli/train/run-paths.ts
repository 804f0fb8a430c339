/**
 * Where a run's data and the model that it starts from lie on this machine, so that `--resume` needs no
 * path but `--out`. They stand in a hidden file of their own: the others name no folder of the machine
 * and can be handed on.
 */
import { join, resolve } from "node:path";
import { kindOf, readBytes } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { isRecord, parseJson } from "../../formats/files.ts";
import { formatJson } from "../json.ts";
import { isPublishedData } from "./load-data.ts";

/** The file's name. */
export const pathsFile = ".run-paths.json";

const limit = { most: 1e6, code: "io" } as const;

/** Options that are paths. */
const names = ["data", "list", "from"] as const;

/** The options with their paths. */
export type RunPaths = { readonly [Name in (typeof names)[number]]?: string };

/** Writes down what a run was given; what is no path there is kept as it was said. */
export async function writeRunPaths(
  folder: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = values[name];
    if (typeof value === "string") found[name] = await wherever(name, value);
  }
  await writeWhole(join(folder, pathsFile), formatJson(found), { lasting: true });
}

/** A name of the hub and an address are the same in every folder. */
async function wherever(name: string, value: string): Promise<string> {
  if (name === "data" && isPublishedData(value)) return value;
  return (await kindOf(value)) === undefined ? value : resolve(value);
}

/** What was written down; nothing where there is no such file, or another. */
export async function readRunPaths(folder: string): Promise<RunPaths> {
  const path = join(folder, pathsFile);
  if ((await kindOf(path)) !== "file") return {};
  try {
    const json = parseJson(await readBytes(path, limit), path);
    if (!isRecord(json)) return {};
    const texts = names.filter((name) => typeof json[name] === "string");
    return Object.fromEntries(texts.map((name) => [name, json[name]]));
  } catch {
    return {};
  }
}
