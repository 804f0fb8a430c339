/**
 * What 8 bits cost, of a network that was trained without and with them: CIFAR-10 at width 0.5, five models.
 * The float one is trained by the command line (docs/training.md has its command) unless `--float DIR` has it;
 * two files are made of it after training, with one scale for each output channel and with one for all, by the
 * ranges of 1000 training pictures; two come from training on with 8 bits simulated. Accuracy is of the 10,000
 * test pictures, by the files as they are loaded. Agreement is the share of pictures for which the simulated
 * network, as training computes it, and the integers of its file name the same class.
 *
 *   npm run build && node bench/quantize-aware.js --float cifar --out cifar-aware
 *
 * Everything goes on where it was stopped: rows that bench/results/quantize-aware-cifar10.json has are kept,
 * training goes on from checkpoints in `--out`. `--float-epochs 10` trains the float model in a third of the time.
 * For a trial: `--limit 640 --epochs 1 --results trial.json`.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadClassifier, loadModel, quantize } from "mobilenetv2";
import {
  cifar10DataSet,
  fileCheckpoint,
  importWeights,
  openSession,
  pictureSamples,
  recipes,
  somePictures,
} from "mobilenetv2/train";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    float: { type: "string", default: "cifar" },
    out: { type: "string", default: "cifar-aware" },
    results: { type: "string", default: join(root, "bench/results/quantize-aware-cifar10.json") },
    limit: { type: "string" },
    epochs: { type: "string" },
    "float-epochs": { type: "string" },
    rate: { type: "string" },
    threads: { type: "string", default: "auto" },
  },
});
const threads = values.threads === "auto" ? "auto" : Number(values.threads);
const limit = values.limit === undefined ? undefined : Number(values.limit);

const floatEpochs = values["float-epochs"] ?? values.epochs;
const floatArgs = [
  ...["--data", "cifar10", "--width", "0.5", "--seed", "1"],
  ...(limit === undefined ? [] : ["--limit", `${limit}`]),
  ...(floatEpochs === undefined ? [] : ["--epochs", floatEpochs]),
];
const unfinished = join(values.float, "unfinished");
if (!existsSync(join(values.float, "model.json")) || existsSync(unfinished)) {
  const resume = existsSync(join(values.float, "checkpoint.safetensors")) ? ["--resume"] : [];
  await mkdir(values.float, { recursive: true });
  await writeFile(unfinished, "");
  const main = join(root, "dist/cli/main.js");
  const args = [main, "train", ...floatArgs, "--out", values.float, ...resume, "--turbo"];
  execFileSync(process.execPath, args, { stdio: "inherit" });
  await rm(unfinished);
}

const whole = await cifar10DataSet();
const data =
  limit === undefined
    ? whole
    : {
        ...whole,
        training: somePictures(whole.training, limit, 1),
        validation: somePictures(whole.validation, limit, 1),
      };
const results = JSON.parse(await readFile(values.results, "utf8").catch(() => '{"models":{}}'));
const save = async () => {
  results.machine = `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`;
  results.pictures = { training: data.training.count, test: data.validation.count };
  await writeFile(values.results, `${JSON.stringify(results, undefined, 1)}\n`);
};
const round = (share) => Number(share.toFixed(4));

/** The best class of every test picture, and how many are right. */
async function predict(source) {
  const classifier = await loadClassifier(source);
  const classes = [];
  for (let index = 0; index < data.validation.count; index++) {
    const [best] = await classifier.classify(await data.validation.picture(index), { topK: 1 });
    classes.push(best.index);
  }
  classifier.dispose();
  return { classes, accuracy: accuracyOf(classes) };
}

function accuracyOf(classes) {
  const right = classes.filter((index, at) => index === data.validation.label(at)).length;
  return round(right / classes.length);
}

/** The same by the simulated network, as training computes it. */
async function predictSimulated({ network, model }) {
  const samples = pictureSamples(data.validation, model.preprocess, {});
  const size = network.input.length / network.batch;
  const classes = [];
  for (let start = 0; start < samples.count; start += network.batch) {
    const count = Math.min(network.batch, samples.count - start);
    for (let i = 0; i < count; i++) {
      await samples.read(start + i, network.input.subarray(i * size, (i + 1) * size));
    }
    const [logits] = network.forward(count, { training: false }).values();
    const each = logits.length / count;
    for (let i = 0; i < count; i++) {
      const row = logits.subarray(i * each, (i + 1) * each);
      classes.push(row.indexOf(Math.max(...row)));
    }
  }
  return classes;
}

const share = (some, others) =>
  round(some.filter((index, at) => index === others[at]).length / some.length);

const models = results.models;
const model = await loadModel(values.float);
const float = await predict(values.float);
models.float ??= {
  command: `mobilenetv2 train ${floatArgs.join(" ")} --turbo --out cifar`,
  accuracy: float.accuracy,
};
await save();
console.log("float", models.float);

for (const weights of ["per-channel", "per-tensor"]) {
  const name = `after training, ${weights}`;
  if (models[name] !== undefined) continue;
  const calibration = somePictures(data.training, 1000, 1);
  const images = Array.from(
    { length: calibration.count },
    (_, index) => () => calibration.picture(index),
  );
  const { file } = await quantize(model, { images, weights });
  const { classes, accuracy } = await predict(file);
  models[name] = {
    accuracy,
    lost: round(float.accuracy - accuracy),
    agreesWithFloat: share(classes, float.classes),
    bytes: file.length,
  };
  await save();
  console.log(name, models[name]);
}

for (const weights of ["per-channel", "per-tensor"]) {
  const name = `simulated while training, ${weights}`;
  if (models[name] !== undefined) continue;
  const folder = join(values.out, weights);
  await mkdir(folder, { recursive: true });
  const own = recipes["quantize-aware"];
  const { crop, flip } = recipes.small.augmentation;
  const session = await openSession({
    ...{ data, from: model, quantizeAware: { weights }, seed: 1, threads },
    recipe: {
      ...own,
      augmentation: { crop, flip },
      epochs: values.epochs === undefined ? own.epochs : Number(values.epochs),
      schedule: {
        ...own.schedule,
        learningRate: values.rate === undefined ? own.schedule.learningRate : Number(values.rate),
      },
    },
    checkpoint: fileCheckpoint(join(folder, "checkpoint.safetensors")),
    checkpointSteps: 200,
    resume: true,
  });
  const run = session.run();
  const epochs = [];
  let result;
  for (;;) {
    const { done, value } = await run.next();
    if (done) {
      result = value;
      break;
    }
    if (value.kind !== "epoch") continue;
    const { epoch, trainingLoss, validation } = value;
    epochs.push({ epoch, trainingLoss, accuracy: validation.accuracy });
    console.log(name, epochs.at(-1));
  }
  importWeights(session.network, result.weights);
  const simulated = await predictSimulated(session);
  const file = session.quantized(result.weights);
  await writeFile(join(folder, "model.tflite"), file);
  session.dispose();
  const { classes, accuracy } = await predict(file);
  models[name] = {
    command: `mobilenetv2 train --data cifar10 --from cifar --quantize-aware${weights === "per-tensor" ? " --per-tensor" : ""} --seed 1 --out cifar-${weights}`,
    accuracy,
    lost: round(float.accuracy - accuracy),
    simulated: accuracyOf(simulated),
    agreesWithSimulated: share(classes, simulated),
    agreesWithFloat: share(classes, float.classes),
    bytes: file.length,
    bestEpoch: result.bestEpoch,
    epochs,
  };
  await save();
  console.log(name, models[name]);
}
