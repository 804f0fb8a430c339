/**
 * How long a visitor of `mobilenetv2 serve` waits for the first picture: in a fresh profile, from the page's
 * address to the answer, and from the moment when the weights are there. Browser and server share the
 * machine. Needs a build, and `imagenet` on the disk or a network to pull it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "./lib/chromium.js";
import { summarize } from "./lib/statistics.js";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    model: { type: "string", default: "imagenet" },
    dist: {
      type: "string",
      default: fileURLToPath(new URL("../../dist", import.meta.url)),
    },
  },
});

const program = join(flags.dist, "cli/main.js");
const given = ["serve", "--port", "0", "--workers", "1", "--models", flags.model];
const server = spawn(process.execPath, [program, ...given], { stdio: ["ignore", "pipe", "pipe"] });
const address = await addressOf(server);

/** Where the server says that it is. */
async function addressOf({ stdout, stderr }) {
  let said = "";
  return await new Promise((resolve, reject) => {
    for (const stream of [stdout, stderr]) {
      stream.on("data", (bytes) => {
        said += bytes;
        const [found] = said.match(/http:\/\/[\w.]+:\d+/) ?? [];
        if (found !== undefined) resolve(found.replace("127.0.0.1", "localhost"));
      });
    }
    server.once("exit", () => reject(new Error(said)));
  });
}

/** One visit: milliseconds until the weights were there, and until the answer. */
async function visit() {
  const browser = await chromium.launch(await chromiumLaunch());
  try {
    const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
    let loaded;
    page.context().on("requestfinished", (request) => {
      const isModel = /\/models\/.*\/[^/]+$/.test(new URL(request.url()).pathname);
      if (isModel) loaded = performance.now();
    });
    const began = performance.now();
    await page.goto(address);
    await page.getByRole("button", { name: "Cat" }).click();
    // Looked for in every frame; a locator would look twice a second.
    const isThere = () =>
      [...document.querySelectorAll("button")].some((each) => each.textContent === "Copy JSON");
    await page.waitForFunction(isThere, undefined, { polling: "raf" });
    const ended = performance.now();
    return { whole: ended - began, after: ended - loaded };
  } finally {
    await browser.close();
  }
}

const visits = [];
try {
  // One beforehand: the system reads the files.
  for (let round = -1; round < Number(flags.rounds); round++) {
    const times = await visit();
    if (round >= 0) visits.push(times);
  }
} finally {
  server.kill();
  await once(server, "exit");
}
const [{ model: cpu }] = cpus();
console.log(
  `${flags.model}, ${visits.length} fresh profiles, ${availableParallelism()} cores of ${cpu}`,
);
for (const [name, title] of [
  ["after", "from the weights to the answer"],
  ["whole", "from the address to the answer"],
]) {
  const { median, p10, p90 } = summarize(visits.map((times) => times[name]));
  console.log(`${title}: ${median} ms (${p10}–${p90})`);
}
