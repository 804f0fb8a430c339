import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalValues, randomWeights, seededRandom } from "../../../test/conformance/random.ts";
import { parametersOf } from "../../../test/int8/convolution-graphs.ts";
import { referenceBackend } from "../../backends/reference/reference.ts";
import { compile } from "../../compile/compile.ts";
import { foldBatchNorm } from "../../compile/fold-batch-norm.ts";
import { fuseActivations } from "../../compile/fuse-elementwise.ts";
import { MobileNetError } from "../../errors.ts";
import { bindWeights } from "../../graph/bind.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/ir.ts";
import { deeplabV3 } from "../../models/deeplab.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { ssdlite } from "../../models/ssdlite.ts";
import { FlatTable } from "./flatbuffer.ts";
import { readSchema } from "./schema.ts";
import { readTflite } from "./tflite.ts";
import { writeTflite } from "./writer.ts";

async function outputs(graph: Graph, values: Float32Array): Promise<Float32Array[]> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  executable.input().set(values);
  executable.run();
  return graph.outputs.map((_, i) => executable.output(i));
}

function bound(graph: Graph): Graph {
  return bindWeights(graph, randomWeights(graph, 5));
}

function weighted(graph: Graph): Graph {
  return fuseActivations(foldBatchNorm(bound(graph)));
}

const networks: readonly (readonly [string, Graph])[] = [
  ["a classifier", mobilenetV2({ width: 0.35, resolution: 32, classes: 7 })],
  [
    "a classifier with symmetric padding",
    mobilenetV2({ width: 0.35, resolution: 32, classes: 7, padding: "symmetric" }),
  ],
  ["a segmenter", deeplabV3({ width: 0.35, resolution: 33, classes: 5, aspp: true })],
  ["a detector", ssdlite({ width: 0.35, resolution: 96, classes: 3 })],
];

describe("a written file", () => {
  it.each(networks)("reads back as the same function: %s", async (_, plain) => {
    const graph = weighted(plain);
    const read = readTflite(writeTflite(graph));
    const [input] = graph.nodes;
    const shape = input?.op === "input" ? input.shape : [];
    const values = normalValues(
      shape.reduce((a, b) => a * b, 1),
      seededRandom(1),
      0.5,
    );
    expect(read.outputs).toEqual(graph.outputs);
    expect(await outputs(read, values)).toEqual(await outputs(graph, values));
  });

  it("keeps a mean under a window, and activations and pads by themselves", () => {
    const builder = new GraphBuilder("parts");
    const input = builder.input("image", [1, 6, 6, 4]);
    const graph = builder.build([input]);
    const parts: Graph = {
      ...graph,
      nodes: [
        ...graph.nodes,
        {
          op: "pad",
          name: "pad",
          inputs: ["image"],
          pads: { top: 1, left: 0, bottom: 0, right: 2 },
        },
        { op: "activation", name: "relu", inputs: ["pad"], activation: "relu" },
        {
          op: "averagePool2d",
          name: "pool",
          inputs: ["relu"],
          kernel: [3, 3],
          stride: 2,
          dilation: 1,
          padding: "same",
        },
        { op: "reshape", name: "flat", inputs: ["pool"], shape: [1, 1, 64] },
      ],
      outputs: ["flat"],
    };
    const read = readTflite(writeTflite(parts));
    expect(read.nodes.map(({ op }) => op)).toEqual(parts.nodes.map(({ op }) => op));
    expect(read.nodes[3]).toMatchObject({ kernel: [3, 3], stride: 2, padding: "same" });
  });

  it.each([
    ["one scale", false, 0],
    ["a scale for each channel", true, 3],
  ])("says of a depthwise filter of %s which dimension it is of", (_, perChannel, dimension) => {
    const as = { dtype: "int8", scale: 0.5, zeroPoint: 3 } as const;
    const settings = { perChannel, spread: false, random: 7 };
    const file = writeTflite({
      ...{ name: "filter", outputs: ["y"] },
      parameters: new Map(parametersOf("y", [3, 3, 4], settings)),
      nodes: [
        { op: "input", name: "x", inputs: [], shape: [1, 5, 7, 4], quantization: as },
        {
          ...{ op: "depthwiseConv2d", name: "y", inputs: ["x"], quantization: as },
          ...{ kernel: [3, 3], stride: 1, dilation: 1, padding: "same", activation: "none" },
          ...{ weights: "y/weights", bias: "y/bias" },
        },
      ],
    });
    const filter = readSchema(file).tensors.find(({ name }) => name === "y/weights");
    expect(filter?.quantization).toMatchObject({ dimension });
    expect(filter?.quantization?.scales).toHaveLength(perChannel ? 4 : 1);
  });

  it("puts every vector at a multiple of 16 bytes, as kernels read weights in place", () => {
    const file = writeTflite(weighted(mobilenetV2({ width: 0.35, resolution: 32, classes: 7 })));
    const buffers = FlatTable.root(file, "TFL3")
      .tables(4, 1000)
      .flatMap((buffer) => buffer.bytes(0) ?? []);
    expect(buffers.length).toBeGreaterThan(100);
    expect(buffers.filter(({ byteOffset }) => byteOffset % 16 !== 0)).toEqual([]);
  });

  it("refuses what the format has no operator for, and weights without values", () => {
    const plain = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });
    expect(() => writeTflite(bound(plain))).toThrow(/batchNorm has no operator/);
    expect(() => writeTflite(fuseActivations(foldBatchNorm(plain)))).toThrow(/has no values/);
  });
});

describe("a damaged file of ours", () => {
  const file = writeTflite(weighted(mobilenetV2({ width: 0.35, resolution: 32, classes: 3 })));
  const outcome = (bytes: Uint8Array): string => {
    try {
      readTflite(bytes);
      return "read";
    } catch (error) {
      return error instanceof MobileNetError ? error.code : `threw ${error}`;
    }
  };

  it("is refused where it is cut short", () => {
    const cut = fc.nat(file.length - 17);
    fc.assert(
      fc.property(cut, (length) => {
        expect(outcome(file.subarray(0, length))).toMatch(/^(invalid-model|unsupported)$/);
      }),
      { numRuns: 100 },
    );
  });

  it("ends in the library's error or a graph, whichever bytes of its tables are wrong", () => {
    // Tables come first; the weights behind them may hold any bytes.
    const change = fc.tuple(fc.nat(60_000), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = file.slice();
        for (const [place, value] of changes) bytes[place] = value;
        expect(outcome(bytes)).toMatch(/^(read|invalid-model|unsupported)$/);
      }),
      { numRuns: 100 },
    );
  });
});
