/**
 * Finds a record by the name that a user typed, or says what the names are.
 */
import { MobileNetError } from "../errors.ts";
import { isMainFile, sourceKinds } from "../formats/registry.ts";
import { didYouMean, editDistance } from "../suggest.ts";
import { namedForms } from "./named-forms.ts";
import type { HubRecord } from "./record.ts";
import { hubRecords } from "./records.ts";
import { shownAddress } from "./web-address.ts";

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

/** Whether a source is a path by its looks: a file or folder is meant, no name of the hub. */
export function isPathName(source: string): boolean {
  return /[/\\]/.test(source) || isMainFile(source);
}

/** The error for a source that is neither a name of the hub nor anything else that can be read. */
export function unknownSource(source: string): MobileNetError {
  const typed = shownAddress(source).slice(0, 200);
  if (isPathName(typed)) {
    return new MobileNetError("not-found", "no such file or folder", {
      node: typed,
      remedy: "Check the path; it starts in the working directory.",
    });
  }
  const names = hubRecords
    .map(({ name }) => ({ name, distance: editDistance(typed.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
  const others = `Give one of these names, ${namedForms().join(", ")}, ${sourceKinds().join(", ")}, an address, or a file's bytes.`;
  return new MobileNetError("not-found", "no such model", {
    expected: names.join(", "),
    received: typed,
    remedy: didYouMean(typed, names, others),
  });
}
