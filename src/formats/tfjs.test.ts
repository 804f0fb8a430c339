import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { type ModelFiles, parseJson, requireFile } from "./files.ts";
import { readWeightGroups } from "./tfjs.ts";
import { parseManifest } from "./tfjs-manifest.ts";

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: object;
}

/** A model whose shards are the given bytes. */
function model(weights: readonly Weight[], ...shards: Uint8Array[]): Map<string, Uint8Array> {
  const paths = shards.map((_, i) => `shard${i}.bin`);
  return withManifest([{ paths, weights }], ...shards);
}

function readTfjs(files: ModelFiles): Map<string, Tensor> {
  const manifest = parseJson(requireFile(files, "model.json"), "model.json");
  return readWeightGroups(parseManifest(manifest, "model.json"), files);
}

function withManifest(weightsManifest: unknown, ...shards: Uint8Array[]): Map<string, Uint8Array> {
  const json = new TextEncoder().encode(JSON.stringify({ weightsManifest }));
  const files = shards.map((shard, i) => [`shard${i}.bin`, shard] as const);
  return new Map([["model.json", json], ...files]);
}

const bytesOf = (data: Float32Array | Int32Array | Uint16Array): Uint8Array =>
  new Uint8Array(data.buffer);
const float = (name: string, ...shape: number[]): Weight => ({ name, shape, dtype: "float32" });

function fault(files: ReadonlyMap<string, Uint8Array>): MobileNetError {
  try {
    readTfjs(files);
  } catch (error) {
    if (error instanceof MobileNetError) return error;
    throw error;
  }
  throw new MobileNetError("internal", "the model was read");
}

