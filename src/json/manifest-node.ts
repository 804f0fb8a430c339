/**
 * The list of contents of weights that are handed out: `models export` writes it beside them, `serve`
 * answers it. Whoever has it knows of every file whether it came whole.
 */
import { formatJson } from "../format-json.ts";
import type { Task } from "../models/model.ts";
import type { ExportedFile } from "./hub.ts";

/** A model of the list. */
export interface ExportedModel {
  readonly name: string;
  /** What it was trained for; absent where nobody has looked. */
  readonly task?: Task | undefined;
  readonly licence?: string | undefined;
  /** The path of the file to load; absent where loaders find the files by the name. */
  readonly main?: string | undefined;
  readonly files: readonly ExportedFile[];
}

/** The library's own files. */
export interface ExportedRuntime {
  readonly version: string;
  /** What a page imports. */
  readonly entry: string;
  /** The script of a model's own worker. */
  readonly worker: string;
  readonly files: readonly ExportedFile[];
}

/** How the list is named. */
export const manifestName = "manifest.json";

/** The list as text; what earlier lists hold is passed on unread. */
export function manifestText(models: readonly unknown[], runtime: unknown): string {
  return formatJson({ format: 1, models, runtime });
}

/** A file and what tells that it is whole. */
export function exportedFile(path: string, bytes: Uint8Array): ExportedFile {
  // Loaded when it is used: that takes longer than any other of Node's modules here.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  return { path, bytes: bytes.length, sha256, integrity };
}
