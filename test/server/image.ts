/**
 * The steps of the Dockerfile without an engine: each stage is a folder, into which files are copied as
 * the file says, and for each of its commands a function stands in.
 */
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** A line of the file, continuations joined. */
export interface Instruction {
  readonly name: string;
  /** `--from=build` */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The instructions of a Dockerfile. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ");
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      const [, given = "", own = ""] = /^((?:--\S+\s+)*)(.*)$/.exec(rest) ?? [];
      const flags = [...given.matchAll(/--([\w-]+)=(\S+)/g)].map(([, flag, value]) => [
        flag,
        value,
      ]);
      return { name, flags: Object.fromEntries(flags), text: own };
    });
}

/** The entries of the context that are not ignored, by a file that ignores all but these. */
export function keptEntries(ignoreFile: string): readonly string[] {
  const [first, ...rest] = ignoreFile.split("\n").filter((line) => line !== "" && line[0] !== "#");
  if (first !== "*" || rest.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error("it does not begin with * and go on with !NAME");
  return rest.map((line) => line.slice(1));
}

/** How an image is made. */
export interface Making {
  readonly instructions: readonly Instruction[];
  /** The folder of the Dockerfile, and what of it may be copied. */
  readonly context: string;
  readonly kept: readonly string[];
  /** Where the stages' folders are made. */
  readonly folder: string;
  /** What stands in for each command; it gets the stage's root and working directory. */
  readonly standIns: Readonly<Record<string, (root: string, cwd: string) => void | Promise<void>>>;
}

/** What was made. */
export interface Made {
  readonly root: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  /** The stage's other instructions, by name. */
  readonly others: Readonly<Record<string, string>>;
}

/** Makes the last stage's folder. */
export async function makeImage(making: Making): Promise<Made> {
  const { instructions, context, kept, folder, standIns } = making;
  const stages = new Map<string, string>();
  let [root, cwd, user] = ["", "/", "root"];
  let env: Record<string, string> = {};
  let others: Record<string, string> = {};
  for (const { name, flags, text } of instructions) {
    if (name === "FROM") {
      const [, stage = `${stages.size}`] = /\bAS (\S+)$/.exec(text) ?? [];
      root = join(folder, stage);
      mkdirSync(root, { recursive: true });
      stages.set(stage, root);
      [cwd, user, env, others] = ["/", "root", {}, {}];
    } else if (name === "WORKDIR") {
      cwd = text;
      mkdirSync(join(root, cwd), { recursive: true });
    } else if (name === "ENV") {
      for (const [, key = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) env[key] = value;
    } else if (name === "COPY") {
      const from = flags["from"] === undefined ? undefined : stages.get(flags["from"])!;
      copy(text.split(/\s+/), { from, context, kept, to: join(root, cwd) });
    } else if (name === "RUN") {
      const standIn = standIns[text];
      // This machine is nobody's image: what is not known to be harmless is not run.
      if (standIn === undefined) throw new Error(`nothing stands in for ${text}`);
      await standIn(root, join(root, cwd));
    } else if (name === "USER") user = text;
    else others[name] = text;
  }
  return { root, cwd: join(root, cwd), env, user, others };
}

interface Copying {
  readonly from: string | undefined;
  readonly context: string;
  readonly kept: readonly string[];
  readonly to: string;
}

function copy(paths: readonly string[], { from, context, kept, to }: Copying): void {
  const target = paths.at(-1)!;
  for (const path of paths.slice(0, -1)) {
    if (path === "." && from === undefined) {
      for (const entry of kept.filter((each) => existsSync(join(context, each))))
        cpSync(join(context, entry), join(to, target, entry), { recursive: true });
      continue;
    }
    if (from === undefined && !kept.includes(path)) throw new Error(`${path} is ignored`);
    // A folder's content goes into the target, a file keeps its name in a folder.
    const source = join(from ?? context, path);
    const isFolder = target.endsWith("/");
    cpSync(source, isFolder ? join(to, target, basename(path)) : join(to, target), {
      ...{ recursive: true, verbatimSymlinks: true },
    });
  }
}

/** A list of words as JSON, which an engine runs without a shell. */
export function wordsOf(text: string | undefined): readonly string[] {
  return JSON.parse((text ?? "[]").replace(/^CMD\s+/, "")) as string[];
}

/** The packages that a lock file has for production, by their folders. */
export function productionPackages(lockFile: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(lockFile, "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(packages).flatMap(([path, { dev }]) =>
    path === "" || dev === true ? [] : [path],
  );
}
