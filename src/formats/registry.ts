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
    companions: ["model.safetensors", "checkpoint.safetensors"],
    matches: (head) => /"format"\s*:\s*"mobilenetv2"/.test(decodeText(head)),
    options: ["labels"],
    load: async () => (await import("./own-model.ts")).readOwnModel,
  },
  {
    name: "a TensorFlow.js model",
    endings: [".json", ".min.js"],
    nameInFolder: ["model.json", "model.min.js"],
    matches: (head) => /^\s*\{/.test(decodeText(head)),
    options: weightOptions,
    load: async () => (await import("./tfjs-model.ts")).readTfjsModel,
    outline: async () => (await import("./tfjs-outline.ts")).outlineTfjs,
  },
  {
    name: "a TensorFlow Lite file",
    endings: [".tflite"],
    matches: (head) => decodeText(head.subarray(4, 8)) === "TFL3",
    options: graphOptions,
    load: async () => (await import("./tflite/model.ts")).readTfliteModel,
    outline: async () => (await import("./tflite/outline.ts")).outlineTflite,
  },
  {
    name: "an ONNX file",
    endings: [".onnx"],
    // The format's version is the first field and one byte; another of a model's fields follows it.
    matches: ([first, version = 128, next = 0]) =>
      first === 8 &&
      version < 128 &&
      [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(next),
    options: ["resolution", ...graphOptions],
    load: async () => (await import("./onnx/read-model.ts")).readOnnxModel,
    outline: async () => (await import("./onnx/outline.ts")).outlineOnnx,
  },
  {
    name: "a Keras HDF5 file",
    endings: [".h5", ".hdf5"],
    matches: (head) => latin(head).startsWith("\x89HDF\r\n\x1a\n"),
    // The reader refuses of whole models what only weights leave open.
    options: weightOptions,
    load: async () => (await import("./keras/h5.ts")).readKerasH5,
    outline: async () => (await import("./keras/outline.ts")).outlineKerasH5,
  },
  {
    name: "a Keras archive",
    endings: [".keras"],
    // A zip whose first file is one of those that Keras packs.
    matches: (head) =>
      latin(head).startsWith("PK\x03\x04") &&
      /^(metadata|config)\.json/.test(latin(head).slice(30)),
    options: ["resolution", ...graphOptions],
    load: async () => (await import("./keras/archive.ts")).readKerasArchive,
    outline: async () => (await import("./keras/outline.ts")).outlineKerasArchive,
  },
  {
    name: "a safetensors file",
    endings: [".safetensors"],
    matches: (head) => head[7] === 0 && /^\{\s*"/.test(decodeText(head.subarray(8, 72))),
    options: weightOptions,
    load: async () => (await import("./safetensors-model.ts")).readSafetensorsModel,
  },
  {
    name: "a PyTorch file",
    endings: [".pth", ".pt", ".pth.tar", ".ckpt"],
    matches: isCheckpoint,
    options: weightOptions,
    load: async () => (await import("./pytorch/model.ts")).readPytorchModel,
  },
  {
    name: "a PyTorch file",
    endings: ["pytorch_model.bin"],
    nameInFolder: ["pytorch_model.bin"],
    matches: isCheckpoint,
    options: weightOptions,
    load: async () => (await import("./pytorch/model.ts")).readPytorchModel,
  },
];

/** The first bytes as a character each. */
function latin(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, 64));
}

/** Each kind of source on a disk as a user names it: `a folder with model.json`, `a .tflite file`. */
export function sourceKinds(): readonly string[] {
  return [...kinds((name) => `a folder with ${name}`), archiveKind];
}

/** Each kind of main file: `a model.json`, `a .tflite file`. */
export function mainFileKinds(): readonly string[] {
  return [...kinds((name) => `a ${name}`), archiveKind];
}

const archiveKind = "a .zip file of these";

/** Whether a file is an archive that is opened as a folder would be. */
export function isArchive(name: string): boolean {
  return /\.zip$/i.test(name);
}

function kinds(inFolder: (name: string) => string): readonly string[] {
  const all = formats.map(({ nameInFolder: [name] = [], endings }) =>
    name === undefined ? `a ${endings[0]} file` : inFolder(name),
  );
  return [...new Set(all)];
}

/** Whether a file's name, or an address without its query, ends like a format's main file. */
export function isMainFile(name: string): boolean {
  return isArchive(name) || formats.some((format) => endsLike(format, name));
}

/** Whether a main file's name says which model it is, not only what is in a folder. */
export function standsAlone(name: string): boolean {
  return !formats.some((format) => format.nameInFolder !== undefined && endsLike(format, name));
}

/** Whether a name ends like a format's main file. */
export function endsLike({ endings }: Format, name: string): boolean {
  return endings.some((ending) => name.toLowerCase().endsWith(ending));
}
