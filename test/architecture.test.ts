/**
 * The rules that keep the project's shape: data flows one way through the stages, no imports go in a
 * circle, Node stays out of browser code, files stay short, exported names stand once and only the
 * library's own error leaves it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** The stages, each of which may import from itself and from those in earlier rows. */
const stages: readonly (readonly string[])[] = [
  [
    "errors",
    "untrusted",
    "wrong-argument",
    "option-names",
    "check-fields",
    "suggest",
    "random",
    "spread",
    "required",
    "join-bytes",
    "format-json",
    "scaled-number",
    "tensor",
    "timing",
    "pause",
    "disk",
  ],
  ["image", "graph"],
  ["models"],
  ["formats"],
  ["hub"],
  ["data", "compile"],
  ["backends"],
  ["tasks"],
  ["plot"],
  ["evaluate", "quantize"],
  ["convert", "train"],
  ["similar"],
  ["inspect", "compat"],
  ["index", "browser"],
  ["experiments"],
  ["json"],
  ["server", "client", "batch"],
  ["cli"],
];

function files(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(root, folder, name))
    .filter((path) => pattern.test(path) && !/node_modules|\.generated\.|\/dist\//.test(path));
}

const modules = files("src", /\.ts$/);
const production = modules.filter((path) => !path.endsWith(".test.ts"));

function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/\b(?:from|import\(?)\s*"([^"]+)"/g)].map((match) => match[1] as string);
}

function stageOf(path: string): number {
  const [first = ""] = relative(source, path).split("/");
  return stages.findIndex((row) => row.includes(first.replace(/\.ts$/, "")));
}

describe("the way of the data", () => {
  it("has every module in a stage", () => {
    expect(production.filter((path) => stageOf(path) < 0)).toEqual([]);
  });

  it("goes one way: a module imports from its own or an earlier stage", () => {
    const backwards = production.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith("."))
        .map((name) => resolve(dirname(path), name))
        .filter((target) => !target.endsWith("package.json"))
        .filter((target) => {
          const sameFolder = dirname(target).startsWith(dirname(path));
          return (
            stageOf(target) > stageOf(path) ||
            (stageOf(target) === stageOf(path) && !sameRow(path, target) && !sameFolder)
          );
        })
        .map((target) => `${relative(root, path)} → ${relative(root, target)}`),
    );
    expect(backwards).toEqual([]);
  });
});

describe("the experiments", () => {
  it("use what everybody has: the package's entries, its plots, and what everything stands on", () => {
    const inside = production.filter((path) => relative(source, path).startsWith("experiments/"));
    const others = inside.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith("."))
        .map((name) => relative(source, resolve(dirname(path), name)))
        .filter((name) => !/^(experiments|plot)\//.test(name))
        .filter((name) => !["index.ts", "train/index.ts"].includes(name))
        .filter((name) => stageOf(join(source, name)) !== 0)
        .map((name) => `${relative(root, path)} → ${name}`),
    );
    expect(inside.length).toBeGreaterThan(5);
    expect(others).toEqual([]);
  });
});

