/** What to do without a network: this package carries a model, which may be one's own task's. */
import type { HubRecord, Published } from "./record.ts";
import { shippedRecords } from "./records-shipped.ts";

/**
 * Where files cannot be had, the model that needs none; nothing where this package carries no model of
 * the task.
 *
 * @example
 * ```ts
 * const record = hubRecords.find(({ name }) => name === "imagenet");
 * carriedRemedy(record); // "To try the program out without a network, use the model cifar10: it is part of this package."
 * ```
 */
export function carriedRemedy(record: Published): string {
  const carried = shippedRecords.find(
    ({ architecture: { task } }) => isModel(record) && record.architecture.task === task,
  );
  if (carried === undefined) return "";
  return `To try the program out without a network, use the model ${carried.name}: it is part of this package.`;
}

/** A model's record, not a data set's. */
function isModel(record: Published): record is HubRecord {
  return "architecture" in record;
}
