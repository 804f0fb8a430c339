/**
 * The route of Next.js in `examples/next`, built to stand alone and run from a folder of its own: all that
 * it then has are the files that Next.js found the route to need. They are few, and none is the user's.
 */
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSite } from "../browser/site.ts";
import { makeProject, type Project, root, runWell, writeFiles } from "./project.ts";

/** What a project has beside its routes, named as the library might look for it. */
const own = ["notes.txt", "models/own.tflite", "data/rows.csv", "node_modules/other/index.js"];

describe.runIf(process.env["LONG"])("Next.js", () => {
  let project: Project;
  let site: string;

  beforeAll(async () => {
    project = await makeProject({});
    site = join(project.folder, "site");
    await mkdir(join(site, "node_modules"), { recursive: true });
    const names = ["next@16", "react@19", "react-dom@19", "sharp"];
    const args = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", site, ...names];
    await runWell("npm", args, { cwd: project.folder });
    await writeFiles(site, {
      "package.json": '{ "private": true, "type": "module" }',
      "next.config.js": `export default { output: "standalone", outputFileTracingRoot: import.meta.dirname };`,
      // What any route that decodes pictures needs.
      "app/api/plain/route.js": `import sharp from "sharp";
        export const POST = async (request) =>
          Response.json(await sharp(await request.arrayBuffer()).metadata());`,
      ...Object.fromEntries(own.map((path) => [path, "of the user\n"])),
    });
    const installed = "node_modules/mobilenetv2";
    await cp(join(project.folder, installed), join(site, installed), { recursive: true });
    await cp(join(root, "examples/next/app"), join(site, "app"), { recursive: true });
    const next = join(site, "node_modules/next/dist/bin/next");
    await runWell(process.execPath, [next, "build"], { cwd: site });
  }, 600_000);

  afterAll(() => project?.remove());

  /** The files that a route was found to need, by their paths in the site. */
  async function traced(route: string): Promise<readonly string[]> {
    const folder = join(site, ".next/server/app/api", route);
    const { files } = JSON.parse(await readFile(join(folder, "route.js.nft.json"), "utf8"));
    return (files as string[]).map((path) => resolve(folder, path).slice(site.length + 1));
  }

  it("the files that a route needs are few, and none is the user's", async () => {
    const files = await traced("classify");
    expect(files.filter((path) => /\/cifar10\b.*\.tflite$/.test(path))).toHaveLength(1);
    expect(files.some((path) => path.startsWith("node_modules/sharp/"))).toBe(true);
    expect(files.filter((path) => own.includes(path))).toEqual([]);
    // All of the library is in what was built; the file that each part of it became may be shared.
    expect(files.filter((path) => path.startsWith("node_modules/mobilenetv2/"))).toEqual([]);
    const plain = new Set(await traced("plain"));
    const more = files.filter((path) => !plain.has(path));
    expect(more.length, more.join("\n")).toBeLessThanOrEqual(200);
  });

  it("a route classifies in a worker, with these files alone", async () => {
    const folder = join(project.folder, "alone");
    await cp(join(site, ".next/standalone"), folder, { recursive: true, verbatimSymlinks: true });
    // Nothing can be found beside it any more.
    for (const name of ["site", "node_modules"]) {
      await rm(join(project.folder, name), { recursive: true });
    }
    // A port that was free a moment ago.
    const taken = await startSite(() => undefined);
    const { port } = new URL(taken.origin);
    taken.close();
    const env = { ...process.env, PORT: port, HOSTNAME: "127.0.0.1" };
    const server = spawn(process.execPath, ["server.js"], { cwd: folder, env });
    let said = "";
    server.stdout.on("data", (text) => (said += text));
    server.stderr.on("data", (text) => (said += text));
    try {
      const body = await readFile(join(root, "examples/images/chelsea.png"));
      const address = `http://127.0.0.1:${port}/api/classify`;
      const ask = (of: Uint8Array): Promise<Response | undefined> =>
        fetch(address, { method: "POST", body: of.slice() }).catch(() => undefined);
      await expect.poll(async () => (await ask(body))?.status, { timeout: 60_000 }).toBe(200);
      expect(await (await ask(body))?.json()).toMatchObject({ label: "cat" });
      expect(await (await ask(new Uint8Array(9)))?.json()).toMatchObject({ code: "invalid-image" });
      // The library says so where it has no worker.
      expect(said).not.toContain("worker");
    } finally {
      server.kill();
    }
  });
});
