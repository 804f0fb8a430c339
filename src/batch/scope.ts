/** Which jobs a worker was started for: those of a backend, and those that name certain places. */
import { MobileNetError } from "../errors.ts";

/** What a worker is for; anything where absent. */
export interface WorkerScope {
  readonly backend?: string | undefined;
  /** The only places that jobs may name. */
  readonly within?: readonly string[] | undefined;
}

/**
 * Refuses a place that the worker was not started for.
 *
 * @throws MobileNetError `unsupported`.
 */
export function requireWithin(place: string, { within }: WorkerScope): void {
  if (within === undefined) return;
  const isInside = (root: string): boolean => {
    const base = root.replace(/\/+$/, "");
    return place === base || place.startsWith(`${base}/`);
  };
  if (!place.split("/").includes("..") && within.some(isInside)) return;
  throw new MobileNetError("unsupported", "the job names a place that this worker is not for", {
    expected: `what lies within ${within.join(", ")}`,
    received: place,
  });
}

/**
 * Refuses a list where the worker is for some places only.
 *
 * @throws MobileNetError `unsupported`.
 */
export function refuseLists({ within }: WorkerScope): void {
  if (within === undefined) return;
  throw new MobileNetError("unsupported", "the job has lists, whose lines may name any file", {
    remedy: "Start workers for it without --within, or name folders.",
  });
}

/**
 * Refuses a job of another backend.
 *
 * @throws MobileNetError `unsupported`.
 */
export function requireBackend(wanted: string, { backend }: WorkerScope): void {
  if (backend === undefined || backend === wanted) return;
  throw new MobileNetError("unsupported", "the job was begun with another backend", {
    expected: wanted,
    received: `--backend ${backend}`,
  });
}
