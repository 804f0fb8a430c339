/**
 * Joins the declarations of the entries: what is public and what it refers to, and nothing of the
 * modules behind. What a page or Node has and the language has not (signals, blobs, addresses, things
 * that a canvas draws, `using`) is taken from the consumer's own types where it has them, and is a
 * shape of its own where it has not. So the declarations need no library beyond ES2022; the compiler
 * says so here, and test/consumers says it of older and newer compilers.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const entries = [
  "index",
  "browser",
  "train/index",
  "train/browser",
  "compat/node",
  "compat/browser",
  "json/index",
  "client/index",
];

/** The global class of a name, or what stands for it. */
const globalOr = (name, otherwise) =>
  `typeof globalThis extends { ${name}: { prototype: infer T } } ? T : ${otherwise}`;
const signal = [
  "readonly aborted: boolean; readonly reason: any;",
  'addEventListener(type: "abort", listener: () => void): void;',
  'removeEventListener(type: "abort", listener: () => void): void;',
];
const blob = "readonly size: number; readonly type: string; arrayBuffer(): Promise<ArrayBuffer>;";
const dispose = "{ readonly dispose: infer D extends symbol }";

/** What is no part of ES2022, as each file of declarations that names it declares it. */
const hostTypes = {
  AbortSignal: globalOr("AbortSignal", `{ ${signal.join(" ")} }`),
  Blob: globalOr("Blob", `{ ${blob} }`),
  URL: globalOr("URL", "{ readonly href: string }"),
  Disposable: `SymbolConstructor extends ${dispose} ? { [K in D]: () => void } : {}`,
  ...Object.fromEntries(
    [
      ...["HTMLImageElement", "HTMLVideoElement", "HTMLCanvasElement"],
      ...["OffscreenCanvas", "ImageBitmap", "VideoFrame"],
    ].map((name) => [name, globalOr(name, "never")]),
  ),
};

const { output } = await joinDeclarations();
const kept = new Set(output.map(({ fileName }) => join(dist, fileName)));
// A declaration of what only scripts run, or of what is in the joined ones.
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (name.endsWith(".d.ts") && !kept.has(join(dist, name))) rmSync(join(dist, name));
}
// Workers' scripts export nothing.
writeFileSync(join(dist, "tasks/off-thread/worker-node.d.ts"), "export {};\n");
checkAlone();

async function joinDeclarations() {
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.d.ts`)])),
    plugins: [dts(), { name: "host-types", renderChunk: declareHostTypes }],
    onLog(_, { message }) {
      // Such as a type that public ones refer to and that no entry exports.
      throw new Error(message);
    },
  });
  return bundle.write({
    dir: dist,
    entryFileNames: "[name].d.ts",
    chunkFileNames: ({ name }) => `chunks/types/${name.replace(/\.d$/, "")}.d.ts`,
  });
}

/** Lets the names of a host's types mean the consumer's. */
function declareHostTypes(code) {
  const words = new Set(code.replace(/\/\*[\s\S]*?\*\//g, "").match(/\b\w+\b/g));
  const lines = Object.entries(hostTypes)
    .filter(([name]) => words.has(name))
    .map(([name, type]) => `type ${name} = ${type};\n`);
  return { code: lines.join("") + code, map: null };
}

/** Compiles them with nothing but the language's own library. */
function checkAlone() {
  const folder = mkdtempSync(join(tmpdir(), "mobilenetv2-types-"));
  try {
    const compilerOptions = {
      ...{ target: "ES2022", lib: ["ES2022"], types: [], module: "NodeNext", noEmit: true },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    };
    const files = entries.map((name) => join(dist, `${name}.d.ts`));
    const project = join(folder, "tsconfig.json");
    writeFileSync(project, JSON.stringify({ compilerOptions, files }));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", project], {
      ...{ encoding: "utf8", cwd: root },
    });
    if (status === 0) return;
    console.error(stdout);
    console.error(`${relative(root, dist)}: declarations that need more than ES2022`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
