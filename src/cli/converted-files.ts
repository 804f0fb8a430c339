/** Where `convert` writes what comes of a model: one file, or a folder with files of fixed names. */
import { basename, dirname, join } from "node:path";
import type { ConversionTarget } from "../convert/conversion.ts";
import { targetNames, targets } from "../convert/targets.ts";
import { namesIn, statusIfThere } from "../disk/entries-node.ts";
import { writeFolder } from "../disk/write-folder-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import type { ModelFiles } from "../formats/files.ts";
import { required } from "../required.ts";
import { checkFileBeside } from "./made-file.ts";
import { runFile, runFileOf } from "./train/run-file.ts";
import { UsageError } from "./usage-error.ts";

/** Where a conversion's files go. */
export interface ConversionPlace {
  readonly to: ConversionTarget;
  /** The path of the model's main file. */
  readonly main: string;
  /** Where a model is several files: the folder of all. */
  readonly folder: string | undefined;
  /** The path of what is said of the run that the model is of. */
  readonly run: string;
}

/**
 * What `--to` and `--out` mean together.
 *
 * @throws UsageError where they do not fit, or something else is in the place.
 */
export async function conversionPlace(
  named: ConversionTarget | undefined,
  out: string,
): Promise<ConversionPlace> {
  const to = named ?? targetOf(out);
  const { title, ending, main } = targets[to];
  const status = await statusIfThere(out);
  if (main === undefined) {
    const isNamed = out.toLowerCase().endsWith(ending) && basename(out).length > ending.length;
    if (!isNamed) {
      throw new UsageError(`--out has to be ${title}`, {
        expected: `a file that ends in ${ending}`,
        received: out,
      });
    }
    if (status?.isDirectory()) {
      const remedy = `Name a file in it: ${join(out, `model${ending}`)}.`;
      throw new UsageError("--out names a folder", { expected: title, received: out, remedy });
    }
    return { to, main: out, folder: undefined, run: runFileOf(out) };
  }
  const isMain = basename(out) === main;
  const folder = isMain ? dirname(out) : out;
  const isFile = isMain ? status?.isDirectory() : status !== undefined && !status.isDirectory();
  if (isFile || (!isMain && endsAsFile(out))) {
    throw new UsageError(`--out has to be ${title}`, {
      expected: `a folder, or ${main} in it`,
      received: out,
    });
  }
  await requireOwnFiles(folder, main);
  return { to, main: join(folder, main), folder, run: join(folder, runFile) };
}

/** Whether a name is that of a file of any format. */
function endsAsFile(out: string): boolean {
  const endings = targetNames.flatMap((name) => targets[name].ending ?? []);
  return [...endings, ".json"].some((ending) => out.toLowerCase().endsWith(ending));
}

/** The format whose files are called so. */
function targetOf(out: string): ConversionTarget {
  const found = targetNames.find((name) => {
    const { ending, main } = targets[name];
    return main === undefined ? out.toLowerCase().endsWith(ending) : basename(out) === main;
  });
  if (found !== undefined) return found;
  throw new UsageError("--to is missing, and no format's files end so", {
    expected: targetNames.map((name) => targets[name].main ?? targets[name].ending).join(", "),
    received: out,
    remedy: `Give --to ${targetNames.join(", ")}.`,
  });
}

/** Names of files that conversions write into a folder beside the main one. */
const companions: RegExp = /^(metadata\.json|group1-shard\d+of\d+\.bin)$/;

/** Refuses a folder with other files than those of an earlier conversion, which are replaced. */
async function requireOwnFiles(folder: string, main: string): Promise<void> {
  const names = await namesIn(folder).catch((): string[] => []);
  const seen = names.filter((name) => !name.startsWith("."));
  const others = seen.filter((name) => ![main, runFile].includes(name) && !companions.test(name));
  const isOwn = others.length === 0 && (seen.length === 0 || seen.includes(main));
  if (isOwn) return;
  throw new UsageError("the folder of --out has files already", {
    expected: "no files, or those of a model that this one replaces",
    received: `${folder} with ${(others[0] ?? seen[0] ?? "").slice(0, 100)}`,
    remedy: "Name another folder.",
  });
}

/**
 * Writes a model's files and gives their paths, the main one's first.
 *
 * @param source - Of the model, whose own files stay as they are.
 * @throws UsageError where one of them would be overwritten.
 */
export async function writeConverted(
  { main, folder }: ConversionPlace,
  files: ModelFiles,
  { source, signal }: { readonly source: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const [first = "", ...others] = files.keys();
  if (folder === undefined) {
    const beside = others.map((name) => join(dirname(main), basename(name)));
    for (const path of beside) await checkFileBeside(source, path);
    await writeWhole(main, required(files, first), { signal });
    for (const [i, path] of beside.entries()) {
      await writeWhole(path, required(files, others[i]!), { signal });
    }
    return [main, ...beside];
  }
  const isReplaced = (name: string): boolean => companions.test(name);
  await writeFolder(folder, files, { main: basename(main), isReplaced, signal });
  return [main, ...others.map((name) => join(folder, name))];
}
