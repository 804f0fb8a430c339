/**
 * Where a run's data and the model that it starts from lie on this machine, so that `--resume` needs no
 * path but `--out`. They stand in a hidden file of their own: the others name no folder of the machine
 * and can be handed on.
 */
import { join, resolve } from "node:path";
import { readKeptJson } from "../../disk/kept-json-node.ts";
import { kindOf } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { isRecord, parseJson } from "../../formats/files.ts";
import { quote } from "../../untrusted.ts";
import { formatJson } from "../json.ts";
import { isPublishedData } from "./load-data.ts";

/** The file's name. */
export const pathsFile = ".run-paths.json";

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

/**
 * What was written down; nothing where there is no such file.
 *
 * @throws MobileNetError `io` where the file is damaged.
 */
export async function readRunPaths(folder: string): Promise<RunPaths> {
  const paths = await readKeptJson(join(folder, pathsFile), {
    ...{ most: 1e6, summary: "where the run's data lie cannot be read", parse: parseJson },
    remedy: "Remove the file; then name --data, and --list and --from where they are files.",
    read(json, damaged): RunPaths {
      if (!isRecord(json)) throw damaged("paths by their options' names", quote(json));
      for (const [name, value] of Object.entries(json)) {
        if (names.some((one) => one === name) && typeof value === "string") continue;
        throw damaged(`paths of ${names.join(", ")}`, quote({ [name]: value }));
      }
      return json as RunPaths;
    },
  });
  return paths ?? {};
}
