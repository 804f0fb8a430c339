/** The compiler over this project's sources with one of them changed: what would stop compiling. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

/** An error of the compiler. */
export interface CompileError {
  /** The source's path in the project. */
  readonly file: string;
  readonly message: string;
}

/** What is changed, and what is compiled. */
export interface ChangedSource {
  /** The path in the project of the source that is changed. */
  readonly file: string;
  change(text: string): string;
  /** Sources that are compiled with all that they import; every one in `src`, but tests, where absent. */
  readonly only?: readonly string[];
}

/** The errors after a change; of `only` those sources, where they are given. */
export function errorsAfter({ file, change, only }: ChangedSource): readonly CompileError[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.build.json"), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  const path = join(root, file);
  const text = change(readFileSync(path, "utf8"));
  host.getSourceFile = (name, target, ...rest) =>
    name === path ? ts.createSourceFile(name, text, target) : read(name, target, ...rest);
  const roots = only?.map((name) => join(root, name)) ?? fileNames;
  const program = ts.createProgram(roots, { ...options, noEmit: true }, host);
  const errors = only
    ? roots.flatMap((name) => program.getSemanticDiagnostics(program.getSourceFile(name)))
    : program.getSemanticDiagnostics();
  return errors.map((error) => ({
    file: relative(root, error.file?.fileName ?? ""),
    message: ts.flattenDiagnosticMessageText(error.messageText, " "),
  }));
}
