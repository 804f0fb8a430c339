/**
 * The Dockerfile, step by step and without an engine: what it copies is there and enough to serve, and
 * nothing else comes along. The long form installs and builds as it says.
 */
import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder, root } from "../cli/program.ts";
import {
  keptEntries,
  type Made,
  type Making,
  makeImage,
  parseDockerfile,
  productionPackages,
  wordsOf,
} from "./image.ts";

const instructions = parseDockerfile(readFileSync(join(root, "Dockerfile"), "utf8"));
const kept = keptEntries(readFileSync(join(root, ".dockerignore"), "utf8"));
const install = "npm ci --ignore-scripts --no-audit --no-fund";
const installFew = "npm ci --ignore-scripts --omit=dev --no-audit --no-fund";
const build = "npm run build";
const own = (name: string) => join(root, "node_modules", name);

/** What is installed here already, and the package that the tests have built. */
const quick: Making["standIns"] = {
  [install]: () => {},
  [installFew]: (_, cwd) => {
    for (const path of productionPackages(join(cwd, "package-lock.json"))) {
      const there = join(root, path);
      // Of a native package there is that of this machine; one within another comes with it.
      if (path.split("node_modules/").length > 2 || !exists(there)) continue;
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      symlinkSync(there, join(cwd, path), "junction");
    }
  },
  [build]: (_, cwd) =>
    cpSync(join(packageFolder(), "dist"), join(cwd, "dist"), { recursive: true }),
};

const volume = "install -d -o node -g node /models";
const run = (command: string) => async (_: string, cwd: string) => {
  await promisify(execFile)("sh", ["-c", command], { cwd, maxBuffer: 64e6 });
};
const whole = Object.fromEntries(Object.keys(quick).map((command) => [command, run(command)]));
const standIns: Making["standIns"] = {
  ...(process.env["LONG"] ? whole : quick),
  [volume]: (image) => mkdirSync(join(image, "models")),
};

function exists(path: string): boolean {
  return readdirSync(dirname(path)).includes(path.slice(dirname(path).length + 1));
}

let folder = "";
let made: Made;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mobilenetv2-image-"));
  made = await makeImage({ instructions, context: root, kept, folder, standIns });
}, 3_600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the image", () => {
  it("has what runs, and neither sources nor what only builds", () => {
    expect(readdirSync(made.cwd).sort()).toEqual([
      ...["LICENSE", "dist", "models", "node_modules", "package.json", "schemas"],
    ]);
    const names = readdirSync(join(made.cwd, "node_modules"));
    for (const name of ["hono", "sharp", "prom-client"]) expect(names).toContain(name);
    for (const name of ["typescript", "vitest", "esbuild"]) {
      expect([name, exists(own(name))]).toEqual([name, true]);
      expect(names).not.toContain(name);
    }
  });

  it("is one of Node's, by the same version in all stages, and runs as nobody in particular", () => {
    const bases = instructions.filter(({ name }) => name === "FROM").map(({ text }) => text);
    expect(bases.map((text) => text.split(" ")[0])).toEqual(Array(3).fill("node:22-slim"));
    expect(made.user).toBe("node");
    const last = instructions.slice(instructions.findLastIndex(({ name }) => name === "FROM"));
    // After the folder that it may write was made for it.
    const names = last.map(({ name }) => name);
    expect(names.indexOf("USER")).toBeGreaterThan(names.indexOf("RUN"));
    expect(made.others["VOLUME"]).toBe(made.env["MOBILENETV2_CACHE"]);
    expect(made.others["EXPOSE"]).toBe("8080");
  });

  it("serves, and says when it is ready", { timeout: 240_000 }, async () => {
    const [program = "", ...args] = wordsOf(made.others["ENTRYPOINT"]);
    const command = wordsOf(made.others["CMD"]);
    expect([program, command]).toEqual(["node", ["serve", "--host", "0.0.0.0"]]);
    // Another port than that of the image, and a model without a network.
    const changed = ["--host", "127.0.0.1", "--port", "0", "--models", "cifar10"];
    const child = spawn(process.execPath, [...args, ...command.slice(0, 1), ...changed], {
      cwd: made.cwd,
      env: { ...made.env, MOBILENETV2_CACHE: join(made.root, "models"), PATH: process.env["PATH"] },
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    try {
      let stderr = "";
      const port = await new Promise<string>((resolve, reject) => {
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          stderr += text;
          const [, found] = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(stderr) ?? [];
          if (found !== undefined && stderr.includes("note: ready")) resolve(found);
        });
        void ended.then((code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
      });
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      const body = readFileSync(join(root, "examples/images/coffee.png"));
      const asked = await fetch(`http://127.0.0.1:${port}/v1/classify`, { method: "POST", body });
      expect(asked.status).toBe(200);
      expect(await check(port)).toBe(0);
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
      expect(await check(port)).toBe(1);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

/** The exit code of the image's own check, of another port. */
function check(port: string): Promise<number | null> {
  const [program, ...args] = wordsOf(made.others["HEALTHCHECK"]);
  expect(program).toBe("node");
  const child = spawn(
    process.execPath,
    args.map((text) => text.replace(":8080/", `:${port}/`)),
  );
  return new Promise((resolve) => child.on("close", resolve));
}
