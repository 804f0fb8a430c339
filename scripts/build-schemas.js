/**
 * Writes the JSON Schemas of what the command line prints with `--json`, from the types of
 * `mobilenetv2/json`: `schemas/NAME.vN.json`, the version being the type's own `schemaVersion`. A schema
 * that is there is published: what it accepts never changes, only what it says in words. So a type that
 * changed without a new version ends the build; the schemas of earlier versions stay.
 *
 * `--to FOLDER` writes elsewhere.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { createGenerator } from "ts-json-schema-generator";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = join(root, "src/json/index.ts");
const { values } = parseArgs({ options: { to: { type: "string" } } });
const folder = values.to ?? join(root, "schemas");

const generator = createGenerator({
  path: entry,
  tsconfig: join(root, "tsconfig.build.json"),
  // The compiler has done so already.
  skipTypeCheck: true,
  topRef: false,
  expose: "none",
  additionalProperties: false,
  functions: "fail",
  jsDoc: "extended",
});

/** `ModelsListOutput` → `models-list`. */
const names = new Map(
  [...readFileSync(entry, "utf8").matchAll(/\b(\w+)Output[, ]/g)].map(([, name]) => [
    name.replace(/(?<=.)[A-Z]/g, (c) => `-${c}`).toLowerCase(),
    `${name}Output`,
  ]),
);

mkdirSync(folder, { recursive: true });
for (const [name, type] of names) {
  const { $schema, definitions: _, ...body } = generator.createSchema(type);
  const versions = new Set(versionsIn(body));
  if (versions.size !== 1)
    throw new Error(`${type}: versions ${[...versions].join(", ")}, not one`);
  const file = `${name}.v${[...versions][0]}.json`;
  const title = name.startsWith("serve-")
    ? `mobilenetv2 serve, ${name.slice("serve-".length)}`
    : `mobilenetv2 ${name.replace("-", " ")} --json`;
  const schema = { $schema, $id: `mobilenetv2/schemas/${file}`, title, ...body };
  const path = join(folder, file);
  const published = readIfThere(path);
  if (
    published !== undefined &&
    !isDeepStrictEqual(withoutWords(published), withoutWords(schema))
  ) {
    console.error(
      `schemas/${file}: ${type} is no longer what was published under this version. Raise its schemaVersion in src/json; only where the version was never released, delete the file and build again.`,
    );
    process.exitCode = 1;
  } else {
    const text = `${laidOut(schema)}\n`;
    if (readText(path) !== text) writeFileSync(path, text);
  }
}

/** So deep a schema has a line for each field; further in, indents would be half of its bytes. */
function laidOut(value, depth = 4, indent = "") {
  const isList = Array.isArray(value);
  if (depth === 0 || typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = isList ? value.map((item) => ["", item]) : Object.entries(value);
  if (entries.length === 0) return JSON.stringify(value);
  const inner = `${indent} `;
  const lines = entries.map(([name, part]) => {
    return `${inner}${isList ? "" : `${JSON.stringify(name)}: `}${laidOut(part, depth - 1, inner)}`;
  });
  const [open, close] = isList ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function readIfThere(path) {
  const text = readText(path);
  return text === undefined ? undefined : JSON.parse(text);
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The versions that documents of a schema carry, at the top or in the items of a list. */
function versionsIn({ properties, anyOf = [], items }) {
  const own = properties?.schemaVersion?.const;
  const parts = [...anyOf, ...(items === undefined ? [] : [items])];
  return [...(own === undefined ? [] : [own]), ...parts.flatMap(versionsIn)];
}

/** What a schema accepts, without what it tells people. */
function withoutWords(schema) {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => !(["title", "description"].includes(key) && typeof value === "string"),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutWords(value)]));
}
