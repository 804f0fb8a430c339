/**
 * The program as users run it: every source file transpiled as the build does, into a folder of
 * node_modules that is named after the sources' state, and started in a process of its own.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import ts from "typescript";

/** The project's folder. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

const builds = join(root, "node_modules/.cache/mobilenetv2-cli");

/** What a finished process left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is started. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | string;
  /** The program that starts it, with arguments. */
  readonly inside?: readonly string[];
  /** Called once the process runs, with what sends it a signal. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Told what it says on standard error, as it comes. */
  readonly onError?: (text: string) => void;
  /** An open file that takes standard output. */
  readonly stdout?: number;
  /** Close standard output after this many bytes, as `head` does. */
  readonly closeAfter?: number;
}

/** Runs the program in the project's folder, without colours. */
export function mobilenetv2(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { environment, input, onStart, onError, closeAfter, stdout: file } = options;
  return new Promise((resolve, reject) => {
    const [program = "", ...all] = [...(options.inside ?? []), process.execPath, build(), ...args];
    const child = spawn(program, all, {
      cwd: root,
      stdio: ["pipe", file ?? "pipe", "pipe"],
      env: {
        ...process.env,
        NO_COLOR: "1",
        FORCE_COLOR: "",
        MOBILENETV2_DEBUG: "",
        ...environment,
      },
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (closeAfter !== undefined && stdout.length >= closeAfter) child.stdout?.destroy();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onError?.(text);
    });
    child.on("error", reject);
    child.on("spawn", () => onStart?.((signal) => child.kill(signal)));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Why a model cannot be had here, or nothing: it is downloaded unless it is in the cache. */
export async function missingModel(name: string): Promise<string | undefined> {
  const { code, stderr } = await mobilenetv2(["models", "pull", name, "--quiet"]);
  return code === 0 ? undefined : `needs the model ${name}: ${stderr.trim()}`;
}

let built: string | undefined;

/** The folder of the package as it is published, built where the sources have changed. */
export function packageFolder(): string {
  return dirname(dirname(dirname(build())));
}

/** The path of main.js. */
function build(): string {
  built ??= buildOnce();
  return built;
}

function buildOnce(): string {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort();
  const state = createHash("sha256");
  for (const name of [
    "../package.json",
    "../tsconfig.json",
    "../test/cli/program.ts",
    ...sources,
  ]) {
    state.update(name).update(readFileSync(join(root, "src", name)));
  }
  const folder = join(builds, state.digest("hex").slice(0, 16));
  const main = join(folder, "dist/cli/main.js");
  if (existsSync(main)) return main;
  mkdirSync(builds, { recursive: true });
  const partial = mkdtempSync(join(builds, "partial-"));
  const { options } = ts.convertCompilerOptionsFromJson(
    JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).compilerOptions,
    root,
  );
  for (const name of sources) {
    const path = join(partial, "dist", name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    const source = readFileSync(join(root, "src", name), "utf8");
    const { outputText } = ts.transpileModule(source, {
      // NodeNext would look for a package.json beside a file that it does not know.
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, declaration: false },
      fileName: name,
    });
    writeFileSync(path, outputText);
  }
  joinBrowserWorker(partial);
  copyFileSync(join(root, "package.json"), join(partial, "package.json"));
  for (const name of ["models", "schemas"])
    cpSync(join(root, name), join(partial, name), { recursive: true });
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another test process was faster.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(main)) throw error;
  }
  removeOldBuilds(folder);
  return main;
}

/** As the build does: bundlers take the script of a page's worker whole. */
function joinBrowserWorker(folder: string): void {
  const script = join(folder, "dist/tasks/off-thread/worker-browser.js");
  buildSync({
    entryPoints: [script],
    outfile: script,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "error",
  });
  const shipped = join(folder, "dist/page/mobilenetv2-worker.min.js");
  mkdirSync(dirname(shipped), { recursive: true });
  copyFileSync(script, shipped);
}

/** Keeps the disk clean; a build of the last hour may still be in use. */
function removeOldBuilds(current: string): void {
  for (const name of readdirSync(builds)) {
    const folder = join(builds, name);
    if (folder === current) continue;
    // Another test process may have given a partial one its name just now.
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 3_600_000) rmSync(folder, { recursive: true, force: true });
  }
}
