/** The kernels' sources as lists of statements, to compare those that repeat each other. */
import { readFileSync } from "node:fs";

const assembly = new URL("../../assembly/", import.meta.url);

/** A function's statements, one a line of its own; braces open and close blocks. */
export function statementsOf(file: string, name: string): readonly string[] {
  const text = readFileSync(new URL(`${file}.ts`, assembly), "utf8");
  const found = new RegExp(`^(?:export )?function ${name}(?:<\\w+>)?\\([^{]*\\{\\n(.*?)^\\}`, "ms");
  const body = found.exec(text)?.[1];
  if (body === undefined) throw new Error(`${file}.ts has no function ${name}`);
  const statements: string[] = [];
  let open = "";
  for (const line of body.split("\n").map((part) => part.trim())) {
    if (line === "" || line.startsWith("//") || line.startsWith("/*")) continue;
    open += open === "" ? line : ` ${line}`;
    if (!/[;{}]$/.test(open)) continue;
    statements.push(open);
    open = "";
  }
  return statements;
}

/** What stands in the first block whose opening statement is this one. */
export function blockOf(statements: readonly string[], opening: string): readonly string[] {
  const first = statements.indexOf(opening) + 1;
  if (first === 0) throw new Error(`no block starts with ${opening}`);
  let depth = 1;
  const last = statements.findIndex((text, at) => {
    if (at < first) return false;
    if (text.startsWith("}")) depth--;
    if (text.endsWith("{") && depth > 0) depth++;
    return depth === 0;
  });
  return statements.slice(first, last);
}

/** The parts between statements of a kind. */
export function splitAt(
  statements: readonly string[],
  boundary: RegExp,
): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const text of statements) {
    if (boundary.test(text)) parts.push([]);
    else parts.at(-1)!.push(text);
  }
  return parts;
}

/** Loads and stores so many bytes further on, at all addresses or at those that are named. */
export function moved(
  statements: readonly string[],
  bytes: number | { readonly [address: string]: number },
): readonly string[] {
  const move = (whole: string, head: string, address: string, tail: string, offset = 0): string => {
    const by = typeof bytes === "number" ? bytes : bytes[address];
    const place = Number(offset) + (by ?? 0);
    return by === undefined ? whole : `${head}${address}${tail}${place ? `, ${place}` : ""})`;
  };
  return statements.map((text) =>
    text
      .replaceAll(/(v128\.load\w*(?:<\w+>)?\()([^(),]+)()(?:, (\d+))?\)/g, move)
      .replace(/^(v128\.store\()(\w+)(, .*?)(?:, (\d+))?\)(?=;$)/, move),
  );
}

/** Names in place of others. */
export function renamed(
  statements: readonly string[],
  names: { readonly [name: string]: string },
): readonly string[] {
  return statements.map((text) =>
    text.replaceAll(/\b[A-Za-z]\w*\b/g, (name) => names[name] ?? name),
  );
}

/** Whether a statement has one of these names. */
export function mentions(statement: string, names: readonly string[]): boolean {
  return (statement.match(/\b[A-Za-z]\w*\b/g) ?? []).some((name) => names.includes(name));
}