describe("the imports", () => {
  const everything = ["src", "test", "bench", "scripts", "examples"].flatMap((folder) =>
    files(folder, /\.(ts|js)$/),
  );
  const found = circlesIn(everything);

  it("go in no circle, be it of values, of types or of what is loaded on demand", () => {
    expect(found.map((circle) => circle.join(" ↔ "))).toEqual([]);
  });

  it.each(
    kernels.map((folders) => [folders.map(([folder]) => folder).join(", "), folders] as const),
  )("of %s go in none either", (_, folders) => {
    const files = kernelFiles(folders);
    const circles = circlesIn([...files.keys()], files);
    expect(circles.map((circle) => circle.join(" ↔ "))).toEqual([]);
  });

  it("are seen, whatever their kind", () => {
    const folder = mkdtempSync(join(tmpdir(), "circles-"));
    try {
      const write = (name: string, text: string): string => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
      };
      const paths = [
        write("a.ts", `import { b } from "./b.ts";`),
        write("b.ts", `export type { C } from "./c.ts";`),
        write("c.ts", `const load = () => import("./d.ts");`),
        write("d.ts", `import "./a.ts";\nimport {\n  e,\n} from "./e.ts";`),
        write("e.ts", `export {};`),
      ];
      const names = circlesIn(paths).map((circle) => circle.map((path) => basename(path)));
      expect(names).toEqual([["a.ts", "b.ts", "c.ts", "d.ts"]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Modules of kernels: folders of sources, each with the one as whose its files are imported. */
const kernels: readonly (readonly (readonly [folder: string, as: string])[])[] = [
  [["assembly", "assembly"]],
  [["assembly/turbo", "assembly"]],
  [["assembly/int8", "assembly/int8"]],
  [
    ["assembly/int8", "assembly/int8"],
    ["assembly/int8-relaxed", "assembly/int8"],
  ],
  [
    ["assembly/int8", "assembly/int8"],
    ["assembly/int8-relaxed", "assembly/int8"],
    ["assembly/int8-turbo", "assembly/int8"],
  ],
  [["assembly/train", "assembly/train"]],
  [["assembly/picture", "assembly/picture"]],
  [["assembly/class-map", "assembly/class-map"]],
  [
    ["assembly/train", "assembly/train"],
    ["assembly/turbo", "assembly"],
  ],
];

/** The files of a module of kernels, later ones in place of their namesakes, by the paths that imports name. */
function kernelFiles(folders: (typeof kernels)[number]): ReadonlyMap<string, string> {
  // Those of 8 bits and of training use some of the others.
  return new Map(
    [["assembly", "assembly"] as const, ...folders].flatMap(([folder, as]) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith(".ts"))
        .map((name) => [join(root, as, name), join(root, folder, name)] as const),
    ),
  );
}

/**
 * The circles that files' imports go in: all files that lead to one another are one circle.
 *
 * @param files - By the paths at which imports find them, where these are others.
 */
function circlesIn(
  paths: readonly string[],
  files: ReadonlyMap<string, string> = new Map(paths.map((path) => [path, path])),
): readonly (readonly string[])[] {
  const targets = new Map(
    paths.map((path) => {
      const imported = importsOf(files.get(path)!).map((name) => resolve(dirname(path), name));
      // The kernels' compiler wants no endings.
      const found = imported.map((target) => (files.has(target) ? target : `${target}.ts`));
      return [path, found.filter((target) => files.has(target))];
    }),
  );
  const reached = new Map(
    paths.map((path) => {
      const seen = new Set(targets.get(path));
      // A set is walked to what is added on the way.
      for (const next of seen) for (const target of targets.get(next)!) seen.add(target);
      return [path, seen];
    }),
  );
  const circles = paths
    .filter((path) => reached.get(path)!.has(path))
    .map((path) => [...reached.get(path)!].filter((other) => reached.get(other)!.has(path)).sort());
  const distinct = new Map(circles.map((circle) => [circle.join(), circle]));
  return [...distinct.values()].map((circle) => circle.map((path) => relative(root, path)));
}

/** Two modules of one stage may see each other only inside one folder, or as errors and tensor do. */
function sameRow(path: string, target: string): boolean {
  const folder = (file: string): string => relative(source, file).split("/")[0] as string;
  return folder(path) === folder(target) || stageOf(path) === 0;
}

describe("Node and the browser", () => {
  it("keeps Node's modules in files named -node.ts, the command line and the Node entry", () => {
    const allowed = /-node\.ts$|\/cli\/|\/tasks\/node\.ts$/;
    const leaks = production
      .filter((path) => !allowed.test(path))
      .filter((path) =>
        importsOf(path).some((name) => /^node:|^(sharp|undici|tar|ini|@)/.test(name)),
      );
    expect(leaks.map((path) => relative(root, path))).toEqual([]);
  });

  it("leaves opening files to the disk's modules, which look at what they open", () => {
    // The program's own package.json is read before anything is loaded.
    const allowed = /\/disk\/[^/]+-node\.ts$|\/cli\/main\.ts$/;
    const leaks = production
      .filter((path) => !allowed.test(path))
      .filter((path) => importsOf(path).some((name) => /^(node:)?fs(\/promises)?$/.test(name)));
    expect(leaks.map((path) => relative(root, path))).toEqual([]);
  });

  it("bundles the browser entry without any of them", async () => {
    const result = await build({
      entryPoints: [join(source, "browser.ts")],
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(result.metafile.inputs);
    expect(inputs.filter((path) => /-node\.ts$|node_modules/.test(path))).toEqual([]);
  });

  it("loads nothing of 8-bit networks for one of float32", async () => {
    const entry = "page.ts";
    const result = await build({
      stdin: {
        contents: `export { loadClassifier } from "./src/browser.ts";`,
        resolveDir: root,
        loader: "ts",
        sourcefile: entry,
      },
      bundle: true,
      splitting: true,
      outdir: "page",
      format: "esm",
      platform: "browser",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const { outputs } = result.metafile;
    const first = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry);
    // A set is walked to what is added on the way.
    const initial = new Set(first);
    for (const path of initial) {
      for (const { kind, path: imported } of outputs[path]?.imports ?? []) {
        if (kind === "import-statement") initial.add(imported);
      }
    }
    const modules = [...initial].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
    expect(modules).toContain("src/backends/wasm/executable.ts");
    expect(modules.filter((path) => /\/(int8|tflite|quantize)\//.test(path))).toEqual([]);
  });

  it("does no work on import: the package has no side effects", async () => {
    const result = await build({
      stdin: { contents: `import "./src/index.ts";`, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      write: false,
      logLevel: "silent",
    });
    expect(result.outputFiles[0]?.text.replace(/^\s*\/\/.*$/gm, "").trim()).toBe("");
  });
});

describe("what is looked up", () => {
  /** `values[i] as number`, `names.get(key) as T`, `list.at(-1) as T`: a check that nobody makes. */
  const cast = /(?:\]|\.(?:get|at|find|pop|shift)\((?:[^()]|\([^()]*\))*\))\)? as (?!const\b)/;

  it("is checked, asserted by one character where it is evident, or had by required(): never cast", () => {
    const casts = production.flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => cast.test(line))
        .map((line) => `${relative(root, path)}: ${line.trim()}`),
    );
    expect(casts).toEqual([]);
  });

  it.each([
    "(values[i] as number) + 1",
    "sizes.get(nameOf(node)) as Size",
    "lists[0] as readonly string[]",
    "(names.at(-1) as string).length",
  ])("is seen to be cast in %s", (line) => {
    expect(cast.test(line)).toBe(true);
  });

  it.each(["[1, 2] as const", "value as number", "values[i]! + 1"])("is not in %s", (line) => {
    expect(cast.test(line)).toBe(false);
  });
});

describe("the files", () => {
  const all = ["src", "assembly", "test", "bench", "scripts", "experiments", "examples"].flatMap(
    (folder) => {
      try {
        return files(folder, /\.(ts|js|mjs|html|css)$/);
      } catch {
        return [];
      }
    },
  );

  it("are at most 400 lines long", () => {
    const long = all.filter((path) => readFileSync(path, "utf8").split("\n").length > 401);
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });

  it("throw only MobileNetError", () => {
    const bare = production.filter((path) =>
      /throw new (Error|TypeError|RangeError)\(/.test(readFileSync(path, "utf8")),
    );
    expect(bare.map((path) => relative(root, path))).toEqual([]);
  });

  it("are written by one writer, which leaves no half of one", () => {
    const others = production
      .filter((path) => !path.endsWith("disk/write-node.ts"))
      .filter((path) =>
        readFileSync(path, "utf8")
          .split("\n")
          .filter((line) => !/^\s*(\*|\/[/*])/.test(line))
          .some((line) => /\b(writeFile(Sync)?|appendFile|createWriteStream)\b/.test(line)),
      );
    expect(others.map((path) => relative(root, path))).toEqual([]);
  });

  it("open with a comment that says what they are for", () => {
    const silent = production.filter(
      (path) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(path, "utf8")),
    );
    expect(silent.map((path) => relative(root, path))).toEqual([]);
  });
});

describe("exported names", () => {
  it("stand once, so that a name says which thing is meant", () => {
    // Twins are one name on two platforms: `x-node.ts` and `x-browser.ts`, or `node.ts` and `browser.ts`.
    const platformless = (path: string): string =>
      relative(source, path).replace(/\b(node|browser)\.ts$/, "");
    const places = new Map<string, Set<string>>();
    for (const path of production) {
      for (const name of declarationsIn(readFileSync(path, "utf8"))) {
        places.set(name, (places.get(name) ?? new Set()).add(platformless(path)));
      }
    }
    const again = [...places].filter(([, modules]) => modules.size > 1);
    expect(again.map(([name, modules]) => `${name}: ${[...modules].join(", ")}`)).toEqual([]);
  });
});

/** What a module exports of its own; what it passes on (`export … from`) is another's. */
function declarationsIn(text: string): readonly string[] {
  const declaration =
    /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type|enum) (\w+)/gm;
  return [...text.matchAll(declaration)].map((match) => match[1] as string);
}
