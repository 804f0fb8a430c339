import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { readWeightGroups } from "./tfjs.ts";
import { parseManifest } from "./tfjs-manifest.ts";
import { toBytes, type WrittenWeight, writeTfjsFiles } from "./write-tfjs.ts";

const kernel: WrittenWeight = {
  ...{ name: "kernel", shape: [3, 3, 40, 3000] },
  data: normalValues(3 * 3 * 40 * 3000, seededRandom(3), 0.2),
};
const small: WrittenWeight = {
  ...{ name: "kernel", shape: [3, 3, 8, 30] },
  data: kernel.data.slice(0, 3 * 3 * 8 * 30),
};
const bias: WrittenWeight = { name: "bias", shape: [3], data: Float32Array.of(0.1, -2, 70_000) };
const axes: WrittenWeight = { name: "axes", shape: [2, 1], data: Int32Array.of(1, -2) };

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function readBack(files: ReadonlyMap<string, Uint8Array>) {
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  return { json, tensors: readWeightGroups(parseManifest(json, "model.json"), files) };
}

describe("a TensorFlow.js model that is written", () => {
  it("has its weights in shards of 4 MiB, one after another", () => {
    const files = writeTfjsFiles({ format: "layers-model" }, [bias, kernel, axes], "f32");
    const { json, tensors } = readBack(files);
    expect(json.format).toBe("layers-model");
    // 4,320,000 bytes of the kernel, and 20 more.
    const paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
    expect([...files.keys()]).toEqual(["model.json", ...paths]);
    expect(json.weightsManifest[0].paths).toEqual(paths);
    expect(paths.map((path) => files.get(path)?.length)).toEqual([4_194_304, 125_716]);
    for (const { name, shape, data } of [bias, kernel, axes]) {
      expect(tensors.get(name)).toMatchObject({ shape });
      // As bytes: millions of numbers one by one take their time.
      expect(Buffer.compare(bytesOf(tensors.get(name)!.data), bytesOf(data))).toBe(0);
    }
  });

  it.each([
    ["f16", 2],
    ["uint8", 1],
  ] as const)("has kernels as %s, and vectors and whole numbers as they are", (kernels, bytes) => {
    const files = writeTfjsFiles({}, [small, bias, axes], kernels);
    const { tensors } = readBack(files);
    const stored = [...files].flatMap(([name, { length }]) =>
      name === "model.json" ? [] : length,
    );
    expect(stored.reduce((sum, length) => sum + length)).toBe(bytes * small.data.length + 20);
    expect(tensors.get("bias")?.data).toEqual(bias.data);
    expect(tensors.get("axes")?.data).toEqual(axes.data);
    const read = tensors.get("kernel")!.data;
    let [least, greatest] = [0, 0];
    for (const value of small.data) {
      [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
    }
    // Half a unit of 11 bits, or half of one of 255 steps and, at the ends, what the zero was moved by.
    const step = (greatest - least) / 255;
    const beyond = small.data.filter((value, i) => {
      const allowed = kernels === "f16" ? Math.abs(value) * 2 ** -11 + 2 ** -25 : step * 1.0001;
      return !(Math.abs(read[i]! - value) <= allowed);
    });
    expect(beyond).toHaveLength(0);
  });
});

describe("numbers as bytes", () => {
  const restored = (values: readonly number[]): number[] => {
    const { codes, scale, min } = toBytes(Float32Array.from(values));
    return Array.from(codes, (code) => code * scale + min);
  };

  it("keep 0, and what is all one number", () => {
    const [zero, ...others] = restored([0, -0.013, 0.7, 0.3]);
    expect(zero).toBe(0);
    for (const [i, value] of [-0.013, 0.7, 0.3].entries()) {
      expect(Math.abs(others[i]! - value)).toBeLessThanOrEqual(0.713 / 255);
    }
    expect(restored([0, 0])).toEqual([0, 0]);
    for (const value of restored([2.5, 2.5])) expect(value).toBeCloseTo(2.5, 12);
    for (const value of restored([-7, -7])) expect(value).toBeCloseTo(-7, 12);
  });
});
