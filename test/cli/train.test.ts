/** `mobilenetv2 train` from a folder of pictures to a model that `classify` loads by its path. */
import { execFile } from "node:child_process";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";
import { mobilenetv2, packageFolder } from "./program.ts";

let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);

/** A noisy picture of one colour. */
async function picture(color: readonly number[], seed: number): Promise<Uint8Array> {
  const random = new Random(seed);
  const data = Uint8Array.from(
    { length: 24 * 20 * 3 },
    (_, i) => (color[i % 3] as number) + random.integer(40),
  );
  return encodePng({ width: 24, height: 20, data });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-train-cli-"));
  const colors = { blue: [10, 20, 200], red: [200, 10, 20] };
  for (const [name, color] of Object.entries(colors)) {
    await mkdir(at("data", name), { recursive: true });
    for (let i = 0; i < 40; i++)
      await writeFile(at("data", name, `${i}.png`), await picture(color, i));
  }
  await writeFile(at("data", "red", "broken.png"), "this is no picture");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = ["--width", "0.1", "--batch", "8", "--learning-rate", "0.02"];

describe("mobilenetv2 train", () => {
  it("takes a list in place of a folder", async () => {
    const lines = ["blue", "red"].flatMap((name) =>
      [0, 1, 2, 3, 4].map((i) => `data/${name}/${i}.png,${name}`),
    );
    // The eleventh is not there.
    lines.push("data/red/nowhere.png,red");
    await writeFile(at("list.csv"), lines.join("\n"));
    const args = ["train", "--data", at("list.csv"), "--out", at("listed"), "--epochs", "1"];
    const { code, stderr } = await mobilenetv2([...args, ...small]);
    expect(stderr).toMatch(/nowhere\.png left out: .*no such file/);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/9 pictures to train on, 2 to test on/),
    });
  });

  it("makes a model from scratch that classify loads, and goes on from its checkpoint", async () => {
    const common = ["train", "--data", at("data"), "--out", at("model"), "--json", ...small];
    const first = await mobilenetv2([...common, "--epochs", "8"]);
    expect(first.stderr).toMatch(/broken\.png left out/);
    expect(first.code).toBe(0);
    // What was chosen and met on the way is told by the run that did.
    const { chosen, damaged, ...report } = JSON.parse(first.stdout);
    expect([chosen, damaged]).toEqual([{ recipe: "small" }, ["broken.png"]]);
    expect(first.stderr).toMatch(/note: 1 of 81 pictures could not be read and was left out/);
    expect(report.epochs).toHaveLength(8);
    expect(report.bestAccuracy).toBeGreaterThan(0.9);
    expect((await readdir(at("model"))).sort()).toEqual([
      ".run-paths.json",
      "MODEL_CARD.md",
      "checkpoint.safetensors",
      "confusion.svg",
      "curves.svg",
      "evaluation.json",
      "metrics.jsonl",
      "model.json",
      "model.safetensors",
      "report.html",
      "run.json",
    ]);
    const page = await readFile(at("model", "report.html"), "utf8");
    expect(page).toMatch(/<figcaption>what speaks for (?:blue|red)<\/figcaption>/);
    expect(page).toContain("Training of model: best epoch");
    expect(page.length).toBeLessThan(2e6);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(page).not.toContain(folder);
    for (const drawing of ["curves.svg", "confusion.svg"])
      expect(await readFile(at("model", drawing), "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    const card = await readFile(at("model", "MODEL_CARD.md"), "utf8");
    // A fifth of each class is held back: 8 of 40, and 8 of 41, of which one is broken.
    expect(card).toMatch(/\| blue \| 32 \| 8 \| \d/);
    expect(card).toMatch(/1[56] test pictures/);
    expect(card).toContain("| data | data: ");
    expect(card).not.toContain(folder);

    // Its program runs as it is printed.
    const [, program = ""] = /```js\n([\s\S]*?)```/.exec(card) ?? [];
    await writeFile(at("classify.mjs"), program);
    await copyFile(at("data", "blue", "1.png"), at("photo.jpg"));
    await mkdir(at("node_modules"));
    await symlink(packageFolder(), at("node_modules", "mobilenetv2"), "dir");
    const run = await promisify(execFile)(process.execPath, ["classify.mjs"], { cwd: folder });
    expect(run.stdout).toMatch(/label: 'blue'/);

    const images = [at("data", "blue", "1.png"), at("data", "red", "2.png")];
    const classified = await mobilenetv2(["classify", ...images, "--model", at("model"), "--json"]);
    const labels = JSON.parse(classified.stdout).map(
      (image: { predictions: { label: string }[] }) => image.predictions[0]?.label,
    );
    expect(labels).toEqual(["blue", "red"]);

    const resumed = await mobilenetv2([...common, "--epochs", "8", "--resume"]);
    expect([resumed.code, JSON.parse(resumed.stdout)]).toEqual([0, report]);
    const other = await mobilenetv2([...common, "--epochs", "9", "--resume"]);
    expect([other.code, other.stdout]).toEqual([2, ""]);
    expect(other.stderr).toMatch(/expected --epochs 8, received --epochs 9\. Leave it out/);
    // The run knows its options.
    const bare = ["train", "--data", at("data"), "--out", at("model"), "--json", "--resume"];
    const again = await mobilenetv2(bare);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, report]);
    expect(again.stderr).not.toContain("chosen:");
    // What stands in the run's files can be handed on.
    for (const file of ["run.json", "model.json", "MODEL_CARD.md", "metrics.jsonl"])
      expect(await readFile(at("model", file), "utf8")).not.toContain(folder);
    await writeFile(at("data", "blue", "more.png"), await picture([10, 20, 200], 99));
    const grown = await mobilenetv2(bare);
    await rm(at("data", "blue", "more.png"));
    expect([grown.code, grown.stdout]).toEqual([1, ""]);
    expect(grown.stderr).toMatch(/pictures have changed since .*"[^ ]*more\.png"/);
  });

  it("says which classes nobody tests, and counts every picture in its card", async () => {
    for (const [name, count] of [
      ["many", 6],
      ["lone", 1],
    ] as const) {
      await mkdir(at("uneven", name), { recursive: true });
      for (let i = 0; i < count; i++)
        await writeFile(at("uneven", name, `${i}.png`), await picture([10, 200, 10 * i], i));
    }
    await writeFile(at("uneven", "many", "broken.png"), "no picture");
    const args = ["train", "--data", at("uneven"), "--out", at("uneven-model"), "--epochs", "1"];
    const { code, stderr } = await mobilenetv2([...args, ...small.with(3, "2")]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/one class has too few pictures to test on.*: lone \(1\)/);
    const card = await readFile(at("uneven-model", "MODEL_CARD.md"), "utf8");
    const counts = /uneven: (\d+) pictures: (\d+) to train on, (\d+) to test on, 1 that/.exec(card);
    expect(counts?.slice(1).map(Number)).toEqual([8, expect.any(Number), expect.any(Number)]);
    expect(Number(counts?.[2]) + Number(counts?.[3])).toBe(7);
    expect(card).toContain("| lone | 1 | 0 | – | ");

    // What it was trained on says nothing of how good it is.
    const judged = ["evaluate", "--model", at("uneven-model"), "--data", at("uneven"), "--json"];
    const report = await mobilenetv2(judged);
    expect(report.stderr).toMatch(/trained on \d of these 8 pictures, which are left out/);
    const { images, skipped, trainedOn } = JSON.parse(report.stdout);
    expect(images + skipped.length + trainedOn.pictures).toBe(8);
    expect(trainedOn).toEqual({ pictures: expect.any(Number), counted: false });
    expect(images).toBeLessThan(4);

    // Nor does it of the file that is made of it, wherever that lies, whichever model is named first.
    const file = at("made", "uneven.tflite");
    const pictures = ["--images", at("uneven", "many")];
    const quantize = ["quantize", "-m", at("uneven-model"), ...pictures, "-o", file];
    const made = await mobilenetv2(quantize);
    expect(made.stderr).toContain("uneven.run.json tells evaluate which pictures");
    for (const compare of [[], ["--compare", at("uneven-model")]]) {
      const other = await mobilenetv2(["evaluate", "-m", file, ...compare, ...judged.slice(3)]);
      expect(JSON.parse(other.stdout)).toMatchObject({ images, trainedOn });
    }
    const moved = at("moved.tflite");
    await copyFile(file, moved);
    const unknown = await mobilenetv2(["evaluate", "-m", moved, ...judged.slice(3)]);
    expect(JSON.parse(unknown.stdout).trainedOn).toBeUndefined();

    // A run that is said of a file goes with the file; what is somebody's stays.
    await writeFile(at("made", "other.run.json"), "{}");
    const never = [...quantize.slice(0, -1), at("made", "other.tflite")];
    expect(await mobilenetv2(never)).toMatchObject({ code: 1, stdout: "" });
    expect(await readFile(at("made", "other.run.json"), "utf8")).toBe("{}");
    const plain = ["quantize", "-m", at("plain"), ...pictures, "-o", file];
    await mkdir(at("plain"));
    for (const name of ["model.json", "model.safetensors"])
      await copyFile(at("uneven-model", name), at("plain", name));
    expect((await mobilenetv2(plain)).code).toBe(0);
    expect(await readdir(at("made"))).not.toContain("uneven.run.json");
  });

  it("replaces neither a run nor anybody's files unasked", async () => {
    const mine = "my own project";
    await mkdir(at("project"));
    await writeFile(at("project", "README.md"), mine);
    const once = ["train", "--data", at("data"), "--out", at("project"), ...small, "--epochs", "1"];
    expect((await mobilenetv2([...once, "--quiet"])).code).toBe(0);
    expect(await readFile(at("project", "README.md"), "utf8")).toBe(mine);
    const state = () => readFile(at("project", "checkpoint.safetensors"));
    const before = await state();
    const again = await mobilenetv2([...once, "--seed", "2"]);
    expect([again.code, again.stdout]).toEqual([2, ""]);
    expect(again.stderr).toMatch(/checkpoint\.safetensors.*--resume.*--force/);
    expect(await state()).toEqual(before);

    // A model without its checkpoint is not replaced by a run that was to go on from it.
    await rm(at("project", "checkpoint.safetensors"));
    const model = await readFile(at("project", "model.safetensors"));
    const lost = await mobilenetv2([...once, "--seed", "2", "--resume"]);
    expect([lost.code, lost.stdout]).toEqual([2, ""]);
    expect(lost.stderr).toMatch(/no checkpoint to go on from.*--force/);
    expect(await readFile(at("project", "model.safetensors"))).toEqual(model);
    expect((await mobilenetv2([...once, "--seed", "2", "--force", "--quiet"])).code).toBe(0);
    expect(await state()).not.toEqual(before);

    await writeFile(at("project", "metrics.jsonl"), '{"epoch":1,"trai');
    const cut = await mobilenetv2([...once, "--seed", "2", "--resume"]);
    expect([cut.code, cut.stdout]).toEqual([1, ""]);
    expect(cut.stderr).toMatch(/metrics\.jsonl: the run's metrics cannot be read.*line 1.*Remove/);
  });

  it("ends with its error where no session can be opened", async () => {
    const args = ["train", "--data", at("data"), "--out", at("unopened"), "--width", "0.37"];
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/error: .*multiple of 0\.05/);
    await expect(readdir(at("unopened"))).rejects.toThrow(/ENOENT/);
  });

  it("fails where not one picture can be read, and leaves no model", async () => {
    for (const name of ["a", "b"]) {
      await mkdir(at("texts", name), { recursive: true });
      for (const i of [1, 2, 3]) await writeFile(at("texts", name, `${i}.jpg`), "text");
    }
    const args = ["train", "--data", at("texts"), "--out", at("nothing"), "--workers", "1"];
    const { code, stdout, stderr } = await mobilenetv2([...args, ...small]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/not one picture to train on could be read/);
    expect(await readdir(at("nothing"))).toEqual([]);
  });

  it("gives the same numbers with and without workers, which report damaged pictures alike", async () => {
    const run = (workers: string, ...more: string[]) => {
      const out = ["--out", at(`workers-${workers}`), "--workers", workers, "--json"];
      return mobilenetv2([
        "train",
        "--data",
        at("data"),
        ...out,
        ...small,
        "--epochs",
        "2",
        ...more,
      ]);
    };
    const [none, two] = await Promise.all([run("0"), run("2")]);
    expect([none.code, two.code]).toEqual([0, 0]);
    expect(JSON.parse(two.stdout).epochs).toEqual(JSON.parse(none.stdout).epochs);
    expect(two.stderr).toMatch(/broken\.png left out/);
    const stopped = await run("1", "--damaged", "stop");
    expect([stopped.code, stopped.stdout]).toEqual([1, ""]);
    expect(stopped.stderr).toMatch(/picture/);
  });

  it("puts a new last layer on a frozen model", async () => {
    const args = ["--freeze", "head", "--epochs", "8", "--batch", "16", "--seed", "2"];
    const from = ["--from", at("model"), "--data", at("data"), "--out", at("tuned")];
    const { code, stdout, stderr } = await mobilenetv2(["train", ...from, ...args, "--json"]);
    expect(stderr).toMatch(/after head/);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).bestAccuracy).toBeGreaterThan(0.9);
    const used = ["classify", at("data", "red", "3.png"), "--model", at("tuned"), "--json"];
    expect(JSON.parse((await mobilenetv2(used)).stdout)[0].predictions[0].label).toBe("red");
    // The frozen layers are the same to the bit.
    const [before, after] = await Promise.all(
      ["model", "tuned"].map((name) =>
        mobilenetv2(["embed", at("data", "red", "3.png"), "--model", at(name), "--json"]),
      ),
    );
    expect(JSON.parse(after?.stdout ?? "")[0].embedding).toEqual(
      JSON.parse(before?.stdout ?? "")[0].embedding,
    );
  });

  it.each([
    [[], /--data/],
    [["--data", "cifar10"], /--out/],
    [["--data", "nowhere", "--out", "x"], /nowhere: no such data folder: expected a folder/],
    [
      ["--data", "cifar10", "--out", "x", "--from", "scratch", "--freeze", "head"],
      /nothing to freeze/,
    ],
    [["--data", "mnist", "--out", "x", "--exact"], /--exact is about pictures that are files/],
    [["--data", "cifar10", "--out", "x", "--max-edge", "9"], /--max-edge is about pictures that/],
    [["--data", "cifar10", "--out", "x", "--from", "nonesuch"], /no such model/],
    [["--data", "cifar10", "--out", "x", "--epochs", "0"], /--epochs/],
    [
      ["--data", "cifar10", "--out", "x", "--from", "nsfw", "--freeze", "block_17"],
      /--freeze.*block_16/,
    ],
    [["--data", "cifar10", "--out", "x", "--from", "nsfw", "--width", "1"], /width/],
    [["--data", "cifar10", "--out", "x", "--resume", "--force"], /--resume and --force/],
    [["--out", "x", "--resume"], /no run to go on from: expected a folder with/],
    [["--resume"], /no folder for the results/],
  ])("is misused with %j", async (args, message) => {
    const { code, stdout, stderr } = await mobilenetv2(["train", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
