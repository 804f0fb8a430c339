/**
 * How long a page takes from navigation to its first answer, as a user's would: scripts, WebAssembly and
 * a float32 MobileNetV2 from a file server, nothing cached, the picture in the page. Each load has a
 * browser context of its own; the pages (`cold/*.html`) take turns.
 */
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { prepareCase } from "./lib/cases.js";
import { chromiumLaunch } from "./lib/chromium.js";
import { describeMachine } from "./lib/machine.js";
import { pairwiseRatio, summarize } from "./lib/statistics.js";
import { tfjsGraphFiles } from "./lib/tfjs-graph.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");
const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    pages: { type: "string", default: "ours,tfjs,litert" },
    dist: { type: "string", default: join(root, "dist") },
  },
});
const names = flags.pages.split(",");

const cache = join(here, ".cache");
const description = await prepareCase("1.0_224", { cache, dist: join(root, "dist") });
const model = join(cache, "cold-page");
await mkdir(model, { recursive: true });
const weights = await readFile(join(description.folder, "weights.bin"));
for (const [name, content] of Object.entries(tfjsGraphFiles(description, weights))) {
  await writeFile(join(model, name), content);
}
await copyFile(join(description.folder, "model.tflite"), join(model, "model.tflite"));

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const folders = {
  dist: resolve(flags.dist),
  model,
  peers: join(here, "node_modules"),
  cold: join(here, "cold"),
  "photo.jpg": join(root, "examples/images/rocket.jpg"),
};
let sent = { requests: 0, bytes: 0 };
const server = createServer(async (request, response) => {
  const [, top, ...rest] = normalize(new URL(request.url, "http://localhost").pathname).split("/");
  const file = join(folders[top] ?? here, ...rest);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return response.writeHead(404).end();
  sent.requests++;
  sent.bytes += found.size;
  const type = types[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "content-length": found.size });
  createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch(await chromiumLaunch());

/** A page's first answer. */
async function open(name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const failed = new Promise((_, reject) => page.once("pageerror", reject));
  failed.catch(() => undefined);
  sent = { requests: 0, bytes: 0 };
  await page.goto(`${origin}/cold/${name}.html`, { waitUntil: "commit" });
  await Promise.race([failed, page.waitForFunction(() => globalThis.answer !== undefined)]);
  const answer = await page.evaluate(() => globalThis.answer);
  await context.close();
  return { ...answer, ...sent };
}

const results = Object.fromEntries(names.map((name) => [name, []]));
// One load of each beforehand: the browser starts, the system reads the files.
for (let round = -1; round < Number(flags.rounds); round++) {
  const first = (round + names.length) % names.length;
  for (const name of [...names.slice(first), ...names.slice(0, first)]) {
    const answer = await open(name);
    if (round >= 0) results[name].push(answer);
  }
}
await browser.close();
server.close();

const { cpu, cores } = describeMachine();
console.log(`navigation to first answer, ${flags.rounds} rounds, ${cpu ?? ""} ${cores ?? ""}`);
const times = (name) => results[name].map(({ ms }) => ms);
for (const name of names) {
  const { median, p10, p90 } = summarize(times(name));
  const { median: ratio } = pairwiseRatio(times(name), times(names[0]));
  const [{ requests, bytes, index }] = results[name];
  console.log(
    `${name.padEnd(8)} ${median} ms (${p10}–${p90}), ×${ratio}; ` +
      `${requests} requests, ${(bytes / 1e6).toFixed(1)} MB, class ${index}`,
  );
}
