/** The list of the models that the page's host has: `models/manifest.json`, as `models export` writes it. */
import { MobileNetError } from "mobilenetv2";
import type { ModelChoice } from "./engine-api.ts";

const tasks: ReadonlySet<unknown> = new Set(["classify", "detect", "segment"]);

/**
 * Reads it.
 *
 * @throws MobileNetError `network` where there is none, or it is something else.
 */
export async function readModelList(folder: URL): Promise<readonly ModelChoice[]> {
  const url = new URL("manifest.json", folder);
  const response = await fetch(url).catch((cause: unknown) => {
    throw absent(url, "no answer", cause);
  });
  if (!response.ok) throw absent(url, `status ${response.status}`);
  const list: unknown = await response.json().catch((cause: unknown) => {
    throw absent(url, "no JSON", cause);
  });
  const models: unknown = Object(list)["models"];
  if (!Array.isArray(models)) throw absent(url, "no list of models");
  return models.flatMap((model: unknown) => {
    const { name, task, files } = Object(model);
    if (typeof name !== "string" || !Array.isArray(files)) return [];
    const sizes = files.map((file: unknown) => Number(Object(file)["bytes"]) || 0);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return [{ name, task: tasks.has(task) ? (task as ModelChoice["task"]) : undefined, bytes }];
  });
}

function absent(url: URL, received: string, cause?: unknown): MobileNetError {
  return new MobileNetError("network", "the list of models did not come", {
    node: url.pathname,
    received,
    remedy:
      "Serve the page with mobilenetv2 serve, or beside a folder of mobilenetv2 models export.",
    cause,
  });
}
