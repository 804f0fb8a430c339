/**
 * Projects of other people: folders of their own that have the package as npm would install it, built
 * as it is published. What else a project needs is linked from this one's dependencies or, in the long
 * forms, installed by npm.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This project's folder. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and waits for its end, however it ends. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const { cwd, env } = options;
  // On Windows npm is a script of its shell.
  const shell = program === "npm" && process.platform === "win32";
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { cwd, env: { ...process.env, ...env }, shell, maxBuffer: 64e6 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr: error === null || stderr ? stderr : String(error) });
      },
    );
  });
}

/** As `run`, for what must end well. */
export async function runWell(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  // Node shows the failing line first, which in a bundle may be all of it.
  const shown = `${stdout}${stderr}`.replace(/^.{400,}$/gm, "…").slice(0, 4000);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(" ")}: ${shown}`);
  return stdout;
}

/** The files that are published, by their paths in the package. */
export async function publishedFiles(): Promise<readonly { path: string; size: number }[]> {
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("run npm run build first");
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const packed = JSON.parse(await runWell("npm", args, { cwd: root }));
  // A list, or by names from npm 12 on.
  return Object.values(packed as Record<string, { files: { path: string; size: number }[] }>)[0]!
    .files;
}

/** A folder outside of every project, and its end. */
export interface Project {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Makes a project with the package and files of its own, and dependencies of this project by name. */
export async function makeProject(
  files: Readonly<Record<string, string>>,
  linked: readonly string[] = [],
): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-project-"));
  const installed = join(folder, "node_modules/mobilenetv2");
  for (const { path } of await publishedFiles()) {
    await cp(join(root, path), join(installed, path));
  }
  for (const name of linked) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link, "junction");
  }
  await writeFiles(folder, files);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes files by their paths in a folder. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
