/**
 * Runs the documentation. Every `@example` of the source and every TypeScript block of the README and of
 * some documents is executed; a line `expression; // value` must evaluate to that value. Examples that load a model
 * need it in the cache or the registry, and are skipped where neither is there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as fileSystem from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createCanvas } from "@napi-rs/canvas";
import { transform } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import * as compat from "../src/compat/node.ts";
import * as library from "../src/index.ts";
import * as training from "../src/train/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Example {
  readonly title: string;
  readonly path: string;
  readonly code: string;
}

function examplesOf(path: string): readonly Example[] {
  const text = readFileSync(path, "utf8");
  const pattern = path.endsWith(".md")
    ? /```ts\n([\s\S]*?)```/g
    : /@example\s*\n\s*\* ```ts\n([\s\S]*?)\* ```/g;
  return [...text.matchAll(pattern)].map((match, index) => ({
    title: `${relative(root, path)} #${index + 1}`,
    path,
    code: (match[1] as string).replace(/^\s*\* ?/gm, path.endsWith(".md") ? "$&" : ""),
  }));
}

/** Turns `expression; // value` into an assertion and imports into plain names. */
function toRunnable(code: string): string {
  return code
    .replace(/^import [\s\S]*?;$/gm, "")
    .replace(
      /^(?!\s*(?:const|let|for|if|using|await using)\b)(.+?); \/\/ (.+)$/gm,
      (line, expression, value) => {
        return isLiteral(value) ? `__expect(${expression}).toEqual(${value});` : line;
      },
    );
}

function isLiteral(text: string): boolean {
  try {
    new Function(`"use strict"; return (${text});`)();
    return true;
  } catch {
    return false;
  }
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("generated"),
  )
  .map((name) => join(root, "src", name));
const documents = [
  "README.md",
  ...["training", "debugging", "migrating", "similar", "results", "json"].map(
    (name) => `docs/${name}.md`,
  ),
].map((name) => join(root, name));
const examples = [...sources, ...documents].flatMap(examplesOf);

/** But for the model that comes with the package, and those that an example makes itself. */
const needsModel = (code: string): boolean =>
  /\b(load(Model|Classifier|Detector|Segmenter|Embedder)|pull|resolveModel|(cocoSsd|nsfwjs)\.load)\((?!"cifar10"|model\b)/.test(
    code,
  );

/** Data sets are large: their examples run where a download has left them in the cache. */
const dataSets = {
  cifar10DataSet: training.cifar10DataSet,
  mnistDataSet: training.mnistDataSet,
} as const;
const dataAvailable = new Map<string, boolean>();

/** The official weights beside the project, where they are there. */
const shared = join(root, "../shared/models");
if (existsSync(shared)) process.env["MOBILENETV2_MODELS"] ??= shared;

let modelsAvailable = false;
let imagenetAvailable = false;
beforeAll(async () => {
  modelsAvailable = await library
    .loadDetector("ssdlite-coco")
    .then((detector) => {
      detector.dispose();
      return true;
    })
    .catch(() => false);
  imagenetAvailable = await library.loadModel("imagenet").then(
    () => true,
    () => false,
  );
  for (const [name, load] of Object.entries(dataSets)) {
    const found = load({ offline: true, onWarning: () => {} }).then(
      () => true,
      () => false,
    );
    dataAvailable.set(name, await found);
  }
}, 120_000);

describe("documentation", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it("has an example for every public function and class", () => {
    const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
    const shown = (name: string): boolean =>
      new RegExp(
        `@example(?:(?!\\*/)[\\s\\S])*\\*/\\nexport (?:async )?(?:function\\*?|class) ${name}\\b`,
      ).test(text);
    const names = Object.entries({ ...library, ...training }).flatMap(([name, value]) =>
      typeof value === "function" ? [name] : [],
    );
    expect(names.filter((name) => !shown(name))).toEqual([]);
  });

  it("asserts something in every example", () => {
    const silent = examples.filter(({ code }) => !toRunnable(code).includes("__expect("));
    expect(silent.map(({ title }) => title)).toEqual([]);
  });

  it.for(examples)("$title runs", async ({ path, code }, context) => {
    if (needsModel(code) && !modelsAvailable) context.skip("no model: neither cache nor registry");
    if (code.includes('"imagenet"') && !imagenetAvailable) context.skip("no weights of imagenet");
    const missing = [...dataAvailable].find(([name, there]) => !there && code.includes(name));
    if (missing !== undefined) context.skip(`no data for ${missing[0]} in the cache`);
    const own = path.endsWith(".md") ? {} : await import(path);
    const files = Object.fromEntries(
      Object.entries(fileSystem).filter(([name]) => name !== "default"),
    );
    const names = {
      ...{ ...library, ...training, ...compat, ...own, ...files },
      ...{ createCanvas, __expect: expect },
    };
    const compiled = await transform(`async () => {${toRunnable(code)}}`, {
      loader: "ts",
      target: "es2022",
    });
    const example = new Function(
      ...Object.keys(names),
      `return (${compiled.code.replace(/;\s*$/, "")})`,
    );
    await example(...Object.values(names))();
  });
});
