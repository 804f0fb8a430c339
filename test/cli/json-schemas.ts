/** The JSON Schemas of the package, and whether what the command line prints fits them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { root } from "./program.ts";

interface Schema {
  readonly $id: string;
}

/** The latest version of each, by name: `classify`, `models-list`. */
export const schemas: Map<string, Schema> = new Map();
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
for (const file of readdirSync(join(root, "schemas")).sort(byVersion)) {
  const schema: Schema = JSON.parse(readFileSync(join(root, "schemas", file), "utf8"));
  ajv.addSchema(schema);
  schemas.set(file.replace(/\.v\d+\.json$/, ""), schema);
}

function byVersion(a: string, b: string): number {
  const version = (file: string): number => Number(/\.v(\d+)\./.exec(file)?.[1]);
  return version(a) - version(b);
}

/** What does not fit, in words. */
export function misfits(name: string, value: unknown): readonly string[] {
  const { $id } = schemas.get(name)!;
  if (ajv.validate($id, value)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(" "),
  );
}
