/** The list of the models that the page's host has: `models/manifest.json`, as `models export` writes it. */
import { MobileNetError, type ModelFiles } from "mobilenetv2";
import type { Failure, ModelChoice } from "./engine-api.ts";

const tasks: ReadonlySet<unknown> = new Set(["classify", "detect", "segment"]);

/** A model of the list. */
export interface HostedModel extends ModelChoice {
  /** Whether the library finds its files by its name. */
  readonly named: boolean;
  readonly files: readonly HostedFile[];
}

interface HostedFile {
  /** Below the folder of models. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Reads it.
 *
 * @throws MobileNetError `network` where there is none, or it is something else.
 */
export async function readModelList(folder: URL): Promise<readonly HostedModel[]> {
  const url = new URL("manifest.json", folder);
  const response = await fetch(url).catch((cause: unknown) => {
    throw absent(url, "no answer", cause);
  });
  if (response.status === 401) throw { code: "unauthorized", message: "" } satisfies Failure;
  if (!response.ok) throw absent(url, `status ${response.status}`);
  const list: unknown = await response.json().catch((cause: unknown) => {
    throw absent(url, "no JSON", cause);
  });
  const models: unknown = Object(list)["models"];
  if (!Array.isArray(models)) throw absent(url, "no list of models");
  return models.flatMap((model: unknown) => {
    const { name, task, main, files: listed } = Object(model);
    if (typeof name !== "string" || !Array.isArray(listed)) return [];
    const files = listed.flatMap(readFile);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const known = tasks.has(task) ? (task as ModelChoice["task"]) : undefined;
    return [{ name, task: known, named: main === undefined, bytes, files }];
  });
}

function readFile(file: unknown): readonly HostedFile[] {
  const { path, bytes, sha256 } = Object(file);
  const fits =
    typeof path === "string" && Number.isSafeInteger(bytes) && typeof sha256 === "string";
  return fits ? [{ path, bytes, sha256 }] : [];
}

/**
 * Downloads a model's files, for one that the library does not know by name.
 *
 * @throws MobileNetError `network`, or `integrity` where a file is not what the list says.
 */
export async function fetchModel(
  folder: URL,
  { name, bytes: total, files }: HostedModel,
  onLoaded: (loaded: number, total: number) => void,
): Promise<ModelFiles> {
  let loaded = 0;
  const fetched = files.map(async ({ path, bytes, sha256 }) => {
    const url = new URL(path, folder);
    const response = await fetch(url).catch((cause: unknown) => {
      throw absent(url, "no answer", cause);
    });
    if (!response.ok) throw absent(url, `status ${response.status}`);
    const content = new Uint8Array(await response.arrayBuffer());
    if (content.length !== bytes || (await hashOf(content)) !== sha256) {
      throw new MobileNetError("integrity", "a file is not what the list of models says", {
        node: url.pathname,
        remedy: "Load the page again.",
      });
    }
    loaded += bytes;
    onLoaded(loaded, total);
    // Each model has a folder of its own.
    return [path.slice(name.length + 1), content] as const;
  });
  return new Map(await Promise.all(fetched));
}

async function hashOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function absent(url: URL, received: string, cause?: unknown): MobileNetError {
  return new MobileNetError("network", "a file of the host did not come", {
    node: url.pathname,
    received,
    remedy:
      "Serve the page with mobilenetv2 serve, or beside a folder of mobilenetv2 models export.",
    cause,
  });
}
