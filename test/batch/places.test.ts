/** Wherever pictures come from and results go, they are the same; and they are what the library answers. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { parquetReadObjects } from "hyparquet";
import { create } from "tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import {
  cosineSimilarity,
  loadClassifier,
  loadEmbedder,
  loadSegmenter,
  segmentationFromJson,
} from "../../src/index.ts";
import { misfits } from "../cli/json-schemas.ts";
import { dataFolder } from "../data-folder.ts";
import { tinySegmenter } from "../tflite/tiny-segmenter.ts";
import { type Line, linesOfJob, writeArchive } from "./archive.ts";
import { runHere } from "./run-here.ts";
import { type BucketServer, credentials, startBuckets } from "./s3-server.ts";

const { at, put } = dataFolder("file");
const count = 24;
let server: BucketServer;
let names: readonly string[];
const before = { ...process.env };

beforeAll(async () => {
  await writeArchive(at("photos"), count);
  names = readdirSync(at("photos"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".png"))
    .sort();
  server = await startBuckets();
  Object.assign(process.env, credentials, { AWS_ENDPOINT_URL: server.address });
  await runHere({ inputs: [at("photos")], out: at("out") });
});

afterAll(async () => {
  process.env = before;
  await server.stop();
});

/** Lines by the names of pictures below their source. */
function byName(lines: readonly Line[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    lines.map(({ image, ...line }) => [
      names.find((name) => image.endsWith(`/${name}`)) ?? image,
      line,
    ]),
  );
}

describe("the lines", () => {
  it("are what the library answers, and errors for what it cannot read", async () => {
    const classifier = await loadClassifier("cifar10");
    const lines = linesOfJob(at("out"));
    expect(lines.map(({ image }) => image)).toEqual(names.map((name) => join(at("photos"), name)));
    for (const line of lines) {
      const answer = await classifier
        .classify(readFileSync(line.image))
        .catch(({ message }: Error) => message);
      if (typeof answer === "string") expect(line.error).toBe(answer);
      else {
        const scores = answer.map((one) => ({ ...one, score: Number(one.score.toPrecision(9)) }));
        expect(line).toMatchObject({ predictions: scores });
      }
    }
    classifier.dispose();
    expect(lines.filter(({ error }) => error !== undefined).length).toBe(2);
    expect(misfits("classify", lines)).toEqual([]);
  });
});

describe("pictures", () => {
  it.each(["zip", "tar"])("come from a .%s archive", async (kind) => {
    const path = at(`photos.${kind}`);
    if (kind === "tar") await create({ file: path, cwd: at("photos") }, ["."]);
    else {
      const files = names.map((name, i) => {
        const level = i % 2 === 0 ? 0 : 6;
        return [name, [new Uint8Array(readFileSync(at("photos", name))), { level }]] as const;
      });
      writeFileSync(path, zipSync(Object.fromEntries(files) as never));
    }
    await runHere({ inputs: [path], out: at(`out-${kind}`) });
    const lines = linesOfJob(at(`out-${kind}`));
    expect(lines.length).toBe(count);
    expect(byName(lines)).toEqual(byName(linesOfJob(at("out"))));
  });

  it("come from a tar archive with names that its headers have no room for", async () => {
    const long = `${"folder".repeat(20)}/${"ü".repeat(120)}.png`;
    await put(`long/${long}`, readFileSync(at("photos", names[0]!)));
    await create({ file: at("long.tar"), cwd: at("long") }, ["."]);
    await runHere({ inputs: [at("long.tar")], out: at("out-long") });
    expect(linesOfJob(at("out-long")).map(({ image }) => image)).toEqual([
      `${at("long.tar")}/${long}`,
    ]);
  });

  it.each([
    ["zip", (bytes: Buffer) => bytes.subarray(0, -5)],
    ["tar", (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 700), bytes.subarray(900)])],
    ["zip", () => Buffer.from("no archive")],
  ])("of a damaged .%s archive are refused", async (kind, damage) => {
    const path = at(`damaged.${kind}`);
    writeFileSync(path, damage(readFileSync(at(`photos.${kind}`))));
    const run = runHere({ inputs: [path], out: at(`out-damaged-${kind}`) });
    await expect(run).rejects.toMatchObject({ code: "invalid-data" });
  });

  it("of an archive that changed after it was listed have errors for lines", async () => {
    const path = at("changed.zip");
    const file = new Uint8Array(readFileSync(at("photos", names[0]!)));
    const bytes = zipSync({ "a.png": [file, { level: 0 }] });
    bytes[60]! ^= 255;
    writeFileSync(path, bytes);
    await runHere({ inputs: [path], out: at("out-changed") });
    expect(linesOfJob(at("out-changed"))[0]?.error).toContain("the file in the archive is damaged");
  });

  it("come from a bucket, and results go into one", async () => {
    const odd = "odd +&%ü(1)'*.png";
    for (const name of names)
      server.objects.set(`pictures/a b/${name}`, readFileSync(at("photos", name)));
    server.objects.set(`pictures/a b/${odd}`, readFileSync(at("photos", names[0]!)));
    server.objects.set("pictures/a bc/other.png", Buffer.from(""));
    server.faults.push(503);
    await runHere({ inputs: ["s3://pictures/a b"], out: "s3://results/job/1" });
    for (const [name, bytes] of server.objects) {
      if (name.startsWith("results/")) await put(name.replace("job/1/", "copy/"), bytes);
    }
    const lines = linesOfJob(at("results/copy"));
    expect(lines.length).toBe(count + 1);
    expect(lines.map(({ image }) => image)).toContain(`s3://pictures/a b/${odd}`);
    const { [`s3://pictures/a b/${odd}`]: _, ...rest } = byName(lines);
    expect(rest).toEqual(byName(linesOfJob(at("out"))));
  });

  it("of a bucket are not asked for with other credentials", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "another";
    const run = runHere({ inputs: ["s3://other/"], out: at("out-other") });
    await expect(run).rejects.toMatchObject({
      message: expect.stringContaining("SignatureDoesNotMatch"),
    });
    process.env["AWS_SECRET_ACCESS_KEY"] = "";
    await expect(runHere({ inputs: ["s3://third/"], out: at("out-other") })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    process.env["AWS_SECRET_ACCESS_KEY"] = credentials.AWS_SECRET_ACCESS_KEY;
  });
});

