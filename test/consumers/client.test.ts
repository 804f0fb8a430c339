/**
 * `mobilenetv2/client` as npm installs it, beside the server that the same package starts: from modules of
 * both kinds, and joined by the bundlers of pages into scripts that hold nothing of the library.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundlers } from "../bundlers/bundlers.ts";
import { makeProject, type Project, runWell } from "./project.ts";

/** A page's script, too: all that it asks of Node is its arguments. */
const body = `
const client = createClient(globalThis.process.argv[2], { retries: 0, timeout: 60_000 });
const grey = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNoaGgAAAMEAYEezv+mAAAAAElFTkSuQmCC"), (c) => c.charCodeAt(0));
async function main() {
  const { predictions: [best] } = await client.classify(grey, { topK: 1 });
  const both = await client.classify([new Blob([grey]), new Uint8Array([1, 2])], { topK: 1 });
  const [{ name, verbs }] = await client.models();
  const refused = await client.classify(grey, { topK: 0 }).catch((error) => error);
  const { status, code } = refused instanceof ServerError ? refused : {};
  const kinds = both.map((item) => ("error" in item ? "error" : item.predictions[0].label));
  console.log(JSON.stringify({ label: best.label, kinds, name, verbs, status, code }));
}
main();
`;
const files = {
  "package.json": '{ "private": true, "type": "module", "dependencies": { "mobilenetv2": "*" } }',
  "main.js": `import { createClient, ServerError } from "mobilenetv2/client";\n${body}`,
  "main.cjs": `const { createClient, ServerError } = require("mobilenetv2/client");\n${body}`,
  "index.html": '<!doctype html><script type="module" src="/main.js"></script>',
};

let project: Project;
let server: ChildProcess;
let address = "";
let expected = "";

beforeAll(async () => {
  project = await makeProject(files, ["sharp", "hono", "@hono/node-server", "prom-client"]);
  const program = join(project.folder, "node_modules/mobilenetv2/dist/cli/main.js");
  const args = [program, "serve", "--port", "0", "--models", "cifar10"];
  server = spawn(process.execPath, args, { cwd: project.folder });
  address = await new Promise((resolve, reject) => {
    let text = "";
    server.stderr!.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const [, found] = /listening on ([^\s,]+)/.exec(text) ?? [];
      if (found !== undefined && text.includes("note: ready")) resolve(found);
    });
    server.on("close", (code) => reject(new Error(`it ended with ${code}: ${text}`)));
  });
  expected = await printed("main.js");
}, 240_000);

afterAll(async () => {
  server?.kill();
  await project?.remove();
});

/** As much of a page as Vite asks before it runs a script: whether it knows a kind of link. */
const page =
  "globalThis.document = { createElement: () => ({ relList: { supports: () => true } }) };";

/** What a program prints that is told the server's address. */
function printed(file: string, prelude = ""): Promise<string> {
  const args = ["--import", `data:text/javascript,${encodeURIComponent(prelude)}`, file, address];
  return runWell(process.execPath, args, { cwd: project.folder });
}

it("a module is answered", () => {
  const { label, ...others } = JSON.parse(expected);
  expect(others).toEqual({
    ...{ kinds: [label, "error"], name: "cifar10", verbs: ["classify", "embed"] },
    ...{ status: 400, code: "invalid-argument" },
  });
});

it("CommonJS requires it", async () => {
  expect(await printed("main.cjs")).toBe(expected);
});

it.each(Object.entries(bundlers))(
  "a page's script joined by %s is small, and is answered",
  { timeout: 240_000 },
  async (name, bundle) => {
    const output = join(project.folder, `dist-${name}`);
    await bundle({ folder: project.folder, output });
    const names = (await readdir(output, { recursive: true })).filter((file) => /\.js$/.test(file));
    expect(names).toHaveLength(1);
    const script = join(output, names[0]!);
    expect((await stat(script)).size).toBeLessThan(16_000);
    const text = await readFile(script, "utf8");
    const strange = ["WebAssembly", '"node:', "safetensors", "import("];
    expect(strange.filter((word) => text.includes(word))).toEqual([]);
    expect(await printed(script, page)).toBe(expected);
  },
);
