/**
 * What the commands print with `--json` is what the package's JSON Schemas say, failures included; the
 * schemas are those of the types, and what a version accepts never changes.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { encodePng } from "../../src/image/png-node.ts";
import { schemaNames } from "../../src/server/openapi.ts";
import { smallModelFiles } from "../browser/models.ts";
import { dataFolder } from "../data-folder.ts";
import { ssd, usualOptions } from "../tflite/tiny-detector.ts";
import { tinyModel } from "../tflite/tiny-model.ts";
import { tinySegmenter } from "../tflite/tiny-segmenter.ts";
import { misfits, schemas } from "./json-schemas.ts";
import { mobilenetv2, type Outcome, root } from "./program.ts";
import { tagsModelFiles } from "./tags-model.ts";

const { at, put } = dataFolder("file");
const photo = "examples/images/coffee.png";

beforeAll(async () => {
  await put("broken.png", "no picture");
  await put("tiny.tflite", tinyModel("uint8"));
  await put("ssd.tflite", ssd(usualOptions));
  await put(
    "segmenter.tflite",
    tinySegmenter({ convention: "uint8", input: [33, 33], stride: 16, sizes: [[33, 33]], seed: 1 }),
  );
  await put("ssd.txt", "ant\nbee\n");
  for (const [name, bytes] of smallModelFiles()) await put(`float/${name}`, bytes);
  await put("float/labels.txt", "ant\nbee\ncat\ndog\neel\n");
  for (const label of ["ant", "bee"]) {
    for (let i = 0; i < 6; i++) {
      const data = new Uint8Array(32 * 32 * 3).fill(label === "ant" ? 20 * i : 255 - 20 * i);
      await put(`data/${label}/${i}.png`, await encodePng({ width: 32, height: 32, data }));
    }
  }
  const tags = ["ant", "bee", "cat", "dog", "eel"];
  for (const [name, bytes] of tagsModelFiles(tags)) await put(`tags/${name}`, bytes);
  await put("tags.csv", "data/ant/1.png,ant;cat\ndata/bee/1.png,bee\ndata/bee/2.png,\n");
  await put("data/bee/broken.png", "no picture");
  mkdirSync(at("photos"));
  for (const name of ["coffee.png", "chelsea.png"])
    copyFileSync(join(root, "examples/images", name), at("photos", name));
  copyFileSync(join(root, photo), at("photos/copy.png"));
  await put("photos/broken.png", "no picture");
  const box = { image_id: 1, category_id: 1, bbox: [1, 1, 20, 20] };
  const images = [{ id: 1, file_name: "coffee.png", width: 600, height: 400 }];
  const categories = [{ id: 1, name: "ant" }];
  await put("coco/instances.json", JSON.stringify({ images, annotations: [box], categories }));
  copyFileSync(join(root, photo), at("coco/coffee.png"));
  await put("voc/JPEGImages/a.png", readFileSync(at("data/ant/1.png")));
  const mask = new Uint8Array(32 * 32 * 3);
  await put("voc/SegmentationClass/a.png", await encodePng({ width: 32, height: 32, data: mask }));
});

/** What a call prints is of the schema; the parsed document. */
async function expectFits(
  name: string,
  args: readonly string[],
  { code = 0, ...options }: { code?: number; environment?: Readonly<Record<string, string>> } = {},
) {
  const outcome: Outcome = await mobilenetv2([...args, "--json"], options);
  expect({ args, ...outcome }).toMatchObject({ args, code });
  const printed = JSON.parse(outcome.stdout);
  expect([args, misfits(name, printed)]).toEqual([args, []]);
  covered.add(name);
  return printed;
}

const covered = new Set<string>();

