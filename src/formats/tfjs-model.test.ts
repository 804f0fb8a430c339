import { describe, expect, it } from "vitest";
import { openBytes, zeroFiles } from "../../test/open-bytes.ts";
import { MobileNetError } from "../errors.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { openModel } from "./open-model.ts";
import { bytesSource } from "./sources.ts";

const manifest = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const weight = (name: string, shape: readonly number[], dtype = "float32"): object => ({
  name,
  shape,
  dtype,
});

/** What reading ends with, and the files that were asked for. */
async function open(groups: unknown): Promise<{ error: unknown; asked: string[] }> {
  const asked: string[] = [];
  const json = manifest({ weightsManifest: groups });
  const source = bytesSource(new Map([["model.json", json]]));
  const error = await openModel(
    {
      ...source,
      read: async (path) => {
        asked.push(path);
        return path === "model.json" ? json : new Uint8Array(4);
      },
    },
    { name: "mine" },
  ).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { error, asked };
}

describe("a TensorFlow.js model", () => {
  const million = [1024, 1024];

  it("asks for no shard of a model that is far larger than any of this family", async () => {
    // 65 tensors of 4 MiB: over 256 MiB together, each harmless alone.
    const weights = Array.from({ length: 65 }, (_, i) => weight(`w${i}`, million));
    const { error, asked } = await open([{ paths: ["a"], weights }]);
    expect(error).toMatchObject({ code: "invalid-model" });
    expect(asked).toEqual(["model.json"]);
    const fitting = await open([{ paths: ["a"], weights: weights.slice(1) }]);
    expect(fitting.asked).toEqual(["model.json", "a"]);
  });

  it("counts what 8-bit codes take once they are numbers", async () => {
    const quantization = { dtype: "uint8", scale: 1, min: 0 };
    const weights = Array.from({ length: 65 }, (_, i) => ({
      ...weight(`w${i}`, million),
      quantization,
    }));
    expect((await open([{ paths: ["a"], weights }])).error).toBeInstanceOf(MobileNetError);
  });

  it("asks for no shard where there are more than a thousand, in whatever groups", async () => {
    const groups = Array.from({ length: 1025 }, (_, i) => ({ paths: [`s${i}`], weights: [] }));
    const { error, asked } = await open(groups);
    expect(error).toMatchObject({ code: "invalid-model" });
    expect(asked).toEqual(["model.json"]);
    expect((await open(groups.slice(1))).asked).toHaveLength(1025);
  });

  it("is the same packed as scripts", async () => {
    const plain = zeroFiles(mobilenetV2({ width: 0.35, classes: 3 }));
    const script = (data: string) => new TextEncoder().encode(`module.exports=${data}`);
    const text = new TextDecoder().decode(plain.get("model.json"));
    const shard = Buffer.from(plain.get("w") as Uint8Array).toString("base64");
    const packed = new Map([
      ["m/model.min.js", script(text)],
      ["m/w.min.js", script(JSON.stringify(shard))],
    ]);
    expect(await openBytes(packed, "mine")).toEqual(await openBytes(plain, "mine"));
  });
});
