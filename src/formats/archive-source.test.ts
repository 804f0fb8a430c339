/** Models in archives: what a folder gives, an archive of it gives. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { openBytes, zeroFiles } from "../../test/open-bytes.ts";
import { tinyModelSpec } from "../../test/tflite/tiny-model.ts";
import { writeModel } from "../../test/tflite/write-model.ts";
import { withArchive } from "../../test/zip.ts";
import { MobileNetError } from "../errors.ts";
import { resolveModel } from "../hub/source-node.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import type { ModelFiles } from "./files.ts";
import { openModel } from "./open-model.ts";
import { bytesSource } from "./sources.ts";

const tflite = writeModel(tinyModelSpec("uint8"));
const labels = "0 a\n1 b\n2 c\n3 d\n4 e\n5 f\n";
const names = ["a", "b", "c", "d", "e", "f"];

type Files = Readonly<Record<string, string | Uint8Array>>;

const packed = (files: Files, deflated = true): ModelFiles =>
  new Map([["model.zip", withArchive(new Uint8Array(), files, { deflated })]]);

const open = (files: Files, deflated?: boolean): Promise<Model> =>
  openBytes(packed(files, deflated), "mine");

describe("an archive", () => {
  it.each([
    ["of a file and its labels", { "model_unquant.tflite": tflite, "labels.txt": labels }],
    ["of a folder", { "mine/": "", "mine/model.tflite": tflite, "mine/labels.txt": labels }],
    ["by Windows", { "mine\\model.tflite": tflite, "mine\\labels.txt": labels }],
    [
      "by macOS",
      { "m.tflite": tflite, "labels.txt": labels, "__MACOSX/._m.tflite": "x", ".DS_Store": "y" },
    ],
  ])("%s is the folder's model", async (_, files) => {
    for (const deflated of [true, false]) {
      expect((await open(files as unknown as Files, deflated)).labels).toEqual(names);
    }
  });

  it.each([
    ["with places in eight bytes", { wide: true }, 0],
    ["with places in eight bytes, counted from its begin", { wide: true, relative: true }, 0],
    ["with padding behind its end", {}, 700],
  ])("%s is read", async (_, settings, padding) => {
    const files = { "model.tflite": tflite, "labels.txt": labels };
    const archive = withArchive(new Uint8Array(), files, { deflated: true, ...settings });
    const padded = Buffer.concat([archive, new Uint8Array(padding)]);
    const model = await openBytes(new Map([["model.zip", new Uint8Array(padded)]]), "mine");
    expect(model.labels).toEqual(names);
  });

  it("tells which of several kinds of model it read", async () => {
    const { origin } = await open({ "m.tflite": tflite, "m.h5": "x", "labels.txt": labels });
    expect(origin?.notes).toContain("m.h5 beside m.tflite was not read");
  });

  it("is damaged where a file's bytes are not those that were packed", async () => {
    const files = { "model.tflite": tflite, "labels.txt": labels };
    const archive = withArchive(new Uint8Array(), files);
    // A weight's lowest bit: nothing else would tell.
    archive[30 + "model.tflite".length + tflite.length - 40]! ^= 1;
    const opened = openBytes(new Map([["model.zip", archive]]), "mine");
    await expect(opened).rejects.toThrow(/damaged.*checksum/);
  });

  it("has shards beside its model.json, wherever that is", async () => {
    const graph = mobilenetV2({ width: 0.35, resolution: 96, classes: 3 });
    const files = zeroFiles(graph, { "metadata.json": '{"labels":["x","y","z"]}' });
    const whole = await openBytes(files, "mine");
    const inFolder = Object.fromEntries([...files].map(([path, bytes]) => [`web/${path}`, bytes]));
    const model = await open(inFolder);
    expect(model.labels).toEqual(["x", "y", "z"]);
    expect(model.graph.nodes).toEqual(whole.graph.nodes);
  });

  it("needs no name, and neither does a file", async () => {
    const files = { "model.tflite": tflite, "labels.txt": labels };
    const archive = withArchive(new Uint8Array(), files);
    const opened = openModel(bytesSource(archive), { name: "mine" });
    expect((await opened).labels).toEqual(names);
    expect(await openModel(bytesSource(tflite), { name: "mine" })).toMatchObject({
      task: "classify",
    });
    const keras = readFileSync(new URL("../../test/golden/keras/nested.keras", import.meta.url));
    const model = await openModel(bytesSource(new Uint8Array(keras)), { name: "mine" });
    expect(model.origin?.format).toBe("a Keras archive");
    const inside = { inner: archive };
    const nested = withArchive(new Uint8Array(), inside);
    await expect(openModel(bytesSource(nested), { name: "mine" })).rejects.toThrow(MobileNetError);
  });

  it("lies on the disk like any model", async () => {
    const folder = await mkdtemp(join(tmpdir(), "archive-"));
    try {
      const path = join(folder, "pets.zip");
      const files = { "model.tflite": tflite, "labels.txt": labels };
      await writeFile(path, withArchive(new Uint8Array(), files));
      expect(await resolveModel(path)).toMatchObject({ name: "pets.zip", labels: names });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<[string, Files, RegExp]>([
    ["without a model", { "readme.txt": "a", "b.txt": "b" }, /no model among the files/],
    ["of two models", { "a.tflite": tflite, "b.tflite": tflite }, /several models/],
    [
      "of two models in folders",
      { "a/model.json": "{}", "b/model.json": "{}", "b/w": "x" },
      /several models.*a\/model.json, b\/model.json/,
    ],
    ["of an archive", { "inner.zip": withArchive(new Uint8Array(), {}) }, /no model among/],
    ["of nothing", {}, /the archive has no files/],
    [
      "without a shard",
      { "model.json": '{"weightsManifest":[{"paths":["w"],"weights":[]}]}' },
      /missing.*w/s,
    ],
  ])("%s is refused", async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(message);
  });

  it("unpacks to no more than models do", async () => {
    const bomb = open({ "model.tflite": "0".repeat(50 * 2 ** 20) });
    await expect(bomb).rejects.toThrow(/packed in another way/);
  });

  it("ends in the library's error or a model, whichever bytes are wrong", async () => {
    const [whole] = [...packed({ "m/model.tflite": tflite, "m/labels.txt": labels }).values()];
    const place = fc.nat(whole!.length - 1);
    // The directory, and the headers before the files, say where everything is.
    const nearEnd = fc.nat(250).map((back) => whole!.length - 1 - back);
    const change = fc.tuple(fc.oneof(nearEnd, fc.nat(60), place), fc.nat(255));
    const cut = fc.option(place, { freq: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        cut,
        async (to, length) => {
          const bytes = whole!.slice(0, length ?? undefined);
          for (const [at, value] of to) if (at < bytes.length) bytes[at] = value;
          await openBytes(new Map([["model.zip", bytes]]), "mine").catch((error: unknown) => {
            if (!(error instanceof MobileNetError)) throw error;
            expect(error.code).not.toBe("internal");
          });
        },
      ),
      { numRuns: inputs(300) },
    );
  });
});
