/** Keras's weights without their network: layers' names tell it. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openModel } from "../../src/formats/open-model.ts";
import { bytesSource } from "../../src/formats/sources.ts";
import { locateNamed } from "../../src/hub/open-named.ts";
import { ranges } from "../../src/image/presets.ts";
import { openBytes } from "../open-bytes.ts";

const packed = readFileSync(new URL("keras-weights/weights.h5.gz", import.meta.url));
const files = new Map([["weights.h5", new Uint8Array(gunzipSync(packed))]]);

describe("a .h5 of weights alone", () => {
  it("is a network with each tensor in its place and TensorFlow's conventions", async () => {
    const { graph, preprocess, labels, assumptions } = await openBytes(files, "w", {
      resolution: 96,
    });
    expect(graph.architecture).toMatchObject({ width: 0.1, padding: "same", epsilon: 1e-3 });
    const first = (name: string): number | undefined => graph.parameters.get(name)?.data?.[0];
    // The file's order: the stem's kernel, γ, β, mean, variance, the first block's …
    expect(first("stem/weights")).toBeCloseTo(0.001, 6);
    expect(first("stem/batch_norm/variance")).toBeCloseTo(0.005, 6);
    expect(first("block_0/depthwise/weights")).toBeCloseTo(0.006, 6);
    expect(first("block_1/expand/batch_norm/beta")).toBeCloseTo(0.018, 6);
    expect(first("classifier/bias")).toBeCloseTo(0.262, 6);
    expect(labels).toHaveLength(3);
    expect(preprocess).toMatchObject({ width: 96, ...ranges.signed });
    expect(assumptions?.map(({ about }) => about)).toContain("padding");
  });

  it("is what a name of Keras's describes, or is refused", async () => {
    const describeIt = async () => ({
      architecture: {
        ...{ network: "mobilenet-v2", task: "classify", width: 0.1, resolution: [96, 96] },
        ...{ classes: 3, outputStride: 32, hidden: [], padding: "same", epsilon: 1e-3 },
        strides: [2, 1, 2, 2, 2, 1, 2, 1],
      },
      preprocess: {
        ...{ width: 96, height: 96, centers: "half-pixel", ...ranges.signed },
        fit: { kind: "stretch" },
      },
      labels: ["a", "b", "c"],
    });
    const named = { name: "keras:x", version: "1", baseUrl: "", files: [] };
    const pull = async () => files;
    const whole = { ...named, describe: describeIt } as never;
    const { source, request } = await locateNamed(whole, { pull, options: {} });
    expect((await openModel(source, request)).labels).toEqual(["a", "b", "c"]);
    const published = { name: "x", ...(await describeIt()), headless: true } as never;
    await expect(openModel(bytesSource(files), { name: "x", published })).rejects.toThrow(
      /not the record's network: expected a model to embed, received one to classify/,
    );
  });
});
