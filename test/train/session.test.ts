/** A whole session: what is frozen stays, its features are computed once, and the model is complete. */
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { compile } from "../../src/compile/compile.ts";
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { selectOutputs, withoutArchitecture } from "../../src/graph/rewrite.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { ranges } from "../../src/image/presets.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel } from "../../src/models/model.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { sealCheckpoint } from "../../src/train/checkpoint-file.ts";
import { prepareFrozen } from "../../src/train/data/features.ts";
import { pictureSamples } from "../../src/train/data/picture-samples.ts";
import type { SampleSet } from "../../src/train/data/samples.ts";
import { splitGraph } from "../../src/train/freeze.ts";
import { filterDeviation } from "../../src/train/initialize.ts";
import { exportWeights } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { recipes } from "../../src/train/recipes.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { openSession, type SessionOptions } from "../../src/train/session.ts";
import type { TrainResult } from "../../src/train/train-options.ts";
import { randomize, relativeError, smallPictures } from "./networks.ts";

/** Dark and bright pictures, and how often each was read. */
function counted(count: number): { readonly pictures: Pictures; readonly reads: () => number } {
  let reads = 0;
  const picture = async (index: number): Promise<RgbImage> => {
    reads++;
    return { width: 32, height: 32, data: new Uint8Array(3072).fill(index % 2 ? 220 : 30) };
  };
  const pictures = { count, name: String, label: (index: number) => index % 2, picture };
  return { pictures, reads: () => reads };
}

/** A checkpoint's store that lasts as long as a test. */
function keptInMemory() {
  const memory = {
    kept: undefined as Uint8Array | undefined,
    checkpoint: {
      save: async (bytes: Uint8Array) => {
        memory.kept = bytes;
      },
      load: async () => memory.kept,
    },
  };
  return memory;
}

const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 7 });
const base = createReferenceNetwork(planTraining(graph), { batch: 1 });
randomize(base, 1);
const model: ClassifierModel = {
  name: "base",
  task: "classify",
  graph: bindWeights(graph, exportWeights(base)),
  preprocess: smallPictures,
  labels: ["a", "b", "c", "d", "e", "f", "g"],
  features: "head/relu6",
};

async function run(options: Partial<SessionOptions>) {
  const [training, validation] = [counted(8), counted(4)];
  const classes = ["dark", "bright"];
  const data: DataSet = {
    name: "toy",
    classes,
    training: training.pictures,
    validation: validation.pictures,
  };
  const recipe = { ...recipes["fine-tune"], epochs: 3, batch: 4, ...options.recipe };
  const session = await openSession({ data, seed: 1, ...options, recipe });
  const events = session.run();
  let result: TrainResult | undefined;
  while (result === undefined) {
    const { done, value } = await events.next();
    if (done) result = value;
  }
  const weights = session.weightsOf(result.weights);
  session.dispose();
  return { reads: [training.reads(), validation.reads()], weights, model: session.model };
}

