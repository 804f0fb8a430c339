/**
 * From picture files to answers: programs take turns with all pictures of a folder, as a camera gives
 * them, of one megapixel, and thumbnails. Prints pictures a second, the ratio of each program's time to
 * the first one's (the median over rounds) and the most memory that its process held. Needs a build.
 *
 * `node bench/run.js pictures --task classify --model cifar10 --sizes 12mp,1mp,thumbnails`
 *
 * `--programs` is a list of those below; `--before DIST` another build of the library for `before` and
 * `command-before`. The programs of others are in bench/peers (`npm ci --prefix bench/peers` first).
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { formatTable } from "../src/cli/table.ts";
import { writeOnnx } from "../src/formats/onnx/writer.ts";
import { loadModel } from "../src/index.ts";
import { quantile } from "../src/timing.ts";
import { argument } from "./arguments.ts";
import { type PictureSize, pictureFolder, pictureSizes } from "./camera-pictures.ts";

const [task, source] = [argument("task", "classify"), argument("model", "cifar10")];
const [count, rounds] = [Number(argument("count", "100")), Number(argument("rounds", "5"))];
const dist = resolve(argument("dist", "dist"));
const before = resolve(argument("before", "dist"));
const floatModel = argument("float-model", "");

/** A program: its script, and what it is told besides what all are. */
const programs: Readonly<Record<string, { script: string; told?: object }>> = {
  library: { script: "bench/pictures/library.js" },
  exact: { script: "bench/pictures/library.js", told: { options: { decode: "full" } } },
  onnxruntime: {
    script: "bench/pictures/library.js",
    told: { loading: { backend: "onnxruntime", threads: cpus().length } },
  },
  "onnxruntime one thread": {
    script: "bench/pictures/library.js",
    told: { loading: { backend: "onnxruntime" } },
  },
  float: { script: "bench/pictures/library.js", told: { model: floatModel } },
  "network-map": { script: "bench/pictures/library.js", told: { options: { mapSize: "network" } } },
  floor: { script: "bench/pictures/floor.js" },
  before: { script: "bench/pictures/library.js", told: { dist: before } },
  command: { script: "bench/pictures/command.js" },
  "command onnxruntime": {
    script: "bench/pictures/command.js",
    told: { flags: ["--backend", "onnxruntime"] },
  },
  "command onnxruntime threads": {
    script: "bench/pictures/command.js",
    told: { flags: ["--backend", "onnxruntime", "--threads", `${cpus().length}`] },
  },
  "command-before": { script: "bench/pictures/command.js", told: { dist: before } },
  "sharp+onnxruntime": { script: "bench/peers/pictures/sharp-onnxruntime.js" },
  "sharp+onnxruntime float": {
    script: "bench/peers/pictures/sharp-onnxruntime.js",
    told: { float: true },
  },
  "page: litert": { script: "bench/peers/pictures/page.js", told: { program: "litert" } },
  "page: library": { script: "bench/peers/pictures/page.js", told: { program: "library" } },
};
const names = argument("programs", "library,floor").split(",");

/** What a program says after a round. */
interface Round {
  readonly ms: number;
  readonly answers: readonly number[];
  readonly megabytes: number;
}

class Program {
  readonly rounds: Round[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, told: object) {
    const program = programs[name];
    if (program === undefined) throw new Error(`no program ${name}: ${Object.keys(programs)}`);
    const asked = JSON.stringify({ ...told, ...program.told });
    this.#child = spawn(process.execPath, [program.script, asked], {
      stdio: ["pipe", "pipe", "inherit"],
      // Where the packages of others are.
      env: { ...process.env, NODE_PATH: resolve("bench/peers/node_modules") },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<Round> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("a program ended");
    return JSON.parse(value);
  }

  async go(): Promise<void> {
    this.#child.stdin.write("go\n");
    this.rounds.push(await this.line());
  }

  end(): void {
    this.#child.stdin.end();
  }
}

/** Writes the network as ONNX with its preparation, for the programs of others. */
async function onnxOf(model: string, name: string): Promise<string> {
  const { graph, preprocess, labels } = await loadModel(model);
  const path = resolve(`.cache/pictures/${name}.onnx`);
  await writeFile(path, writeOnnx(graph));
  await writeFile(`${path}.json`, JSON.stringify({ preprocess, labels: labels.length }));
  return path;
}

await mkdir(".cache/pictures", { recursive: true });
const wantsOnnx = names.some((name) => /onnxruntime|page/.test(name));
const onnx = wantsOnnx ? await onnxOf(source, "model") : undefined;
const floatOnnx = wantsOnnx && floatModel ? await onnxOf(floatModel, "float-model") : undefined;
const results: object[] = [];
for (const size of argument("sizes", "12mp").split(",") as PictureSize[]) {
  if (!(size in pictureSizes)) throw new Error(`no size ${size}`);
  const folder = resolve(await pictureFolder(size, count));
  const told = { dist, task, model: source, folder, count, onnx, floatOnnx };
  const running: Program[] = [];
  for (const name of names) {
    const program = new Program(name, told);
    await program.line();
    running.push(program);
  }
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < running.length; i++) await running[(i + round) % running.length]!.go();
  }
  for (const program of running) program.end();
  const rows = running.map(({ rounds: all }, i) => {
    const timed = all.slice(1);
    const against = running[0]!.rounds.slice(1);
    const ms = quantile(
      timed.map((round) => round.ms),
      0.5,
    );
    const ratio = quantile(
      timed.map((round, at) => round.ms / against[at]!.ms),
      0.5,
    );
    const pairs = all[0]!.answers.map(
      (answer, at) => answer === running[0]!.rounds[0]!.answers[at],
    );
    const same = pairs.filter(Boolean).length / pairs.length;
    const megabytes = Math.max(...all.map((round) => round.megabytes));
    return { program: names[i]!, size, ms: ms / count, ratio, same, megabytes };
  });
  results.push(...rows);
  console.log(`${count} pictures, ${size}, ${task} with ${source}, ${rounds} rounds`);
  console.log(
    formatTable(
      ["program", "ms/picture", "pictures/s", "ratio", "same answers", "MB"].map((heading, i) =>
        i === 0 ? { heading } : { heading, align: "right" },
      ),
      rows.map(({ program, ms, ratio, same, megabytes }) => [
        program,
        ms.toFixed(1),
        (1000 / ms).toFixed(1),
        ratio.toFixed(3),
        `${(100 * same).toFixed(0)} %`,
        megabytes.toFixed(0),
      ]),
    ),
  );
}
const out = argument("out", "");
const machine = { cpu: cpus()[0]!.model, cores: cpus().length, node: process.version };
if (out !== "") await writeFile(out, `${JSON.stringify({ machine, results }, null, 1)}\n`);
