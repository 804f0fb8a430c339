/**
 * Projects in TypeScript that import the package: with and without a page's types, Node's types and
 * `using`, under each way in which packages are resolved, strictly and with every declaration checked.
 * The long form tries the whole matrix on compilers from 5.4 to the newest.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, type Project, root, run, runWell, writeFiles } from "./project.ts";

/** Programs, by what they need beside the language. */
const programs = {
  plain: `
import { type ClassPrediction, loadClassifier, MobileNetError, profile, mobilenetV2, wasmBackend } from "mobilenetv2";
import { loadDetector, quantize } from "mobilenetv2/browser";
import { type TrainOptions, sgdNothing } from "./other.js";
import * as training from "mobilenetv2/train";
import * as worker from "mobilenetv2/worker";
import type { ClassifyOutput, EvaluateOutput, TrainOutput } from "mobilenetv2/json";
import { createClient, ServerError, type ServedModel } from "mobilenetv2/client";

/** Asked of a server. */
export async function asked(bytes: Uint8Array): Promise<string | undefined> {
  const client = createClient("http://127.0.0.1:8080", { apiKey: "secret", timeout: 1000 });
  const { predictions } = await client.classify(bytes, { topK: 1 });
  const items = await client.detect([bytes, bytes], { classes: ["dog", 1], tiles: "auto" });
  for (const item of items) if (!("error" in item)) item.detections[0]?.box.x.toFixed();
  const [first]: readonly ServedModel[] = await client.models();
  // @ts-expect-error Not of this verb.
  void (() => client.embed(bytes, { topK: 1 }));
  // @ts-expect-error A path is no picture.
  void (() => client.classify("photo.jpg"));
  return predictions[0]?.label ?? first?.labels[0];
}
export const statusOf = (error: unknown): number | undefined =>
  error instanceof ServerError ? error.status : undefined;

/** What the command line printed. */
export function bestOf(text: string): string | undefined {
  const [first] = JSON.parse(text) as ClassifyOutput;
  if (first === undefined || "error" in first) return first?.error;
  const version: 1 = first.schemaVersion;
  // @ts-expect-error A detection's field.
  void first.detections;
  return first.predictions[version - 1]?.label;
}
export const accuracyOf = ({ bestAccuracy }: TrainOutput, told: EvaluateOutput): number =>
  told.task === "classify" ? told.top1 : (bestAccuracy ?? 0);

export async function first(bytes: Uint8Array): Promise<ClassPrediction | undefined> {
  const classifier = await loadClassifier("cifar10", { threads: 2, worker: true });
  const [best] = await classifier.classify(bytes, { topK: 1 });
  // @ts-expect-error A number is no picture.
  void (() => classifier.classify(3));
  // @ts-expect-error Nor is this an option.
  void (() => classifier.classify(bytes, { topk: 1 }));
  classifier.dispose();
  return best;
}
export const { parameters } = profile(mobilenetV2({ width: 1, resolution: 224 }), wasmBackend.target);
export const code = (error: unknown) => (error instanceof MobileNetError ? error.code : undefined);
export { loadDetector, quantize, training, worker, sgdNothing };
export type { TrainOptions };
`,
  other: `
import type { planTraining } from "mobilenetv2/train";
export type TrainOptions = Parameters<typeof planTraining>;
export const sgdNothing = 0;
`,
  page: `
import { loadDetector } from "mobilenetv2";
import { loadSegmenter } from "mobilenetv2/browser";

import { createClient } from "mobilenetv2/client";

const [file] = document.querySelector("input")?.files ?? [];
const client = createClient(new URL("/server/", location.href), { fetch });
const { classes: served } = await client.segment(file ?? new Blob([]), { signal: AbortSignal.timeout(1) });
served[0]?.label.toUpperCase();
const detector = await loadDetector("ssdlite-coco", { worker: new URL("/worker.js", location.href) });
const { detections } = await detector.detect(document.querySelector("img")!);
detections[0]?.label.toUpperCase();
const segmenter = await loadSegmenter("deeplabv3-voc");
const controller = new AbortController();
const canvas = document.createElement("canvas");
for (const image of [document.createElement("video"), canvas, new OffscreenCanvas(1, 1), await createImageBitmap(canvas), new Blob([]), new ImageData(1, 1)]) {
  const { classMap } = await segmenter.segment(image, { signal: controller.signal });
  classMap.length.toFixed();
}
// @ts-expect-error A paragraph cannot be drawn.
await segmenter.segment(document.createElement("p"));
// @ts-expect-error Neither can a string.
await detector.detect("photo.jpg");
`,
  pageWorker: `
import { loadClassifier } from "mobilenetv2";
const classifier = await loadClassifier(new Map([["model.tflite", new Uint8Array(1)]]));
await classifier.classify(await createImageBitmap(new Blob([])));
await classifier.classify(new OffscreenCanvas(1, 1), { signal: AbortSignal.timeout(1) });
`,
  node: `
import { readFile } from "node:fs/promises";
import { type EachOptions, loadClassifier, loadSegmenter, readClassFolders, type SegmentOptions } from "mobilenetv2";
import { folderDataSet } from "mobilenetv2/train";
const classifier = await loadClassifier(process.argv[2] ?? "cifar10", { signal: AbortSignal.timeout(1) });
const [best] = await classifier.classify(await readFile("photo.jpg"));
best?.score.toFixed();
await classifier.classify(new Blob([]));
// What a call asks for is there, however its options are written.
const segmenter = await loadSegmenter("deeplabv3-voc");
const pictures = [() => readFile("a.jpg"), "b.jpg"];
for await (const { result } of segmenter.segmentEach(pictures, { scoreMap: true, ahead: 2 })) {
  result?.scoreMap.length.toFixed();
}
const options = { foreground: ["cat"], mapSize: "network", onProgress: ({ done }: { done: number }) => done } as const;
for await (const { result, error } of segmenter.segmentEach(pictures, options)) {
  if (error === undefined) result.foregroundMap[result.area.x]?.toFixed();
}
for await (const { result } of segmenter.segmentEach(pictures, { ahead: 2 })) {
  // @ts-expect-error Nobody asked for it: it may be missing.
  result?.scoreMap.length;
}
export async function* each<Options extends SegmentOptions & EachOptions>(given: Options) {
  for await (const { result } of segmenter.segmentEach(pictures, given)) yield result?.classMap;
}
export { folderDataSet, readClassFolders };
`,
  using: `
import { loadClassifier } from "mobilenetv2";
export async function once(bytes: Uint8Array) {
  using classifier = await loadClassifier("cifar10");
  return await classifier.classify(bytes);
}
`,
  required: `
import { loadClassifier } from "mobilenetv2";
import training = require("mobilenetv2/train");
export const labels = async () => (await loadClassifier("cifar10")).labels;
export const plan = training.planTraining;
`,
  imported: `
export const labels = async () => {
  const { loadClassifier } = await import("mobilenetv2");
  return (await loadClassifier("cifar10")).labels;
};
`,
};
type Program = keyof typeof programs;