describe("a model that is not published", () => {
  it("is laid beside the job, and is refused where its files are others", async () => {
    const model = at("segmenter.tflite");
    const bytes = tinySegmenter({
      ...{ convention: "uint8", input: [33, 33], stride: 16, sizes: [[33, 33]], seed: 1 },
    });
    writeFileSync(model, bytes);
    process.env["MOBILENETV2_CACHE"] = at("cache");
    const request = { inputs: [at("photos/000")], verb: "segment", model } as const;
    await runHere({ ...request, out: at("out-segment") });
    const segmenter = await loadSegmenter(model);
    for (const line of linesOfJob(at("out-segment"))) {
      if (line.error !== undefined) continue;
      const { classMap } = await segmenter.segment(readFileSync(line.image));
      expect(segmentationFromJson(line as never).classMap).toEqual(classMap);
    }
    segmenter.dispose();
    writeFileSync(at("out-segment/model/segmenter.tflite"), bytes.with(100, 1));
    writeFileSync(model, bytes.with(100, 1));
    process.env["MOBILENETV2_CACHE"] = at("other-cache");
    await expect(runHere({ ...request, out: at("out-segment") })).rejects.toThrow(
      "its model differs",
    );
  });
});

describe("embeddings", () => {
  it("are rows of safetensors, of npy and of Parquet, and lines say which", async () => {
    const request = { inputs: [at("photos/000")], verb: "embed" as const, unit: 30 };
    await runHere({ ...request, out: at("out-st"), outputs: { parquet: true } });
    await runHere({ ...request, out: at("out-npy"), outputs: { vectors: "npy" } });
    const shard = (out: string, ending: string): Buffer =>
      readFileSync(at(out, `results/000000/00000000.${ending}`));
    const { tensors } = readSafetensors(shard("out-st", "safetensors"));
    const { shape, data } = tensors.get("embeddings")!;
    const [rows = 0, columns = 0] = shape;
    const npy = shard("out-npy", "npy");
    const header = npy.subarray(10, 10 + npy.readUInt16LE(8)).toString();
    expect(npy.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
    expect(header).toContain(`'shape': (${rows}, ${columns})`);
    expect((10 + header.length) % 64).toBe(0);
    const values = new Float32Array(
      npy.buffer.slice(npy.byteOffset + 10 + header.length, npy.byteOffset + npy.length),
    );
    expect(values).toEqual(data);
    const table = await parquetReadObjects({
      file: Uint8Array.from(shard("out-st", "parquet")).buffer,
    });
    const embedder = await loadEmbedder("cifar10");
    const lines = linesOfJob(at("out-st")) as readonly (Line & { row?: number })[];
    expect(lines.filter(({ row }) => row !== undefined).length).toBe(rows);
    for (const [i, { image, row, error }] of lines.entries()) {
      expect(table[i]).toMatchObject({ image });
      if (row === undefined) {
        expect(table[i]).toMatchObject({ error, embedding: null });
        continue;
      }
      const vector = data.slice(row * columns, (row + 1) * columns);
      expect(vector).toEqual(await embedder.embed(readFileSync(image)));
      expect(Float32Array.from(table[i]!["embedding"])).toEqual(vector);
      expect(cosineSimilarity(vector, vector)).toBeCloseTo(1);
    }
    embedder.dispose();
  });

  it("of classes are columns of Parquet", async () => {
    await runHere({
      inputs: [at("photos/000")],
      out: at("out-pq"),
      unit: 30,
      outputs: { parquet: true },
    });
    const bytes = readFileSync(at("out-pq/results/000000/00000000.parquet"));
    const table = await parquetReadObjects({ file: Uint8Array.from(bytes).buffer });
    for (const [i, line] of linesOfJob(at("out-pq")).entries()) {
      const { image, error, predictions } = line as Line & { predictions?: { label: string }[] };
      expect(table[i]).toEqual({
        ...{ image, error: error ?? null, predictions: predictions ?? null },
        label: predictions?.[0]?.label ?? null,
        ...{ index: expect.anything(), score: expect.anything() },
        ...(predictions === undefined && { index: null, score: null }),
      });
    }
  });
});
