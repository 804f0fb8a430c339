/** The documents' programs, as a reader's editor sees them: each is right for a strict compiler. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["docs", "docs/experiments"];
const documents = [
  "README.md",
  "README.zh-CN.md",
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  ),
];

/** By the path that each would have beside its document. */
const programs = new Map(
  documents
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const blocks = readFileSync(join(root, name), "utf8").matchAll(/```ts\n([\s\S]*?)```/g);
      return [...blocks].map(
        ([, code], index) =>
          [join(root, `${name}.${index + 1}.ts`), `${code}export {};\n`] as const,
      );
    }),
);

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
  types: ["node"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    mobilenetv2: [join(root, "src/index.ts")],
    "mobilenetv2/train": [join(root, "src/train/index.ts")],
    "mobilenetv2/compat": [join(root, "src/compat/node.ts")],
    "mobilenetv2/json": [join(root, "src/json/index.ts")],
    "mobilenetv2/client": [join(root, "src/client/index.ts")],
  },
};

it("both READMEs have the same sections and the same code", () => {
  const [english, chinese] = ["README.md", "README.zh-CN.md"].map((name) => {
    const text = readFileSync(join(root, name), "utf8");
    return {
      code: text.match(/```[\s\S]*?```/g) ?? [],
      sections: text.match(/^## /gm)?.length,
    };
  });
  expect(chinese?.code).toEqual(english?.code);
  expect(chinese?.sections).toBe(english?.sections);
});

it("a document's links to its own sections lead there", () => {
  const dead = documents
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const text = readFileSync(join(root, name), "utf8").replace(/```[\s\S]*?```/g, "");
      const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title));
      for (const [, id = ""] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) titles.push(id);
      const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, link = ""]) => link);
      return links.filter((link) => !titles.includes(link)).map((link) => `${name}: #${link}`);
    });
  expect(dead).toEqual([]);
});

/** The name that a title has in addresses. */
function anchorOf(title: string): string {
  const words = title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return words.replaceAll(" ", "-");
}

it("the documents' links lead somewhere", () => {
  const dead = documents
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const text = readFileSync(join(root, name), "utf8").replace(/```[\s\S]*?```/g, "");
      const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
      return links
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => !existsSync(join(root, dirname(name), link)))
        .map((link) => `${name}: ${link}`);
    });
  expect(dead).toEqual([]);
});

it("the documents' programs fit the library's types", { timeout: 120_000 }, () => {
  const host = ts.createCompilerHost(options);
  const disk = { readFile: host.readFile, fileExists: host.fileExists };
  host.readFile = (path) => programs.get(path) ?? disk.readFile(path);
  host.fileExists = (path) => programs.has(path) || disk.fileExists(path);
  const program = ts.createProgram([...programs.keys()], options, host);
  const faults = [...programs.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const found = [program.getSyntacticDiagnostics(source), program.getSemanticDiagnostics(source)];
    return found.flat().map(({ start = 0, messageText }) => {
      const line = programs.get(path)!.slice(0, start).split("\n").length;
      const text = ts.flattenDiagnosticMessageText(messageText, " ");
      return `${relative(root, path)}, line ${line}: ${text}`;
    });
  });
  expect(programs.size).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});