/** What a project has besides the language. */
const hosts: Readonly<Record<string, { lib: string[]; types: string[]; programs: Program[] }>> = {
  "nothing else": { lib: [], types: [], programs: ["plain"] },
  "a page": { lib: ["DOM"], types: [], programs: ["plain", "page"] },
  "a page's worker": { lib: ["WebWorker"], types: [], programs: ["plain", "pageWorker"] },
  Node: { lib: [], types: ["node"], programs: ["plain", "node", "using"] },
  "a page, Node and using": {
    lib: ["DOM", "ESNext.Disposable"],
    types: ["node"],
    programs: ["plain", "page", "node", "using"],
  },
};

/** How packages are resolved. */
const resolutions: Readonly<Record<string, object>> = {
  node16: { module: "Node16" },
  nodenext: { module: "NodeNext" },
  bundler: { module: "ESNext", moduleResolution: "bundler" },
  "bundler for browsers": {
    ...{ module: "ESNext", moduleResolution: "bundler", customConditions: ["browser"] },
  },
};

/** What a page's build does not have. */
const nodeAlone = (name: Program): boolean => name === "node";
const projectFiles = {
  "package.json": '{ "private": true, "type": "module" }',
  ...Object.fromEntries(
    Object.entries(programs).map(([name, text]) => [
      name === "required" || name === "imported" ? `${name}.cts` : `${name}.ts`,
      text,
    ]),
  ),
};

let project: Project;

beforeAll(async () => {
  project = await makeProject(projectFiles, ["@types/node"]);
});

afterAll(async () => {
  await project?.remove();
});

/** What a compiler says of some of the programs. */
async function compile(
  compiler: string,
  files: readonly string[],
  options: object,
): Promise<string> {
  const compilerOptions = {
    ...{ target: "ES2022", strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    ...{ noUncheckedIndexedAccess: true, skipLibCheck: false, declaration: true },
    ...options,
  };
  const name = `tsconfig.${JSON.stringify([files, options]).replace(/\W+/g, "-")}`.slice(0, 120);
  await writeFiles(project.folder, {
    [`${name}.json`]: JSON.stringify({ compilerOptions, files }),
  });
  const args = [compiler, "-p", `${name}.json`];
  return (await run(process.execPath, args, { cwd: project.folder })).stdout;
}

/** The corners of the matrix, for every run. */
const corners: readonly string[] = [
  "nothing else, resolved by node16",
  "a page's worker, resolved by bundler for browsers",
  "a page, Node and using, resolved by bundler",
];

function matrix(compiler: () => string, few: boolean, requires: boolean): void {
  for (const [host, { lib, types, programs: names }] of Object.entries(hosts)) {
    for (const [resolution, how] of Object.entries(resolutions)) {
      const title = `${host}, resolved by ${resolution}`;
      if (few && !corners.includes(title)) continue;
      it(`compile with ${title}`, async () => {
        const forPages = resolution === "bundler for browsers";
        const files = names.filter((name) => !(forPages && nodeAlone(name)));
        const options = { ...how, types, lib: ["ES2022", ...lib] };
        const sources = files.map((name) => `${name}.ts`);
        expect(await compile(compiler(), sources, options)).toBe("");
      });
    }
  }

  it.skipIf(few)("compile as CommonJS by import()", async () => {
    const options = { module: "Node16", types: [], lib: ["ES2022"] };
    expect(await compile(compiler(), ["imported.cts"], options)).toBe("");
  });

  it.runIf(requires)("compile as CommonJS by require", async () => {
    const options = { module: "NodeNext", types: ["node"], lib: ["ES2022"] };
    expect(await compile(compiler(), ["required.cts"], options)).toBe("");
  });
}

describe("projects of the compiler that is installed", () => {
  const own = join(root, "node_modules/typescript/bin/tsc");
  matrix(() => own, process.env["LONG"] === undefined, true);
});

const compilers = ["5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "latest"];
describe.runIf(process.env["LONG"])("projects of other compilers", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-compilers-"));
    const names = compilers.map((version) => `ts-${version}@npm:typescript@${version}`);
    await mkdir(join(folder, "node_modules"));
    await runWell("npm", ["install", "--no-save", "--prefix", folder, ...names], { cwd: folder });
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each(compilers)("TypeScript %s", (version) => {
    const requires = !["5.4", "5.5", "5.6", "5.7"].includes(version);
    matrix(() => join(folder, `node_modules/ts-${version}/bin/tsc`), false, requires);
  });
});
