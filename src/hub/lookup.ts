/**
 * Finds a record by the name that a user typed, or says what the names are.
 */
import { MobileNetError } from "../errors.ts";
import type { HubRecord } from "./record.ts";
import { hubRecords } from "./records.ts";

/** The record with a name, or nothing. */
export function lookUpRecord(name: string): HubRecord | undefined {
  return hubRecords.find((record) => record.name === name);
}

/**
 * The record with a name.
 *
 * @throws MobileNetError `not-found` listing the names there are, the nearest first.
 *
 * @example
 * ```ts
 * findRecord("ssdlite-coco").architecture.task; // "detect"
 * ```
 */
export function findRecord(name: string): HubRecord {
  const record = lookUpRecord(name);
  if (record === undefined) throw unknownSource(name);
  return record;
}

/** The error for a source that is neither a name of the hub nor anything else that can be read. */
export function unknownSource(source: string): MobileNetError {
  const [nearest, ...others] = hubRecords
    .map(({ name }) => ({ name, distance: editDistance(source.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance);
  const names = [nearest, ...others].flatMap((found) => (found === undefined ? [] : [found.name]));
  const meant =
    nearest !== undefined && nearest.distance <= 1 + nearest.name.length / 3
      ? `Did you mean ${nearest.name}?`
      : "Give one of these names, a folder or URL with a model.json, or bytes.";
  return new MobileNetError("not-found", "no such model", {
    expected: names.join(", "),
    received: source.slice(0, 200),
    remedy: meant,
  });
}

/** Insertions, deletions and replacements between two texts (Levenshtein), by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < Math.min(a.length, 100); i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