describe("a session", () => {
  it("computes features once where nothing random comes before the frozen part", async () => {
    const plain = { ...recipes["fine-tune"], epochs: 3, batch: 4, augmentation: {} };
    expect((await run({ from: model, freeze: "head", recipe: plain })).reads).toEqual([8, 4]);
    expect((await run({ from: model, freeze: "head" })).reads).toEqual([24, 4]);
    expect((await run({ from: model })).reads).toEqual([24, 12]);
    // Two augmented versions of each picture, one an epoch, come in turns.
    const views = { ...recipes["fine-tune"], epochs: 5, batch: 4, views: 2 };
    expect((await run({ from: model, freeze: "head", recipe: views })).reads).toEqual([16, 4]);
  });

  it.each(["stem", "block_0", "block_5", "block_16", "head"])(
    "leaves everything up to %s as it was, and changes what follows",
    async (freeze) => {
      const { weights, model: made } = await run({ from: model, freeze });
      const names = [...model.graph.parameters.keys()];
      const last = names.findLastIndex((name) => name.startsWith(`${freeze}/`));
      for (const [index, name] of names.entries()) {
        if (name.startsWith("classifier/")) continue;
        const [before, after] = [model.graph.parameters.get(name)?.data, weights.get(name)?.data];
        if (index <= last) expect(after, name).toEqual(before);
        else expect(after, name).not.toEqual(before);
      }
      // The result is a whole network under the graph's names.
      const complete = bindWeights(buildNetwork(made.architecture), weights);
      expect(complete.parameters.get("classifier/bias")?.data).toHaveLength(2);
    },
  );

  // Of each of 8 samples 1280 features.
  it.each([
    [8 * 4 * 1280, 8],
    [8 * 4 * 1280 - 1, 16],
  ])("computes features again where they do not fit %d bytes", async (memory, wanted) => {
    const frozen = await prepareFrozen(splitGraph(model.graph, "head").frozen, 1, memory);
    const { pictures, reads } = counted(8);
    const samples = frozen.samples(pictureSamples(pictures, model.preprocess, {}), {
      views: "plain",
    });
    const into = new Float32Array(1280);
    const passes: number[][] = [];
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < 8; i++) {
        await samples.read(i, into);
        passes[pass] = [...(passes[pass] ?? []), ...into];
      }
    }
    expect(passes[1]).toEqual(passes[0]);
    expect(reads()).toBe(wanted);
    frozen.dispose();
  });

  it("goes on only from the model and the settings that it began with", async () => {
    const memory = keptInMemory();
    const { checkpoint } = memory;
    await run({ from: model, freeze: "head", checkpoint });
    const again = { from: model, freeze: "head", checkpoint, resume: true };
    await run(again);
    const data = graph.parameters.get("stem/weights")?.shape ?? [];
    const changed = new Map(exportWeights(base));
    const stem = changed.get("stem/weights");
    changed.set("stem/weights", {
      dtype: "float32",
      shape: data,
      data: Float32Array.from(stem?.data ?? [], (value) => value * 1.5),
    });
    const other = { ...model, graph: bindWeights(graph, changed) };
    await expect(run({ ...again, from: other })).rejects.toThrow(/settings\.base /);
    const range = { ...model, preprocess: { ...model.preprocess, ...ranges.unit } };
    await expect(run({ ...again, from: range })).rejects.toThrow(/settings\.preprocess\.scale/);
    await expect(run({ ...again, freeze: "stem" })).rejects.toThrow(/settings\.freeze/);

    const { tensors, metadata } = readSafetensors(memory.kept as Uint8Array, "checkpoint");
    const rest = [...tensors].filter(([name]) => name !== "best:classifier/bias");
    const { checksum: _, version: __, ...texts } = metadata;
    memory.kept = sealCheckpoint({ tensors: new Map(rest), metadata: texts });
    await expect(run(again)).rejects.toThrow(/best:classifier\/bias: .*damaged/);
  });

  it("goes on only with the pictures that it began with", async () => {
    const { checkpoint } = keptInMemory();
    const recipe = { ...recipes.small, epochs: 1, batch: 4 };
    const start = async (folder: string, resume: boolean) => {
      const { pictures } = counted(4);
      const named = { ...pictures, name: (index: number) => `${folder}${index}.png` };
      const data = { name: "toy", classes: ["a", "b"], training: named, validation: named };
      const options = { data, recipe, width: 0.1, checkpoint, resume };
      const session = await openSession(options);
      const run = session.run();
      try {
        for (let step = await run.next(); !step.done; ) step = await run.next();
      } finally {
        session.dispose();
      }
    };
    await start("here/", false);
    await start("elsewhere/", true);
    await expect(start("here/other-", true)).rejects.toThrow(/settings\.pictures/);
  });

  it("trains from pictures that a class gives, behind a frozen part too", async () => {
    class Striped implements Pictures {
      readonly count = 8;
      name(index: number): string {
        return `striped ${index}`;
      }
      label(index: number): number {
        return index % 2;
      }
      async picture(index: number): Promise<RgbImage> {
        return { width: 32, height: 32, data: new Uint8Array(3072).fill(index % 2 ? 220 : 30) };
      }
    }
    const striped = new Striped();
    const data = { name: "toy", classes: ["a", "b"], training: striped, validation: striped };
    const { reads } = await run({ from: model, freeze: "head", data });
    expect(reads).toEqual([0, 0]);
    const frozen = await prepareFrozen(splitGraph(model.graph, "head").frozen, 1);
    class Plain implements SampleSet {
      readonly count = 2;
      name(index: number): string {
        return `plain ${index}`;
      }
      label(index: number): number {
        return index;
      }
      async read(index: number, into: Float32Array): Promise<void> {
        into.fill(index);
      }
    }
    const samples = frozen.samples(new Plain(), { views: "plain" });
    expect([samples.count, samples.name(1), samples.label(1)]).toEqual([2, "plain 1", 1]);
    frozen.dispose();
  });

  it("has nothing to read or write once it is disposed", async () => {
    const { pictures } = counted(4);
    const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
    const recipe = { ...recipes.small, batch: 4 };
    const { network, ...session } = await openSession({ data, recipe, seed: 1, width: 0.1 });
    session.dispose();
    expect(() => exportWeights(network)).toThrow(/disposed/);
    expect(() => network.input.fill(0)).toThrow(/disposed/);
  });

  it("refuses what cannot be trained, with the reason", async () => {
    await expect(run({ freeze: "head" })).rejects.toThrow(/nothing to freeze/);
    await expect(run({ from: model, freeze: "block_17" })).rejects.toThrow(/block_16/);
    await expect(run({ from: model, width: 1 })).rejects.toThrow(/width/);
    const misspelt = { from: model, sead: 3 };
    await expect(run(misspelt)).rejects.toThrow(/openSession has no option "sead".*seed\?/);
    const other = { ...recipes.few, epoch: 3 };
    await expect(run({ from: model, recipe: other })).rejects.toThrow(/has no option "epoch"/);
    const none = { ...recipes.few, views: 0 };
    await expect(run({ from: model, recipe: none })).rejects.toThrow(/views/);
    const first = mobilenetV1({ width: 0.25, resolution: 32, classes: 2 });
    const from = { ...model, graph: withRandomWeights(withoutArchitecture(first)) };
    await expect(run({ from })).rejects.toMatchObject({ code: "unsupported" });
  });

  describe("from weights that were folded into biases", () => {
    const folded = new Map(exportWeights(base));
    for (const { op, name } of graph.nodes) {
      if (op !== "batchNorm") continue;
      const beta = folded.get(`${name}/beta`);
      if (beta !== undefined) folded.set(name.replace(/batch_norm$/, "bias"), beta);
      for (const part of ["gamma", "beta", "mean", "variance"]) folded.delete(`${name}/${part}`);
    }
    const from = { ...model, graph: bindWeights(graph, folded) };
    const data: DataSet = {
      name: "toy",
      classes: ["dark", "bright"],
      training: counted(8).pictures,
      validation: counted(4).pictures,
    };
    const recipe = { ...recipes["fine-tune"], batch: 8, augmentation: {}, batchNormDecay: 0 };

    it("begins with batch norms that compute the same", async () => {
      const options = { data, from, freeze: "block_5", recipe, seed: 1 };
      const session = await openSession(options);
      const weights = session.weightsOf(exportWeights(session.network));
      session.dispose();
      expect([weights.has("block_5/project/bias"), weights.has("head/bias")]).toEqual([
        true,
        false,
      ]);
      const result = bindWeights(buildNetwork(session.model.architecture), weights);
      const features = async (of: Graph) => {
        const [node = ""] = of.nodes.flatMap(({ op, inputs }) =>
          op === "globalAveragePool" ? inputs : [],
        );
        const program = compile(selectOutputs(of, [node]), referenceBackend.target);
        const executable = await referenceBackend.prepare(program);
        executable.input().forEach((_, i, input) => {
          input[i] = Math.sin(i);
        });
        executable.run();
        return executable.output();
      };
      const [before, after] = [await features(from.graph), await features(result)];
      // Each of 33 layers rounds its weights and four values a channel to float32.
      expect(relativeError(after, before)).toBeLessThan(1e-5);
    });

    it("gives them the statistics of the pictures and filters of a new network's length", async () => {
      const session = await openSession({ data, from, recipe, seed: 1, resolution: 64 });
      const { network } = session;
      const measured = exportWeights(network);
      const samples = pictureSamples(data.training, session.model.preprocess, {});
      const size = 64 * 64 * 3;
      const values = new Float32Array(size);
      for (let i = 0; i < 8; i++) {
        await samples.read(i, values);
        network.input.set(values, i * size);
      }
      // Nothing remains of the statistics that were there: the batch's take their place.
      network.forward(8, { training: true });
      const own = exportWeights(network);
      session.dispose();
      for (const [name, { data: before }] of measured) {
        const after = own.get(name)?.data as Float32Array;
        if (name.endsWith("/mean")) {
          const { data: variance } = measured.get(name.replace("/mean", "/variance"))!;
          const off = Array.from(before, (value, c) => {
            return Math.abs(value - after[c]!) / Math.sqrt(variance[c]! + 1e-3);
          });
          expect(Math.max(...off), name).toBeLessThan(1e-3);
        } else if (name.endsWith("/weights") && !name.startsWith("classifier")) {
          const squares = Array.from(before, (value) => value * value);
          const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
          const deviation = filterDeviation(measured.get(name)?.shape ?? []);
          expect(Math.sqrt(mean) / deviation, name).toBeCloseTo(1, 5);
        }
      }
    });

    it("trains them, but for those that are frozen", async () => {
      const began = await openSession({ data, from, freeze: "block_5", recipe, seed: 1 });
      const before = began.weightsOf(exportWeights(began.network));
      began.dispose();
      const { weights } = await run({ from, freeze: "block_5", recipe: { ...recipe, epochs: 1 } });
      for (const part of ["weights", "batch_norm/gamma", "batch_norm/mean"]) {
        expect(weights.get(`head/${part}`)?.data).not.toEqual(before.get(`head/${part}`)?.data);
      }
      const kept = "block_5/project/weights";
      expect(weights.get(kept)?.data).toEqual(from.graph.parameters.get(kept)?.data);
      expect((await run({ from, freeze: "head" })).weights.has("head/bias")).toBe(true);
    });
  });
});
