/** What people want of a job, in a file beside it, so that any machine can say so and all hear it. */
import { isRecord } from "../formats/files.ts";
import { controlPlace } from "./places.ts";
import { getJson, type JobStorage } from "./storage.ts";

/** Whether work goes on. */
export type Control = "open" | "paused" | "cancelled";

/** What is wanted; work goes on where nobody says otherwise. */
export async function readControl(storage: JobStorage): Promise<Control> {
  const json = await getJson(storage, controlPlace);
  const { wanted } = isRecord(json) ? json : {};
  return wanted === "paused" || wanted === "cancelled" ? wanted : "open";
}

/** Says what is wanted. */
export async function writeControl(storage: JobStorage, wanted: Control): Promise<void> {
  await storage.put(controlPlace, `${JSON.stringify({ wanted })}\n`, true);
}
