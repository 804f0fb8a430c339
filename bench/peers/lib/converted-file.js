/** A converted file of a real model: which engine of others reads it, and what each side makes of pictures. */
import { basename, dirname } from "node:path";
import { largestOf } from "./agreement.js";
import { exactOutputs } from "./exact-network.js";
import { readByNumpy } from "./numpy-weights.js";
import { compareOperations } from "./operation-steps.js";
import { startParticipant } from "./participant.js";
import { openPeer } from "./peer-backend.js";
import { alikeIn, outputDifference } from "./same-answers.js";

/** What an engine may take for opening a file, or for a run. */
const limitMs = 400_000;

// TensorFlow.js's plain loops would take minutes for a picture.
const onWasm = { options: { backend: "wasm" } };

/** The engines that read a format; the first that runs a file counts. */
const readers = {
  onnx: [{ name: "onnxruntime-node", host: "node", module: "onnxruntime-node.js" }],
  tflite: [
    { name: "LiteRT.js", host: "chromium", module: "litert.js" },
    { name: "tfjs-tflite", host: "chromium", module: "tfjs-tflite.js" },
  ],
  safetensors: [{ name: "numpy" }],
  tfjs: [{ name: "TensorFlow.js", host: "node", module: "tfjs-model.js", ...onWasm }],
  keras: [{ name: "TensorFlow.js and h5wasm", host: "node", module: "keras-h5.js", ...onWasm }],
};

/**
 * Raw outputs and answers of a model's file beside the model's, and of the file in an engine of others
 * beside the file's here, over all pictures.
 *
 * @param before - What `resultsOf` the model are.
 * @param context - `model`, `file`, its format `to`, `pictures`, `library`, its `dist`, and whether to say
 *   how far both are from the network in double precision, `exact`.
 */
export async function compareFile(before, context) {
  const { file, to, library } = context;
  const own = await library.loadModel(file);
  const after = await resultsOf(own, undefined, context);
  const row = { ours: compared(before, after, context), errors: [] };
  for (const reader of readers[to]) {
    try {
      const theirs = await resultsElsewhere(reader, own, context);
      const errors = context.exact ? fromExact(own, [after, theirs]) : undefined;
      const found = { engine: reader.name, theirs: compared(after, theirs, context) };
      const operations =
        to === "onnx" && found.theirs.steps > 1 ? await compareOperations(own.graph) : undefined;
      return { ...row, ...found, operations, fromExact: errors };
    } catch (error) {
      row.errors.push(`${reader.name}: ${error.message.split("\n")[0]}`);
    }
  }
  return row;
}

async function resultsElsewhere(reader, own, context) {
  const { file, dist } = context;
  if (reader.module === undefined) return resultsOf(byNumpy(own, file), undefined, context);
  const { name: id, host, module, options } = reader;
  const folder = dirname(file);
  const participant = await startParticipant({ id, host }, { folder, dist, limitMs });
  try {
    const about = { module, file: basename(file), options };
    return await resultsOf(own, await openPeer(context.library, participant, about), context);
  } finally {
    await participant.stop();
  }
}

/** The model with the weights that numpy finds in its file. */
function byNumpy(own, file) {
  const tensors = readByNumpy(file);
  const { graph } = own;
  const parameters = [...graph.parameters].map(([name, { shape }]) => {
    const found = tensors.get(name);
    if (`${found?.shape}` !== `${shape}`) throw new Error(`no ${name} of ${shape.join("×")}`);
    return [name, found];
  });
  if (tensors.size !== parameters.length) throw new Error(`${tensors.size} tensors in the file`);
  return { ...own, graph: { ...graph, parameters: new Map(parameters) } };
}

/** Of each picture the network's raw outputs and the task's answer, on a backend or the usual one. */
export async function resultsOf(model, backend, { pictures, library }) {
  const loaders = {
    classify: library.loadClassifier,
    detect: library.loadDetector,
    segment: library.loadSegmenter,
  };
  const ends = model.graph.outputs.length;
  // What the engine gave last is what the answer is made of.
  let last;
  let input;
  const base = backend ?? library.wasmBackend;
  const heard = {
    ...{ name: base.name, target: base.target },
    async prepare(program, options) {
      const executable = await base.prepare(program, options);
      return library.queuedExecutable(program, {
        description: executable.description,
        arenaBytes: executable.arenaBytes,
        async infer(inputs) {
          input = inputs[0].data.slice();
          last = await executable.infer(inputs.map(({ data }) => data));
          return last.map(({ data }) => data);
        },
        dispose: () => executable.dispose(),
      });
    },
  };
  const loaded = await loaders[model.task](model, { backend: heard });
  const results = [];
  try {
    for (const { image } of pictures) {
      const answer = await loaded[model.task](image);
      results.push({ input, outputs: last.slice(0, ends), answer });
    }
  } finally {
    loaded.dispose();
  }
  return results;
}

/** The largest difference of all pictures, and of how many answers how many are alike. */
function compared(wanted, received, { model, library }) {
  const { graph } = model;
  const ends = graph.outputs.map((name) => graph.nodes.find((node) => node.name === name).op);
  const all = { difference: 0, steps: undefined, alike: 0, count: 0 };
  for (const [i, { outputs, answer }] of wanted.entries()) {
    const found = received[i].outputs;
    const { difference, steps } = outputDifference(outputs, found, ends, library);
    if (!(difference <= all.difference)) all.difference = difference;
    if (steps !== undefined) all.steps = Math.max(all.steps ?? 0, steps);
    const [alike, count] = alikeIn(model.task, answer, received[i].answer);
    all.alike += alike;
    all.count += count;
  }
  return all;
}

/** The largest error of each side's outputs, relative to the largest exact value of each. */
function fromExact({ graph }, sides) {
  const worst = sides.map(() => 0);
  for (const [i, { input }] of sides[0].entries()) {
    for (const [at, { data: exact }] of exactOutputs(graph, input).entries()) {
      const size = largestOf(exact);
      for (const [side, results] of sides.entries()) {
        const { data } = results[i].outputs[at];
        const error = largestOf(exact.map((value, k) => value - data[k])) / size;
        worst[side] = Math.max(worst[side], error);
      }
    }
  }
  return worst;
}
