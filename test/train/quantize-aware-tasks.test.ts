/** Detectors and segmenters with simulated 8 bits: the file has the integers that were simulated, heads included. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inferOnce } from "../../src/backends/synchronous.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import type { DataSet } from "../../src/data/pictures.ts";
import { writeTrainedModel } from "../../src/formats/own-model.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import { load, loadModel } from "../../src/tasks/node.ts";
import { importWeights } from "../../src/train/network.ts";
import { recipes } from "../../src/train/recipes.ts";
import { openSession, type Session, type SessionOptions } from "../../src/train/session.ts";
import type { TrainResult } from "../../src/train/train-options.ts";
import { boxData } from "./toy-boxes.ts";
import { shapeData } from "./toy-shapes.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-aware-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type HeadOfMaps = "detect" | "segment";

async function finish<T extends HeadOfMaps>(session: Session<T>): Promise<TrainResult> {
  const run = session.run();
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

/** A session from its beginning to the folder that it leaves. */
async function trained<T extends HeadOfMaps>(options: SessionOptions<T>) {
  const session = await openSession<T>({ ...options, seed: 1, threads: 1 });
  const result = await finish(session);
  for (const [name, bytes] of writeTrainedModel(session.model, session.weightsOf(result.weights)))
    await writeFile(join(folder, name), bytes);
  return { session, result, model: await loadModel(folder) };
}

const recipe = {
  ...recipes.small,
  epochs: 2,
  batch: 8,
  averageDecay: 0,
  augmentation: {},
  batchNormDecay: 0.3,
};

describe.each<[task: HeadOfMaps, data: DataSet<never>]>([
  ["detect", boxData(16, 4, 64) as DataSet<never>],
  ["segment", shapeData(16, 4, 64) as DataSet<never>],
])("8 bits of a network to %s", (task, data) => {
  it("are in the file as they were simulated, and the folder computes what they are of", async () => {
    const float = await trained({ task, data, recipe, width: 0.1, resolution: 64 });
    float.session.dispose();
    const aware = { from: float.model, quantizeAware: {} };
    const slow = { ...recipe, schedule: { ...recipe.schedule, learningRate: 1e-3 } };
    const { session, result, model } = await trained({ task, data, recipe: slow, ...aware });
    importWeights(session.network, result.weights);
    const file = session.quantized!(result.weights);
    const integers = readTflite(file);
    const image = await data.validation.picture(1);
    const { data: input } = preprocess(image, model.preprocess);
    session.network.input.set(input);
    const simulated = session.network.forward(1, { training: false });
    const executable = await wasmBackend.prepare(compile(integers, wasmBackend.target));
    const read = await inferOnce(executable, [input]);
    // The first output is that of no softmax or sigmoid: box encodings, or scores.
    const [values] = [...simulated.values()];
    const found = read.output(0);
    // A sum that lies just between two of 8 bits may go either way, and what reads it follows.
    const { scale } = integers.nodes.find((node) => node.name === integers.outputs[0])!
      .quantization!;
    const far = Array.from(found, (value, i) => Math.abs(value - values![i]!) > 1.5 * scale);
    expect(far.filter(Boolean).length / far.length).toBeLessThan(0.01);
    // Not only because all values are alike.
    expect(new Set(found).size).toBeGreaterThan(10);
    session.dispose();
    executable.dispose();

    const [one, other] = [await load(task, file), await load(task, folder)];
    expect([one.labels, other.labels]).toEqual([data.classes, data.classes]);
    expect(model.graph.nodes.some(({ op }) => op === "batchNorm")).toBe(false);
    for (const loaded of [one, other]) loaded.dispose();
  });
});
