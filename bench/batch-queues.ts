/**
 * What a queue costs: the same small pictures through `batch` on one machine, and through Redis and
 * PostgreSQL (those that are installed) with two workers of one process each, in turns on the same cores. The
 * network is as small as they come (or `--model`), so that little hides the rest. Prints seconds, their ratio
 * to one machine's (median of the rounds), and fails where results differ. Needs a build.
 * `node bench/run.js batch-queues --pictures 100000 --rounds 1`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { formatTable } from "../src/cli/table.ts";
import { tfliteFile } from "../src/convert/tflite-file.ts";
import { encodePng } from "../src/image/png-node.ts";
import { Random } from "../src/random.ts";
import { quantile } from "../src/timing.ts";
import { engines } from "../test/batch/services.ts";
import { classifier } from "../test/off-thread/models.ts";
import { argument } from "./arguments.ts";

const pictures = Number(argument("pictures", "100000"));
const rounds = Number(argument("rounds", "1"));
const [edge, unit] = [Number(argument("edge", "48")), argument("unit", "100")];
const asked = argument("model", "");
const workers = Number(argument("workers", "2"));

/** Pictures of noise, a thousand a folder; so many of them are different. */
const [perFolder, different] = [1000, 200];

async function makePictures(folder: string): Promise<void> {
  const random = new Random(1);
  const made: Uint8Array[] = [];
  for (let i = 0; i < different; i++) {
    const data = Uint8Array.from({ length: edge * edge * 3 }, () => random.integer(256));
    made.push(await encodePng({ width: edge, height: edge, data }));
  }
  for (let i = 0; i < pictures; i++) {
    const inside = join(folder, `${Math.floor(i / perFolder)}`.padStart(5, "0"));
    if (i % perFolder === 0) await mkdir(inside, { recursive: true });
    await writeFile(join(inside, `${i}.png`), made[i % different]!);
  }
}

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ["dist/cli/main.js", ...args, "--quiet"], {
    stdio: ["ignore", "ignore", "inherit"],
  });

async function hashOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((each) => each.endsWith(".ndjson")).sort()) {
    hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex");
}

/** How long a job takes from its command to its end, and the hash of what it gave. */
async function measure(photos: string, model: string, url: string | undefined) {
  const out = await mkdtemp(join(tmpdir(), "batch-out-"));
  const queue = url === undefined ? [] : ["--queue", url];
  const shared = url === undefined ? ["--concurrency", `${workers}`] : [];
  const job = ["batch", "classify", photos, "--model", model, "--out", out, "--unit", unit];
  const helpers: ChildProcess[] = [];
  try {
    const begun = performance.now();
    if (url !== undefined) {
      for (let i = 0; i < workers; i++) {
        helpers.push(start(["worker", ...queue, "--concurrency", "1"]));
      }
    }
    const [code] = await once(start([...job, ...queue, ...shared]), "exit");
    if (code !== 0) throw new Error(`batch ended with ${code}`);
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, hash: await hashOf(join(out, "results")) };
  } finally {
    for (const helper of helpers) {
      const gone = once(helper, "exit");
      helper.kill("SIGINT");
      await gone;
    }
    await rm(out, { recursive: true, force: true });
  }
}

const missing = engines.filter((engine) => engine.missing !== undefined);
for (const engine of missing) console.log(`${engine.name}: ${engine.missing}`);
const ways = [undefined, ...engines.filter((engine) => engine.missing === undefined)];
const folder = await mkdtemp(join(tmpdir(), "batch-queues-"));
const [photos, small] = [join(folder, "photos"), join(folder, "small.tflite")];
const model = asked === "" ? small : asked;
const times = ways.map((): number[] => []);
const hashes = new Set<string>();
try {
  await makePictures(photos);
  await writeFile(small, await tfliteFile(classifier()));
  for (let round = 0; round < rounds; round++) {
    for (const [i, engine] of ways.entries()) {
      const service = await engine?.start();
      try {
        const { seconds, hash } = await measure(photos, model, service?.url);
        times[i]!.push(seconds);
        hashes.add(hash);
        console.log(`${engine?.name ?? "one machine"}: ${seconds.toFixed(1)} s`);
      } finally {
        await service?.stop();
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (hashes.size !== 1) throw new Error("results differ");
console.log(
  `${pictures.toLocaleString("en")} pictures of ${edge}², units of ${unit}, ${workers} processes, ` +
    `${cpus().length} cores of ${cpus()[0]?.model.trim()}`,
);
const rows = ways.map((engine, i) => {
  const ratios = times[i]!.map((seconds, round) => seconds / times[0]![round]!);
  const seconds = quantile(times[i]!, 0.5);
  return [
    engine?.name ?? "one machine",
    seconds.toFixed(1),
    Math.round(pictures / seconds).toLocaleString("en"),
    quantile(ratios, 0.5).toFixed(3),
  ];
});
const headings = ["queue", "seconds", "pictures/s", "ratio"];
console.log(
  formatTable(
    headings.map((heading, i) => ({ heading, align: i === 0 ? "left" : "right" })),
    rows,
  ),
);