// Each starts a process for every call.
describe("what is printed with --json fits its schema:", { timeout: 240_000 }, () => {
  it("verbs, with and without assumptions, and pictures that fail", async () => {
    const both = [photo, at("broken.png")];
    const model = (name: string): string[] => ["-m", at(name)];
    const calls: readonly (readonly [name: string, args: readonly string[]])[] = [
      ["classify", ["-m", "cifar10"]],
      ["classify", model("tiny.tflite")],
      ["detect", [...model("ssd.tflite"), "-s", "0.1"]],
      ["segment", model("segmenter.tflite")],
      ["segment", [...model("segmenter.tflite"), "--region", "5,5,90,90"]],
      ["embed", ["-m", "cifar10"]],
    ];
    for (const [name, args] of calls) {
      const items = await expectFits(name, [name, ...both, ...args], { code: 1 });
      expect(items).toMatchObject([
        { schemaVersion: 1, image: photo },
        { schemaVersion: 1, image: at("broken.png"), error: expect.any(String) },
      ]);
    }
  });

  it("similar", async () => {
    const copies = await expectFits("similar", ["similar", at("photos")]);
    expect(copies).toMatchObject({ groups: [[{}, {}]], skipped: [{}] });
    const near = await expectFits("similar", ["similar", at("photos"), "--to", photo]);
    expect(near.nearest).toHaveLength(3);
  });

  it("inspect, of one and of several, some of which cannot be had or used", async () => {
    await expectFits("inspect", ["inspect", "cifar10"]);
    const names = [
      "cifar10",
      at("nowhere.tflite"),
      at("tiny.tflite"),
      at("ssd.tflite"),
      at("float"),
    ];
    const several = await expectFits("inspect", ["inspect", ...names], { code: 1 });
    expect(several).toMatchObject([
      {},
      { schemaVersion: 1, error: expect.any(String) },
      {},
      {},
      {},
    ]);
    await put("cut.tflite", readFileSync(at("tiny.tflite")).subarray(0, 300));
    const cut = await expectFits("inspect", ["inspect", at("cut.tflite")], { code: 1 });
    expect(cut.problem.code).toBe("invalid-model");
  });

  it("profile and benchmark", async () => {
    await expectFits("profile", ["profile", "-w", "0.1", "-r", "32"]);
    await expectFits("profile", ["profile", "-m", at("tiny.tflite")]);
    const table = await expectFits("profile-table", ["profile", "-w", "0.1,0.2", "-r", "32,64"]);
    expect(table.networks).toHaveLength(4);
    await expectFits("profile-table", ["profile", "-m", at("tiny.tflite"), "--by", "block"]);
    const few = ["--runs", "1"];
    const random = ["benchmark", "-w", "0.1", "-r", "32", "--layers"];
    expect((await expectFits("benchmark", [...random, ...few])).coldStartMs).toBeGreaterThan(0);
    const tiny = ["benchmark", "-m", at("tiny.tflite"), "--image", photo, "--no-cold-start"];
    const timed = await expectFits("benchmark", [...tiny, ...few]);
    expect(timed).toMatchObject({ coldStartMs: null, picture: { image: photo } });
  });

  it("batch, of a job that is done", async () => {
    const out = at("batch");
    const done = await expectFits("batch", [
      ...["batch", "classify", at("data/ant"), "--out", out],
      ...["--model", "cifar10", "--quiet"],
    ]);
    expect(done).toMatchObject({ state: "done", pictures: 6, done: 6 });
    expect(await expectFits("batch", ["batch", "status", out])).toEqual(done);
  });

  it("experiment, of those that there are, and of none that has been run", async () => {
    const all = await expectFits("experiment", ["experiment"]);
    expect(all.experiments[0]).toMatchObject({ name: "manifold", results: expect.any(String) });
    const none = await expectFits("experiment", ["experiment", "report", "--out", at("none")]);
    expect(none).toMatchObject({ report: at("none/REPORT.md") });
    expect(none.experiments[0]).not.toHaveProperty("results");
  });

  it("train, evaluate of every task, quantize", async () => {
    const out = at("made");
    const small = ["--width", "0.1", "--resolution", "32", "--batch", "4", "--epochs", "1"];
    const train = ["train", "--data", at("data"), "--out", out, ...small];
    const run = await expectFits("train", train);
    expect(run).toMatchObject({ damaged: ["broken.png"], epochs: [{ epoch: 1 }] });
    const untested = ["train", "--data", at("data"), "--out", at("untested"), "--validation", "0"];
    await mobilenetv2([...untested, ...small]);

    const quantized = at("small.tflite");
    const quantize = ["quantize", "-m", out, "--images", at("data"), "-o", quantized, "--report"];
    const report = await expectFits("quantize", [...quantize, "--equalize"]);
    expect(report.skipped).toHaveLength(1);
    expect(JSON.parse(readFileSync(at("small.report.json"), "utf8"))).toEqual(report);
    const others = ["quantize", "-m", at("float"), "--images", at("photos/coffee.png")];
    const assumed = await expectFits("quantize", [...others, "-o", at("other.tflite")]);
    expect(assumed.assumptions.length).toBeGreaterThan(0);

    const convert = ["convert", "-m", out, "--images", at("data"), "--layout", "nhwc"];
    const converted = await expectFits("convert", [...convert, "-o", at("small.onnx")]);
    expect(converted).toMatchObject({ comparison: { largestDifference: 0 }, skipped: [{}] });

    const compared = ["evaluate", "-m", out, "--compare", quantized, "-d", at("data")];
    const classified = await expectFits("evaluate", [...compared, "-o", at("report")]);
    expect(classified).toMatchObject({ comparison: {}, trainedOn: { counted: false } });
    const written = JSON.parse(readFileSync(at("report/report.json"), "utf8"));
    expect(written).toEqual(classified);
    const several = ["evaluate", "-m", at("tags"), "--compare", at("tags"), "-d", at("tags.csv")];
    const tagged = await expectFits("evaluate", several);
    expect(tagged).toMatchObject({ task: "multi-label", images: 3, comparison: { agreement: 1 } });
    const ants = ["evaluate", "-m", at("ssd.tflite"), "--labels", at("ssd.txt"), "-d", at("coco")];
    expect(await expectFits("evaluate", ants)).toMatchObject({ task: "detect", images: 1 });
    const voc = ["evaluate", "-m", at("segmenter.tflite"), "-d", at("voc")];
    expect(await expectFits("evaluate", voc)).toMatchObject({ task: "segment", images: 1 });
  });

  it("models, of the hub and by name, and those that cannot be had", async () => {
    const files = new Map([
      ["/a/b/resolve/main/config.json", "{}"],
      ["/a/b/resolve/main/model.safetensors", "weights"],
    ]);
    const server = createServer(({ url = "" }, response) => {
      response.statusCode = files.has(url) ? 200 : 404;
      response.end(files.get(url));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const environment = {
      MOBILENETV2_CACHE: at("cache"),
      MOBILENETV2_MODELS: "",
      MOBILENETV2_HF_URL: `http://127.0.0.1:${port}`,
    };
    try {
      const models = (action: string, names: readonly string[], code = 0) =>
        expectFits(`models-${action}`, ["models", action, ...names], { code, environment });
      const pulled = await models("pull", ["cifar10", "hf:a/b", "hf:a/c"], 1);
      expect(pulled).toMatchObject([
        { files: ["cifar10.tflite"] },
        { name: "hf:a/b" },
        { name: "hf:a/c", error: expect.any(String) },
      ]);
      const listed = await models("list", []);
      expect(listed.at(-1)).toMatchObject({ schemaVersion: 1, name: "hf:a/b" });
      expect(await models("verify", ["cifar10", "nsfw"], 1)).toMatchObject([
        { intact: true, damaged: [] },
        { intact: false },
      ]);
      await models("path", ["cifar10", "hf:a/b"]);
      await models("remove", ["cifar10", "hf:a/b"]);
      const exported = await models("export", [at("exported"), "cifar10"]);
      expect(exported[0].files[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    } finally {
      server.close();
    }
  });

  it("no command and no schema is left out", async () => {
    // Tables of several networks have a schema of their own.
    const names: string[] = ["profile-table"];
    for (const { name, load } of commands) {
      const { options, positionals } = await load();
      if (!("json" in options)) continue;
      const actions =
        name === "models" ? /list .*?, (.*) or (\w+)$/.exec(positionals[0]!.description) : null;
      if (actions === null) names.push(name);
      else
        names.push(
          ...["list", ...actions[1]!.split(", "), actions[2]!].map((one) => `models-${one}`),
        );
    }
    expect([...covered].sort()).toEqual(names.sort());
    // What the server answers is held against its own in test/server.
    const served = Object.values(schemaNames).map((name) => name.replace(/\.v\d+$/, ""));
    expect([...schemas.keys()].sort()).toEqual([...new Set([...names, ...served])].sort());
  });

  it("and a call that fails as a whole prints nothing", async () => {
    for (const args of [
      ["classify", photo, "-m", at("nowhere.tflite")],
      ["inspect", at("nowhere.tflite")],
      ["profile", "--no-such-option"],
    ]) {
      const { code, stdout, stderr } = await mobilenetv2([...args, "--json"]);
      expect([args, stdout, stderr]).toEqual([
        args,
        "",
        expect.stringMatching(/^mobilenetv2: error: /),
      ]);
      expect(code).toBeGreaterThan(0);
    }
  });
});

describe("the schemas", () => {
  it("are what the document shows one of each of", () => {
    const text = readFileSync(join(root, "docs/json.md"), "utf8");
    const sections = text.split(/^### /m).slice(1);
    const shown = sections.flatMap((section) => {
      const [title = ""] = section.split("\n", 1);
      const blocks = [...section.matchAll(/```json\n([\s\S]*?)```/g)];
      expect([title, blocks.length]).not.toEqual([title, 0]);
      const name = title.replace(" ", "-");
      for (const [, json = ""] of blocks)
        expect([title, misfits(name, JSON.parse(json))]).toEqual([title, []]);
      return [name];
    });
    expect(shown.sort()).toEqual([...schemas.keys()].sort());
  });

  it("allow no field that they do not name", () => {
    const open: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      if (
        "properties" in value &&
        "type" in value &&
        !("additionalProperties" in value && value.additionalProperties === false)
      )
        open.push(path);
      for (const [key, part] of Object.entries(value)) visit(part, `${path}/${key}`);
    };
    for (const [name, schema] of schemas) visit(schema, name);
    expect(open).toEqual([]);
    const item = { schemaVersion: 1, image: "a.png", predictions: [], multiLabel: false };
    expect(misfits("classify", [item])).toEqual([]);
    for (const other of [{ ...item, more: 1 }, { ...item, schemaVersion: 2 }, { image: "a.png" }])
      expect(misfits("classify", [other])).not.toEqual([]);
  });

  it("are those of the types, and change with the version only", { timeout: 120_000 }, () => {
    const build = (to: string) =>
      spawnSync(process.execPath, ["scripts/build-schemas.js", "--to", to], {
        ...{ cwd: root, encoding: "utf8" },
      });
    const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
    const published = at("published");
    cpSync(join(root, "schemas"), published, { recursive: true });
    // One whose words are others, one that is new, and one of whose version another form was published.
    const [words, anew, other] = ["train", "embed", "profile"].map((name) =>
      join(published, basename(schemas.get(name)!.$id)),
    ) as [string, string, string];
    writeFileSync(words, JSON.stringify({ ...read(words), description: "as it was" }));
    rmSync(anew);
    const { properties, ...rest } = read(other);
    const earlier = JSON.stringify({ ...rest, properties: { ...properties, gone: {} } });
    writeFileSync(other, earlier);
    const { status, stderr } = build(published);
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(
        /^schemas\/profile\.v1\.json: ProfileOutput .* Raise its schemaVersion/,
      ),
    ]);
    expect(readFileSync(other, "utf8")).toBe(earlier);
    copyFileSync(join(root, "schemas/profile.v1.json"), other);
    expect(readdirSync(published)).toEqual(readdirSync(join(root, "schemas")));
    for (const file of readdirSync(published)) {
      expect(readFileSync(join(published, file), "utf8")).toBe(
        readFileSync(join(root, "schemas", file), "utf8"),
      );
    }
  });
});
