/**
 * What an error quotes is quoted safely: a template or `String` that is given a value of any other
 * type than text, number or truth value calls its methods, which may be missing, throw, or make a
 * message of megabytes. `quote` does not. The compiler's types tell which values these are; of numbers
 * that callers gave, types say nothing true in JavaScript, so that a value which is all of a fact is
 * quoted whatever its type.
 */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The texts of faults in the sources, and in one more file that only this test knows. */
function unquotedValues(extra: string): readonly string[] {
  const extraPath = join(root, "src/extra.ts");
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const sources = fileNames.filter(
    (path) => path.startsWith(join(root, "src/")) && !path.endsWith(".test.ts"),
  );
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (path, version, ...rest) =>
    path === extraPath
      ? ts.createSourceFile(path, extra, version, true)
      : read(path, version, ...rest);
  const program = ts.createProgram([...sources, extraPath], { ...options, types: ["node"] }, host);
  const checker = program.getTypeChecker();
  const faults: string[] = [];

  const isPlain = (type: ts.Type): boolean =>
    type.isUnion()
      ? type.types.every(isPlain)
      : (type.flags & plainFlags) !== 0 ||
        ((type.flags & ts.TypeFlags.TypeParameter) !== 0 &&
          isPlain(checker.getBaseConstraintOfType(type) ?? checker.getAnyType()));

  for (const path of [...sources, extraPath]) {
    const file = program.getSourceFile(path);
    if (file === undefined) continue;
    const report = (node: ts.Node, rule: string): void => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      faults.push(`${relative(root, path)}:${line + 1} ${rule}: ${node.getText().slice(0, 60)}`);
    };
    const visit = (node: ts.Node, inError: boolean): void => {
      const value = textOf(node);
      if (value !== undefined && !isPlain(checker.getTypeAtLocation(value))) {
        report(node, "not plain");
      } else if (inError && value !== undefined && isWhole(node) && !isCount(value)) {
        report(node, "a fact that is one value");
      }
      if (inError && calls(node, "JSON.stringify")) report(node, "of any length");
      const inside = inError || ts.isThrowStatement(node) || makesError(node);
      ts.forEachChild(node, (child) => visit(child, inside));
    };
    visit(file, false);
  }
  return faults;
}

const plainFlags =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null |
  ts.TypeFlags.Never;

function calls(node: ts.Node, name: string): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === name;
}

function makesError(node: ts.Node): boolean {
  return ts.isNewExpression(node) && node.expression.getText().endsWith("Error");
}

/** The value that a part of a template or a call of String turns into text. */
function textOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isTemplateSpan(node)) return node.expression;
  return calls(node, "String") ? node.arguments[0] : undefined;
}

/** Whether that text is nothing but the value. */
function isWhole(node: ts.Node): boolean {
  if (!ts.isTemplateSpan(node)) return true;
  const template = node.parent as ts.TemplateExpression;
  return template.templateSpans.length === 1 && template.head.text + node.literal.text === "";
}

/** A length or a sum: a number in JavaScript as well. */
function isCount(value: ts.Expression): boolean {
  return /(length|size)$|^[\w.#()]+ [-+*/] /.test(value.getText());
}

const extra = `
import { MobileNetError } from "./errors.ts";
export function refuse(width: number, value: unknown, list: readonly number[]): MobileNetError {
  const summary = \`bad \${list}\`;
  if (width > 1) return new MobileNetError("io", summary, { received: String(value) });
  if (width > 2) return new MobileNetError("io", "bad", { received: \`\${width}\` });
  if (width > 3) return new MobileNetError("io", "bad", { received: JSON.stringify(value) });
  return new MobileNetError("io", \`bad \${width}\`, { expected: \`\${list.length}\` });
}
`;

describe("the values that errors quote", () => {
  const faults = unquotedValues(extra);

  it("are found where they are not quoted", () => {
    expect(faults.filter((fault) => fault.startsWith("src/extra.ts"))).toEqual([
      expect.stringContaining("src/extra.ts:4 not plain"),
      expect.stringContaining("src/extra.ts:5 not plain"),
      expect.stringContaining("src/extra.ts:6 a fact that is one value"),
      expect.stringContaining("src/extra.ts:7 of any length"),
    ]);
  });

  it("are quoted everywhere", () => {
    expect(faults.filter((fault) => !fault.startsWith("src/extra.ts"))).toEqual([]);
  });
});
