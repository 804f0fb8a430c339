/** TensorFlow Lite's metadata and the archive of files at a model's end. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import { openBytes } from "../../../test/open-bytes.ts";
import { type MetadataSpec, metadataBytes } from "../../../test/tflite/standard-metadata.ts";
import { tinyModelSpec } from "../../../test/tflite/tiny-model.ts";
import { writeModel } from "../../../test/tflite/write-model.ts";
import { withArchive } from "../../../test/zip.ts";
import { MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { ZipArchive } from "../zip.ts";
import { readStandardMetadata } from "./standard-metadata.ts";

const names = ["a", "b", "c", "d", "e", "f"];
const text = `${names.join("\n")}\n`;

function fileWith(spec: MetadataSpec): Uint8Array {
  return writeModel({
    ...tinyModelSpec("uint8"),
    metadata: { TFLITE_METADATA: metadataBytes(spec) },
  });
}

const open = (bytes: Uint8Array): Promise<Model> =>
  openBytes(new Map([["tiny.tflite", bytes]]), "tiny");

describe("labels within the file", () => {
  const labels = [["labels.txt", ""]] as const;

  it.each([
    ["stored", {}],
    ["deflated", { deflated: true }],
    ["in an archive that counts from its own beginning", { relative: true }],
  ])("name the classes, %s", async (_, options) => {
    const model = await open(withArchive(fileWith({ labels }), { "labels.txt": text }, options));
    expect(model.labels).toEqual(names);
    expect(model.origin?.labels).toBe("labels.txt within the file");
    expect(model.assumptions?.map(({ about }) => about)).not.toContain("labels");
  });

  it("are those in no language in particular", async () => {
    const several = [
      ["labels-de.txt", "de"],
      ["labels.txt", ""],
    ] as const;
    const archive = { "labels-de.txt": text.toUpperCase(), "labels.txt": text };
    expect((await open(withArchive(fileWith({ labels: several }), archive))).labels).toEqual(names);
  });

  it("that are named and missing are a note, and classes are numbered", async () => {
    const model = await open(fileWith({ labels }));
    expect(model.labels[0]).toBe("class 0");
    expect(model.origin?.notes.join()).toMatch(/names "labels.txt", which the file does not hold/);
  });

  it("that do not fit the classes are refused", async () => {
    const bytes = withArchive(fileWith({ labels }), { "labels.txt": "a\nb\n" });
    await expect(open(bytes)).rejects.toThrow(/6 labels, one a class.*received 2/);
  });
});

describe("the metadata", () => {
  it("describes the model", async () => {
    const metadata = await readStandardMetadata(fileWith({ name: "Fruit", scoreThreshold: 0.25 }));
    expect(metadata).toMatchObject({ title: "Fruit", scoreThreshold: 0.25 });
  });

  it("may be absent", async () => {
    expect(await readStandardMetadata(writeModel(tinyModelSpec("int8")))).toBeUndefined();
  });

  it("is refused where a threshold is none", async () => {
    await expect(readStandardMetadata(fileWith({ scoreThreshold: 2 }))).rejects.toThrow(
      /a score threshold from 0 to 1/,
    );
  });
});

describe("an archive that lies", () => {
  const whole = withArchive(
    fileWith({ labels: [["labels.txt", ""]] }),
    { "labels.txt": text },
    {
      deflated: true,
    },
  );
  const outcome = async (bytes: Uint8Array): Promise<string> => {
    try {
      const metadata = await readStandardMetadata(bytes);
      return metadata === undefined ? "none" : "read";
    } catch (error) {
      return error instanceof MobileNetError ? error.code : `threw ${error}`;
    }
  };

  it("ends in the library's error, or what can be read, whichever bytes are wrong", async () => {
    const start = whole.length - 200;
    const change = fc.tuple(fc.integer({ min: start, max: whole.length - 1 }), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = whole.slice();
        for (const [place, value] of changes) bytes[place] = value;
        expect(await outcome(bytes)).toMatch(/^(none|read|invalid-model|unsupported)$/);
      }),
      { numRuns: inputs(400, 2) },
    );
  });

  it("ends so too where the metadata's own bytes are wrong", async () => {
    const bytes = metadataBytes({ means: [1], deviations: [2], labels: [["labels.txt", ""]] });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (place, value) => {
        const damaged = bytes.slice();
        damaged[place] = value;
        const file = writeModel({
          ...tinyModelSpec("uint8"),
          metadata: { TFLITE_METADATA: damaged },
        });
        expect(await outcome(file)).toMatch(/^(none|read|invalid-model|unsupported)$/);
      }),
      { numRuns: inputs(400, 2) },
    );
  });

  it("gets no more memory than its directory says", async () => {
    const zeros = "0".repeat(1 << 20);
    const bytes = withArchive(new Uint8Array(8), { "labels.txt": zeros }, { deflated: true });
    // The directory's own record, 46 bytes and the name before the end's 22, says how large it is.
    new DataView(bytes.buffer).setUint32(bytes.length - 22 - 10 - 46 + 24, 1000, true);
    await expect(new ZipArchive(bytes).read("labels.txt")).rejects.toThrow(
      /labels\.txt: .*expected at most 1000 bytes, received more/,
    );
  });

  it("may not be larger than labels are", async () => {
    const bytes = withArchive(new Uint8Array(8), { "labels.txt": text });
    new DataView(bytes.buffer).setUint32(bytes.length - 22 - 10 - 46 + 24, 2 ** 31, true);
    await expect(new ZipArchive(bytes).read("labels.txt")).rejects.toThrow(/packed in another/);
  });
});
