/**
 * `run.json` in a run's folder: with which options it was begun, those that were chosen for it included,
 * so that `--resume` needs none of them, and which pictures it was trained on, so that `evaluate` can
 * leave them out. `quantize` leaves the same beside the file that it makes of the run's model. It names no folder of the machine that wrote it, and may come from strangers.
 */

import { dirname, extname, join } from "node:path";
import { type DamagedJson, readKeptJson } from "../../disk/kept-json-node.ts";
import { kindOf } from "../../disk/read-node.ts";
import { isRecord, parseJson } from "../../formats/files.ts";
import { isWebAddress } from "../../hub/fetch-url.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { quote } from "../../untrusted.ts";
import { formatJson } from "../json.ts";
import type { Option } from "../options.ts";
import type { TrainValues } from "./choose-settings.ts";
import { trainOptions } from "./options.ts";
import { shownPath } from "./shown-path.ts";

const format = "mobilenetv2-run";

/** The file's name. */
export const runFile = "run.json";

/** The same of a model in one file, which was made of a run's: `flowers.run.json` beside `flowers.tflite`. */
export function runFileOf(model: string): string {
  return `${model.slice(0, model.length - extname(model).length)}.${runFile}`;
}

/** Ten million pictures. */
const most = 64e6;

/** The options that a run shares with the one that goes on with it, by their names. */
export const settingNames = [
  "task",
  "data-format",
  "void",
  "classes",
  "output-stride",
  "aspp",
  "class-weights",
  "loss",
  "frozen-batch-norm",
  "from",
  "width",
  "resolution",
  "freeze",
  "recipe",
  "epochs",
  "batch",
  "memory",
  "learning-rate",
  "clip-norm",
  "patience",
  "seed",
  "limit",
  "policy",
  "no-flip",
  "quantize-aware",
  "per-tensor",
  "shards",
  "local-steps",
  "exact",
  "max-pixels",
  "max-edge",
  "max-decode-bytes",
  "range",
  "crop",
  "grey",
  "padding",
  "epsilon",
] as const;

/** Texts and numbers as on the command line; true for a flag. */
export type RunSettings = {
  readonly [Name in (typeof settingNames)[number]]?: string | number | true;
};

/** What a run's file says. */
export interface RunFile {
  readonly settings: RunSettings;
  /** The marks of the pictures that were trained on. */
  readonly trained: ReadonlySet<number>;
  /** Of those that it was tested on; absent where the file does not say. */
  readonly tested?: ReadonlySet<number> | undefined;
  /** Of what is to be learnt of all of them; absent where the file does not say. */
  readonly targets?: ReadonlySet<number> | undefined;
}

/** The options of a command line that a run shares. */
export function settingsOf(values: Readonly<Record<string, unknown>>): RunSettings {
  const given = settingNames.filter((name) => values[name] !== undefined && values[name] !== false);
  return Object.fromEntries(given.map((name) => [name, writtenAs(name, values[name])]));
}

/** An option's value as it is written down: what stands for several is one text, as on the command line. */
function writtenAs(name: string, value: unknown): string | number | true {
  if (Array.isArray(value)) return value.join(name === "resolution" ? "x" : ",");
  return value as string | number | true;
}

/** The options that a run's settings stand for. */
export function optionsOfSettings(settings: RunSettings): Partial<TrainValues> {
  const named = Object.entries(settings) as [
    (typeof settingNames)[number],
    string | number | true,
  ][];
  return Object.fromEntries(named.map(([name, value]) => [name, readSetting(name, value)]));
}

function readSetting(name: (typeof settingNames)[number], value: string | number | true): unknown {
  const option: Option<unknown> = trainOptions[name];
  return option.placeholder === undefined ? value : option.read([`${value}`], name);
}

/** The file's text. */
export function writeRunFile({ settings, ...marks }: RunFile): string {
  const { from } = settings;
  const portable = typeof from === "string" ? { ...settings, from: shownPath(from) } : settings;
  return formatJson(runJson({ settings: portable, ...marks }));
}

/** The file's JSON. */
export function runJson({ settings, trained, tested, targets }: RunFile): object {
  return {
    format,
    version: 1,
    settings,
    trainedOn: writeMarks(trained),
    ...(tested && { testedOn: writeMarks(tested) }),
    ...(targets && { targets: writeMarks(targets) }),
  };
}

/** Marks as text. */
export function writeMarks(all: ReadonlySet<number>): string {
  const marks = Uint32Array.from(all).sort();
  const bytes = Buffer.alloc(4 * marks.length);
  for (const [i, mark] of marks.entries()) bytes.writeUInt32LE(mark, 4 * i);
  return bytes.toString("base64");
}

/** Marks from text. */
export function readMarks(text: string): ReadonlySet<number> {
  const bytes = Buffer.from(text, "base64");
  return new Set(Array.from({ length: bytes.length >>> 2 }, (_, i) => bytes.readUInt32LE(4 * i)));
}

/**
 * What a folder's run says of itself; undefined where it has no such file.
 *
 * @throws MobileNetError `io` where the file is damaged, of another version, or no file but a pipe, say.
 */
export async function readRunFile(folder: string): Promise<RunFile | undefined> {
  return await readRun(join(folder, runFile));
}

/**
 * What is said of the run that a model is of: its folder's, or for one of its files that beside the file,
 * else that of the folder it is in. Undefined where nothing is said, as of models that are not on the disk.
 *
 * @throws MobileNetError `io` where a file is damaged.
 */
export async function readRunOf(source: string): Promise<RunFile | undefined> {
  if (isWebAddress(source) || lookUpRecord(source) !== undefined) return undefined;
  if ((await kindOf(source)) === "folder") return await readRunFile(source);
  return (await readRun(runFileOf(source))) ?? (await readRunFile(dirname(source)));
}

/** The run of a file; undefined where there is none. */
export async function readRun(path: string): Promise<RunFile | undefined> {
  return await readKeptJson(path, {
    ...{ most, summary: "what the run says of itself cannot be read", parse: parseJson },
    remedy: "Remove the file; then name all options of the run to go on with it.",
    read: readRunJson,
  });
}

/** What the file's JSON says. */
export function readRunJson(json: unknown, damaged: DamagedJson): RunFile {
  const fields = isRecord(json) ? json : {};
  const { format: found, version, settings } = fields;
  if (found !== format || version !== 1) {
    const received = `format ${quote(found)}, version ${quote(version)}`;
    throw damaged(`format "${format}", version 1`, received);
  }
  if (!isRecord(settings)) throw damaged("settings by their names", quote(settings));
  for (const [name, value] of Object.entries(settings)) {
    if (isSetting(name, value)) continue;
    throw damaged("options of train with their values", quote({ [name]: value }));
  }
  const marks = (name: "trainedOn" | "testedOn" | "targets"): ReadonlySet<number> => {
    const text = fields[name];
    if (typeof text !== "string") throw damaged(`${name} as text`, quote(text));
    return readMarks(text);
  };
  return {
    ...{ settings: settings as RunSettings, trained: marks("trainedOn") },
    ...(fields["testedOn"] === undefined ? {} : { tested: marks("testedOn") }),
    ...(fields["targets"] === undefined ? {} : { targets: marks("targets") }),
  };
}

/** Whether the command line would give an option this value. */
function isSetting(name: string, value: unknown): boolean {
  const known = settingNames.find((one) => one === name);
  if (known === undefined) return false;
  const option: Option<unknown> = trainOptions[known];
  if (option.placeholder === undefined) return value === true;
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    return writtenAs(name, option.read([`${value}`], name)) === value;
  } catch {
    return false;
  }
}
