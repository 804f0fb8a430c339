/**
 * Keras's files with anything wrong in them: whatever a configuration or bytes say, reading ends in the
 * library's own error or in a model, within moments and within the memory that the file is worth.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../../../src/errors.ts";
import { openHdf5 } from "../../../src/formats/hdf5/hdf5.ts";
import { inflate } from "../../../src/formats/inflate.ts";
import { ZipArchive } from "../../../src/formats/zip.ts";
import { inputs } from "../../fuzz.ts";
import { openBytes } from "../../open-bytes.ts";
import { goldenLayers } from "./golden-layers.ts";
import { input, layer, layersFiles, sequential } from "./keras-json.ts";

const folder = new URL("../../golden/keras/", import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

/** Reads a file; any other error than the library's is the test's. */
async function tryOpen(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  try {
    await openBytes(files, "mine");
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    expect(error.code).not.toBe("internal");
  }
}

/** Where values of a JSON value stand, outermost first. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** The same with another value at a place, or without it. */
function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy: unknown = Array.isArray(value) ? [...value] : { ...(value as object) };
  const fields = copy as Record<string, unknown>;
  const inner = changed(fields[key], rest, to);
  if (inner === undefined) delete fields[key];
  else fields[key] = inner;
  return copy;
}

const anything = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(null, true, -1, 0, 0.5, 1e9, 1e300, "", "x", "__proto__", [], {}, [[]]),
  fc.constantFrom("Conv2D", "Dense", "Add", "Reshape", "TFOpLambda", "Sequential", "same", "relu"),
  fc.integer({ min: -3, max: 300 }),
  fc.jsonValue({ maxDepth: 3 }),
);

describe("a configuration with something else in it", () => {
  const cases = goldenLayers.map(({ modelTopology, weights, data }) => {
    const manifest = { modelTopology, weightsManifest: [{ paths: ["w"], weights }] };
    return { manifest, places: placesIn(modelTopology), data };
  });

  it("ends in the library's error or in a model", async () => {
    const pick = fc.tuple(fc.nat(), fc.nat(), fc.nat(), anything, anything);
    await fc.assert(
      fc.asyncProperty(pick, async ([which, first, second, a, b]) => {
        const { manifest, places, data } = cases[which % cases.length]!;
        const at = (index: number): readonly string[] => places[index % places.length]!;
        const once = changed(manifest.modelTopology, at(first), a);
        const twice = placesIn(once).some((path) => path.join() === at(second).join())
          ? changed(once, at(second), b)
          : once;
        const json = JSON.stringify({ ...manifest, modelTopology: twice });
        await tryOpen(
          new Map([
            ["model.json", new TextEncoder().encode(json)],
            ["w", data],
          ]),
        );
      }),
      { numRuns: inputs(100) },
    );
  });

  it("takes no more memory than its weights are worth, whatever it says of channels", async () => {
    const wide = [
      input([4000, 4000, 3]),
      layer("Flatten", "flat"),
      layer("Activation", "a", { activation: "relu" }),
      layer("Rescaling", "scaled", { scale: 0.5 }),
    ];
    await expect(openBytes(layersFiles(sequential(wide)), "mine")).rejects.toThrow(
      /constants take far more/,
    );
    const deep = layer("DepthwiseConv2D", "d", {
      kernel_size: 1,
      use_bias: false,
      depth_multiplier: 9,
    });
    const many = [input([1, 30_000, 3]), layer("Permute", "p", { dims: [1, 3, 2] }), deep];
    const weights = { "d/depthwise_kernel": [1, 1, 30_000, 9] };
    await expect(openBytes(layersFiles(sequential(many), { weights }), "mine")).rejects.toThrow(
      /constants take far more/,
    );
  });

  it("lies in models in models as deep as JSON may be", async () => {
    let model = sequential([input([8, 8, 3])], "inmost");
    for (let depth = 0; depth < 20; depth++) model = sequential([model], `m${depth}`);
    await expect(openBytes(layersFiles(model), "mine")).rejects.toThrow(/too deep in models/);
  });
});

describe.each(["front.h5", "nested-older.h5", "nested.keras"])("%s with bytes changed", (name) => {
  const whole = read(name);

  it("ends in the library's error or in a model", async () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const bytes = whole.slice();
        for (const { at, byte } of changes) bytes[at] = byte;
        await tryOpen(new Map([[name, bytes]]));
      }),
      { numRuns: inputs(40, 9) },
    );
  });

  it("ends so where addresses and sizes are wrong", async () => {
    const word = fc.record({
      at: fc.nat(Math.floor(whole.length / 8) - 1),
      value: fc.oneof(
        fc.nat(whole.length).map(BigInt),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.constantFrom(0n, 96n, 2n ** 64n - 1n, 2n ** 32n),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (words) => {
        const bytes = whole.slice();
        const view = new DataView(bytes.buffer);
        for (const { at, value } of words) view.setBigUint64(8 * at, value, true);
        await tryOpen(new Map([[name, bytes]]));
      }),
      { numRuns: inputs(40, 9) },
    );
  });

  it("ends so wherever it is cut short", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await tryOpen(new Map([[name, whole.slice(0, length)]]));
      }),
      { numRuns: inputs(30, 9) },
    );
  });
});

describe("an HDF5 file", () => {
  it("with a tree that leads in a circle is damaged", () => {
    const bytes = read("front.h5");
    const view = new DataView(bytes.buffer);
    const tree = bytes.findIndex(
      (_, at) => view.byteLength > at + 4 && view.getUint32(at) === 0x54524545,
    );
    bytes[tree + 5] = 1;
    view.setBigUint64(tree + 32, BigInt(tree), true);
    expect(() => openHdf5(bytes, "mine.h5").names()).toThrow(/circle/);
  });

  it("of weights alone says that the whole model is needed", async () => {
    const bytes = read("front.keras");
    const weights = await new ZipArchive(bytes).read("model.weights.h5");
    await expect(openBytes(new Map([["w.h5", weights!]]), "mine")).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/holds no Keras model.*model\.save/),
    });
  });
});

describe("what is compressed", () => {
  const zeros = async (length: number): Promise<Uint8Array> => {
    const stream = new Blob([new Uint8Array(length)]).stream();
    const packed = stream.pipeThrough(new CompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(packed).arrayBuffer());
  };

  it("is unpacked to no more than was declared", async () => {
    const bomb = await zeros(2 ** 22);
    const options = { format: "deflate-raw", place: "bomb" } as const;
    expect(await inflate(bomb, { ...options, most: 2 ** 22 })).toHaveLength(2 ** 22);
    await expect(inflate(bomb, { ...options, most: 1000 })).rejects.toThrow(
      /at most 1000 bytes, received more/,
    );
    await expect(inflate(bomb.slice(0, 50), { ...options, most: 2 ** 22 })).rejects.toThrow(
      /damaged/,
    );
  });

  it("is no archive whose files are out of proportion", async () => {
    const archive = new ZipArchive(read("front.keras"), 1000);
    await expect(archive.read("model.weights.h5")).rejects.toThrow(/at most 1000 bytes/);
  });
});