describe("readTfjs", () => {
  it("reads weights one after another, whatever shards they cross", () => {
    const values = Float32Array.from({ length: 7 }, (_, i) => i + 0.5);
    const bytes = bytesOf(values);
    fc.assert(
      fc.property(fc.array(fc.nat(28), { maxLength: 5 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), 28];
        const shards = edges.slice(1).map((end, i) => bytes.slice(edges[i], end));
        const tensors = readTfjs(
          model([float("a", 2, 2), float("b", 3), float("c", 0)], ...shards),
        );
        expect([...(tensors.get("a")?.data ?? [])]).toEqual([0.5, 1.5, 2.5, 3.5]);
        expect([...(tensors.get("b")?.data ?? [])]).toEqual([4.5, 5.5, 6.5]);
        expect(tensors.get("c")?.data.length).toBe(0);
      }),
    );
  });

  it("does not copy what is aligned", () => {
    const shard = bytesOf(Float32Array.of(1, 2, 3, 4));
    const tensor = readTfjs(model([float("a", 1), float("b", 3)], shard)).get("b");
    expect(tensor?.data.buffer).toBe(shard.buffer);
  });

  it("reads shards that lie unaligned in their buffer", () => {
    const shard = new Uint8Array(13).subarray(1);
    shard.set(bytesOf(Float32Array.of(1, -2, 3)));
    expect([...(readTfjs(model([float("a", 3)], shard)).get("a")?.data ?? [])]).toEqual([1, -2, 3]);
  });

  it("reads weights behind odd numbers of bytes, also from Node's Buffers", () => {
    const weights = [{ name: "odd", shape: [3], dtype: "uint8" }, float("real", 2)];
    const half = { ...float("half", 1), quantization: { dtype: "float16" } };
    const shard = Uint8Array.of(7, 8, 9, ...bytesOf(Float32Array.of(1, -2)), 0, 0x3c);
    for (const bytes of [shard, Buffer.from(shard)]) {
      const tensors = readTfjs(model([...weights, half], bytes));
      expect([...(tensors.get("real")?.data ?? [])]).toEqual([1, -2]);
      expect([...(tensors.get("half")?.data ?? [])]).toEqual([1]);
    }
  });

  it("turns quantised codes into code · scale + min, rounded once to float32", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(65_535), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 1e-6, max: 10, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.boolean(),
        (wide, scale, min, narrow) => {
          const codes = narrow ? wide.map((code) => code & 255) : wide;
          const shard = narrow ? Uint8Array.from(codes) : bytesOf(Uint16Array.from(codes));
          const quantization = { dtype: narrow ? "uint8" : "uint16", scale, min };
          const weight = { ...float("w", codes.length), quantization };
          expect([...(readTfjs(model([weight], shard)).get("w")?.data ?? [])]).toEqual(
            codes.map((code) => Math.fround(code * scale + min)),
          );
        },
      ),
    );
  });

  it("reads half precision: normal, subnormal, signed and infinite", () => {
    const codes = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7c00, 0x7bff);
    const weight = { ...float("w", 7), quantization: { dtype: "float16" } };
    expect([...(readTfjs(model([weight], bytesOf(codes))).get("w")?.data ?? [])]).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      -0,
      Number.POSITIVE_INFINITY,
      65504,
    ]);
  });

  it("keeps int32 and bool, and steps over strings", () => {
    const text = Uint8Array.of(2, 0, 0, 0, 104, 105);
    const tensors = readTfjs(
      model(
        [
          { name: "s", shape: [1], dtype: "string" },
          { name: "flag", shape: [2], dtype: "bool" },
          { name: "i", shape: [], dtype: "int32" },
        ],
        text,
        Uint8Array.of(1, 0),
        bytesOf(Int32Array.of(-7)),
      ),
    );
    expect([...tensors.keys()]).toEqual(["flag", "i"]);
    expect(tensors.get("flag")).toMatchObject({ dtype: "uint8", data: Uint8Array.of(1, 0) });
    expect(tensors.get("i")).toMatchObject({ dtype: "int32", shape: [], data: Int32Array.of(-7) });
  });

  it.each<[string, unknown[], RegExp]>([
    ["an unknown dtype", [{ ...float("w", 2), dtype: "float8" }], /w: unknown dtype.*float8/],
    ["a negative dimension", [float("w", -2)], /w: bad shape/],
    ["a fractional dimension", [float("w", 0.5)], /w: bad shape/],
    ["a shape that nothing holds", [float("w", 65_536, 65_536, 65_536)], /w: .*too large/],
    ["a text as shape", [{ ...float("w"), shape: "2" }], /w: bad shape/],
    ["a weight without a name", [{ shape: [2], dtype: "float32" }], /no name/],
    ["a weight listed twice", [float("w", 1), float("w", 1)], /twice/],
    [
      "a scale that is not a number",
      [{ ...float("w", 2), quantization: { dtype: "uint8", scale: null, min: 0 } }],
      /w: quantization/,
    ],
    ["weights past the end", [float("w", 1), float("x", 1_000_000)], /end inside x/],
    ["bytes past the weights", [float("w", 1)], /longer/],
  ])("rejects %s", (_, weights, message) => {
    const error = fault(model(weights as Weight[], new Uint8Array(8)));
    expect(error.code).toBe("invalid-model");
    expect(error.message).toMatch(message);
  });

  it.each(["../x", "/etc/passwd", "a/../../x", "https://x/y", "a\\b", "%2e%2e/x", "", "a\u0000"])(
    "never leaves the folder: %j",
    (path) => {
      expect(fault(withManifest([{ paths: [path], weights: [] }])).message).toMatch(/not allowed/);
    },
  );

  it("names a shard that is missing", () => {
    const files = model([float("w", 2)], new Uint8Array(8));
    files.delete("shard0.bin");
    expect(fault(files).message).toMatch(/^shard0\.bin: .*missing/);
  });

  it("rejects a shard listed twice, which would multiply its bytes", () => {
    const group = { paths: ["shard0.bin", "shard0.bin"], weights: [float("w", 4)] };
    expect(fault(withManifest([group], new Uint8Array(8))).message).toMatch(/twice/);
  });

  it("gives tensors or a MobileNetError for any damage, and never more than the file holds", () => {
    const weights = [
      float("a", 2, 2),
      { ...float("b", 6), quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      { name: "c", shape: [2], dtype: "string" },
    ];
    const shard = new Uint8Array(16 + 6 + 8);
    const intact = model(weights, shard);
    const json = intact.get("model.json") as Uint8Array;
    const mutation = fc.record({
      at: fc.nat(json.length - 1),
      remove: fc.nat(4),
      insert: fc.stringMatching(/^[ -~]{0,4}$/),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 3 }), fc.nat(30), (mutations, length) => {
        let text = new TextDecoder().decode(json);
        for (const { at, remove, insert } of mutations) {
          text = text.slice(0, at) + insert + text.slice(at + remove);
        }
        const files = new Map(intact)
          .set("model.json", new TextEncoder().encode(text))
          .set("m/shard0.bin", shard.subarray(0, length));
        try {
          for (const { data } of readTfjs(files).values()) {
            // One byte of a shard becomes at most one float32.
            expect(data.byteLength).toBeLessThanOrEqual(4 * shard.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }),
      { numRuns: inputs(500) },
    );
  });
});
