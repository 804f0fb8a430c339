/**
 * The formats that models are read from, a row each: whatever finds models, in Node, in a browser, on
 * the command line, and whatever tells of them walks this table. Of two rows that fit, the first counts.
 */
import { decodeText } from "./files.ts";
import type { Format } from "./format.ts";
import { graphOptions, weightOptions } from "./model-options.ts";
import { isCheckpoint } from "./pytorch/begins.ts";

/** The table. */
export const formats: readonly Format[] = [
  {
    name: "a model of this library",
    endings: [".json"],
    nameInFolder: ["model.json"],
    matches: (head) => /"format"\s*:\s*"mobilenetv2"/.test(decodeText(head)),
    options: ["labels"],
    load: async () => (await import("./own-model.ts")).readOwnModel,
  },
  {
    name: "a TensorFlow.js model",
    endings: [".json", ".min.js"],
    nameInFolder: ["model.json", "model.min.js"],
    matches: (head) => /^\s*\{/.test(decodeText(head)),
    options: ["resolution", "outputStride", "padding", "epsilon", "preprocess", "labels"],
    load: async () => (await import("./tfjs-model.ts")).readTfjsModel,
  },
  {
    name: "a TensorFlow Lite file",
    endings: [".tflite"],
    matches: (head) => decodeText(head.subarray(4, 8)) === "TFL3",
    options: graphOptions,
    load: async () => (await import("./tflite/model.ts")).readTfliteModel,
  },
  {
    name: "a safetensors file",
    endings: [".safetensors"],
    matches: (head) => head[7] === 0 && /^\{\s*"/.test(decodeText(head.subarray(8, 72))),
    options: [...weightOptions, "outputStride"],
    load: async () => (await import("./safetensors-model.ts")).readSafetensorsModel,
  },
  {
    name: "a PyTorch file",
    endings: [".pth", ".pt", ".pth.tar", ".ckpt"],
    matches: isCheckpoint,
    options: [...weightOptions, "outputStride"],
    load: async () => (await import("./pytorch/model.ts")).readPytorchModel,
  },
  {
    name: "a PyTorch file",
    endings: ["pytorch_model.bin"],
    nameInFolder: ["pytorch_model.bin"],
    matches: isCheckpoint,
    options: [...weightOptions, "outputStride"],
    load: async () => (await import("./pytorch/model.ts")).readPytorchModel,
  },
];

/** Each kind of source on a disk as a user names it: `a folder with model.json`, `a .tflite file`. */
export function sourceKinds(): readonly string[] {
  return kinds((name) => `a folder with ${name}`);
}

/** Each kind of main file: `a model.json`, `a .tflite file`. */
export function mainFileKinds(): readonly string[] {
  return kinds((name) => `a ${name}`);
}

function kinds(inFolder: (name: string) => string): readonly string[] {
  const all = formats.map(({ nameInFolder: [name] = [], endings }) =>
    name === undefined ? `a ${endings[0]} file` : inFolder(name),
  );
  return [...new Set(all)];
}

/** Whether a file's name, or an address without its query, ends like a format's main file. */
export function isMainFile(name: string): boolean {
  return formats.some((format) => endsLike(format, name));
}

/** Whether a main file's name says which model it is, not only what is in a folder. */
export function standsAlone(name: string): boolean {
  return !formats.some((format) => format.nameInFolder !== undefined && endsLike(format, name));
}

/** Whether a name ends like a format's main file. */
export function endsLike({ endings }: Format, name: string): boolean {
  return endings.some((ending) => name.toLowerCase().endsWith(ending));
}
