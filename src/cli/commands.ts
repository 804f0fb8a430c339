/**
 * The command table. A new command is one file that exports a `Command`, and one row here; its file
 * is loaded only when it runs or shows its help.
 */
import type { Verb } from "../tasks/task-names.ts";
import type { CommandRow } from "./command.ts";

/** The verbs of loaded models, each a command. */
const verbs: { readonly [V in Verb]: Omit<CommandRow, "name"> } = {
  classify: {
    summary: "Name what a picture shows, with probabilities",
    load: async () => (await import("./commands/classify.ts")).classifyCommand,
  },
  detect: {
    summary: "Find objects and their boxes (SSDLite)",
    load: async () => (await import("./commands/detect.ts")).detectCommand,
  },
  segment: {
    summary: "Give every pixel a class (DeepLabv3)",
    load: async () => (await import("./commands/segment.ts")).segmentCommand,
  },
  embed: {
    summary: "Turn pictures into vectors that can be compared",
    load: async () => (await import("./commands/embed.ts")).embedCommand,
  },
};

export const commands: readonly CommandRow[] = [
  ...Object.entries(verbs).map(([name, row]) => ({ name, ...row })),
  {
    name: "batch",
    summary: "Look at archives of pictures, on one machine or many",
    load: async () => (await import("./commands/batch.ts")).batchCommand,
  },
  {
    name: "worker",
    summary: "Do work of batch, train and evaluate on this machine, from a queue",
    load: async () => (await import("./commands/worker.ts")).workerCommand,
  },
  {
    name: "similar",
    summary: "Find copies among pictures, and what is nearest to one",
    load: async () => (await import("./commands/similar.ts")).similarCommand,
  },
  {
    name: "inspect",
    summary: "Say what a model file is, holds and can be used for",
    load: async () => (await import("./commands/inspect.ts")).inspectCommand,
  },
  {
    name: "evaluate",
    summary: "Measure a model's accuracy on labelled pictures",
    load: async () => (await import("./commands/evaluate.ts")).evaluateCommand,
  },
  {
    name: "quantize",
    summary: "Turn a float model into an 8-bit .tflite file",
    load: async () => (await import("./commands/quantize.ts")).quantizeCommand,
  },
  {
    name: "convert",
    summary: "Write a model as ONNX, TensorFlow Lite or safetensors",
    load: async () => (await import("./commands/convert.ts")).convertCommand,
  },
  {
    name: "train",
    summary: "Train a classifier, detector or segmenter on your own pictures",
    load: async () => (await import("./commands/train.ts")).trainCommand,
  },
  {
    name: "profile",
    summary: "Count parameters, multiply-adds and memory, by layer or by block",
    load: async () => (await import("./commands/profile.ts")).profileCommand,
  },
  {
    name: "benchmark",
    summary: "Time a network on this machine, and measure its memory",
    load: async () => (await import("./commands/benchmark.ts")).benchmarkCommand,
  },
  {
    name: "experiment",
    summary: "Run the paper's figures and tables again, and report beside them",
    load: async () => (await import("./commands/experiment.ts")).experimentCommand,
  },
  {
    name: "serve",
    summary: "Answer pictures over HTTP",
    load: async () => (await import("./commands/serve.ts")).serveCommand,
  },
  {
    name: "models",
    summary: "List, download, check or remove published weights",
    load: async () => (await import("./commands/models.ts")).modelsCommand,
  },
];
