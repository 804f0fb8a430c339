/**
 * The programs in `examples/` as a reader runs them: with the package as npm installs it, beside the
 * others that each names. Hono's comes from npm, in the long form; Next.js's is in next.test.ts.
 */
import { spawn } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startSite } from "../browser/site.ts";
import { useSite } from "../browser/use-site.ts";
import { makeProject, type Project, root, runWell } from "./project.ts";

let project: Project;
const built = new Map<string, Uint8Array | string>();
const packages = { dependencies: { mobilenetv2: "*" }, private: true, type: "module" };

beforeAll(async () => {
  const files = { "package.json": JSON.stringify(packages) };
  project = await makeProject(files, ["sharp"]);
  await cp(join(root, "examples"), join(project.folder, "examples"), { recursive: true });
});

afterAll(() => project?.remove());

it("batch.js names the pictures of a folder", async () => {
  const printed = await runWell(process.execPath, ["examples/batch.js"], { cwd: project.folder });
  const lines = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(4);
  expect(lines.find(({ name }) => name === "chelsea.png")).toMatchObject({ label: "cat" });
});

const pages = useSite(async () => (path) => built.get(path));

it("the page that Vite builds classifies a chosen picture in a worker", async () => {
  const output = await build({
    ...{ root: join(project.folder, "examples/vite"), configFile: false, logLevel: "silent" },
    build: { write: false },
  });
  for (const { output: files } of [output].flat() as { output: readonly Written[] }[]) {
    for (const file of files) built.set(`/${file.fileName}`, file.source ?? file.code ?? "");
  }
  const page = await pages.browser.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(`${pages.site.origin}/index.html`);
  await page.locator("input").setInputFiles(join(root, "examples/images/chelsea.png"));
  await expect
    .poll(() => page.getByRole("status").textContent(), { timeout: 20_000 })
    .toMatch(/^cat, \d+ %$/);
  expect(failures).toEqual([]);
  expect(page.workers()).toHaveLength(1);
});

/** A file of Vite's build. */
interface Written {
  readonly fileName: string;
  readonly source?: string | Uint8Array;
  readonly code?: string;
}

it.runIf(process.env["LONG"])("hono/server.js answers with names", async () => {
  const { folder } = project;
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", "hono"];
  await cp(join(folder, "examples/hono"), join(folder, "hono"), { recursive: true });
  await runWell("npm", [...args, "hono", "@hono/node-server", "sharp"], { cwd: folder });
  await cp(
    join(folder, "node_modules/mobilenetv2"),
    join(folder, "hono/node_modules/mobilenetv2"),
    {
      recursive: true,
    },
  );
  // A port that was free a moment ago.
  const taken = await startSite(() => undefined);
  const { port } = new URL(taken.origin);
  taken.close();
  const env = { ...process.env, PORT: port };
  const server = spawn(process.execPath, ["server.js"], { cwd: join(folder, "hono"), env });
  try {
    const body = await readFile(join(root, "examples/images/chelsea.png"));
    const address = `http://localhost:${port}/classify`;
    const ask = (of: Uint8Array): Promise<Response | undefined> =>
      fetch(address, { method: "POST", body: new Blob([of.slice()]) }).catch(() => undefined);
    await expect.poll(async () => (await ask(body))?.status, { timeout: 60_000 }).toBe(200);
    expect(await (await ask(body))?.json()).toMatchObject([{ label: "cat" }, {}, {}]);
    const refused = await ask(new Uint8Array(10));
    expect(refused?.status).toBe(400);
    expect(await refused?.json()).toMatchObject({ code: "invalid-image" });
  } finally {
    server.kill();
  }
});
